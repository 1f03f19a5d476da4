"""What stands between wanting an action and the request: what is meant, what is chosen, what would change, and why."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.app import Asked, Bot, Wanted
from bot.errors import InputError
from bot.model.escalation import Escalation, Offer
from bot.model.facts import Asking, Sentence
from bot.model.inputs import Inputs
from bot.model.people import Person
from bot.model.policy import Verdict
from bot.model.talk import Answers, Ask, Call, ChoiceField, Form, Tell, TextField
from bot.model.values import Json
from bot.registry import Action
from handlers.naming import Named, named_action, said_missing

REMEDY, UNDO, RUN, WORKAROUND, STEP = "remedy", "undo", "run", "workaround", "step"


@dataclass(frozen=True)
class Wish:
    """What somebody wants; `of` says which remedy of a diagnosis, undo of a request, action by its name, or workaround
    that is offered in the thread of an escalation.

    `chosen` are the params that they chose in a form. Forms carry it in their memo.
    """

    kind: str
    of: str
    chosen: Mapping[str, str] = field(default_factory=dict)

    @property
    def memo(self) -> str:
        """For a form to carry."""
        return json.dumps([self.kind, self.of, dict(self.chosen)])

    @classmethod
    def read(cls, memo: str, chosen: Mapping[str, str] | None = None) -> "Wish":
        """What a form carried, with what was chosen in it."""
        kind, of, before = json.loads(memo)
        return cls(kind, of, {**before, **(chosen or {})})


@dataclass(frozen=True)
class Start:
    """An action with what is known for it."""

    action: Action
    params: Mapping[str, Json]
    system: str
    inputs: Inputs
    diagnosis: str = ""

    @property
    def open_choices(self) -> dict[str, str]:
        """The params that are still to be chosen, with their labels."""
        return {name: label for name, label in self.action.asks.items() if name not in self.params}


async def ask_for(bot: Bot, call: Call, wish: Wish) -> Answers:
    """Asks what is still to be chosen, else shows what would change and asks for a reason."""
    if wish.kind != UNDO:
        start = await started(bot, call, wish)
        if start.open_choices:
            return await _choose(bot, call.person, start, wish)
    return await _reason(bot, await prepare(bot, call, wish), wish)


async def prepare(bot: Bot, call: Call, wish: Wish) -> Asked:
    """The effect and what the policy says. Raises Refused when the answer is no."""
    if wish.kind == UNDO:
        return await bot.asking.prepare(call.person, bot.asking.want_undone(await bot.voting.get(wish.of)))
    start = await started(bot, call, wish)
    wanted = bot.asking.want(start.action.name, start.params, start.system, start.inputs, diagnosis=start.diagnosis)
    return await bot.asking.prepare(call.person, wanted)


async def started(bot: Bot, call: Call, wish: Wish) -> Start:
    """What a remedy, or a typed command, says about the action."""
    if wish.kind == RUN:
        found = await named_action(bot, call, wish.of)
        if not isinstance(found, Named):
            raise InputError(said_missing(bot, found))
        start = Start(found.action, found.params, found.system.name, found.inputs)
    elif wish.kind == WORKAROUND:
        escalation, workaround = await offered(bot, wish.of)
        diagnosis = await bot.diagnoses.get(escalation.diagnosis)
        action = bot.registry.actions[workaround.action]
        start = Start(action, {}, diagnosis.system, diagnosis.inputs, diagnosis.id)
    elif wish.kind == STEP:
        id, _, number = wish.of.rpartition(".")
        diagnosis = await bot.diagnoses.get(id)
        step = await bot.procedures.step(diagnosis, int(number) if number.isdigit() else -1)
        start = Start(bot.registry.actions[step.action], step.params, diagnosis.system, diagnosis.inputs, diagnosis.id)
    else:
        id, _, number = wish.of.rpartition(".")
        diagnosis = await bot.diagnoses.get(id)
        if not number.isdigit() or int(number) >= len(diagnosis.offers):
            raise InputError("This remedy is not offered any more; look again.")
        offer = diagnosis.offers[int(number)]
        action = bot.registry.actions[offer.action]
        start = Start(action, offer.params, diagnosis.system, diagnosis.inputs, diagnosis.id)
    chosen = {name: value for name, value in wish.chosen.items() if name in start.action.asks}
    return Start(start.action, {**start.params, **chosen}, start.system, start.inputs, start.diagnosis)


async def offered(bot: Bot, subject: str) -> tuple[Escalation, Offer]:
    """The escalation and what is offered in its thread. Raises InputError for what is not."""
    id, _, number = subject.rpartition(".")
    escalation = await bot.escalations.get(id)
    if not number.isdigit() or int(number) >= len(escalation.offers):
        raise InputError("This is not offered here any more.")
    return escalation, escalation.offers[int(number)]


async def _choose(bot: Bot, person: Person, start: Start, wish: Wish) -> Answers:
    # Whoever may not even look is told before they choose.
    await bot.standing.actor(person, start.system, start.inputs)
    choices = start.action.choices
    found = await choices(bot.access.look(start.system, start.inputs)) if choices else {}
    fields = []
    for name, label in start.open_choices.items():
        if not found.get(name):
            return Tell(fact=Sentence(text=f"There is nothing to choose for {start.action.label}."))
        fields.append(ChoiceField(name=name, label=label, options=tuple(found[name])))
    title = start.action.label[:24]
    shown = " · ".join(start.inputs.shown(name) for name in start.action.needs)
    then = "Next you see exactly what would change and who decides; nothing is asked or done before that."
    about = Sentence(text=" ".join([start.action.says, *([f"This is about {shown}."] if shown else []), then]))
    return Ask(form=Form(name="choose", title=title, submit="Next", memo=wish.memo, about=about, fields=tuple(fields)))


async def _reason(bot: Bot, asked: Asked, wish: Wish) -> Answers:
    if not asked.preview.items:
        return Tell(fact=Sentence(text=f"There is nothing to do: {asked.preview.says}"))
    wanted, allowed = asked.wanted, asked.decision.verdict is Verdict.ALLOW
    fact = Asking(
        label=wanted.action.label, says=wanted.action.says, preview=asked.preview,
        where=_where(wanted, bot.catalog.system(wanted.system).title),
        decision=asked.decision, deciders=await bot.standing.names(asked.deciders), limits=asked.limits,
    )  # fmt: skip
    reason = TextField(name="reason", label="Reason", multiline=True, longest=500, hint="Stands in the audit trail.")
    ticket = TextField(name="ticket", label="Ticket", optional=True, longest=100)
    return Ask(
        form=Form(
            name="ask",
            title=wanted.action.label[:24],
            submit="Run it" if allowed else "Ask for approval",
            memo=wish.memo,
            about=fact,
            fields=(reason, ticket, *_safeguards(asked)),
        )
    )


def _safeguards(asked: Asked) -> tuple[TextField | ChoiceField, ...]:
    """What is asked besides: the tenant's name where much changes, and the emergency where the policy knows one."""
    fields: list[TextField | ChoiceField] = []
    if asked.confirm:
        hint = f"{asked.preview.says}: that is much, so type {asked.confirm}."
        fields.append(TextField(name="confirm", label="Type the name to confirm", longest=100, hint=hint))
    if asked.decision.break_glass and asked.decision.verdict is Verdict.APPROVALS:
        options = (("ask", "Wait for approval"), ("break_glass", "Emergency: break the glass, run it now"))
        hint = "In an emergency everybody who could have approved is told, and somebody else reviews it afterwards."
        fields.append(ChoiceField(name="urgency", label="Urgency", options=options, value="ask", hint=hint))
    return tuple(fields)


def _where(wanted: Wanted, title: str) -> str:
    shown = [wanted.inputs.shown(name) for name in ("tenant", "user") if name in wanted.action.needs]
    return " · ".join(part for part in (title, *shown) if part)
