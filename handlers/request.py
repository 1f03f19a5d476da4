"""Asking for an action: what would change, why, and who decides."""

from collections.abc import Mapping

from bot.app import Asked, Bot, Wanted
from bot.errors import InputError
from bot.model.diagnosis import Diagnosis
from bot.model.facts import Asking, Sentence
from bot.model.people import Person
from bot.model.policy import Verdict
from bot.model.request import Request
from bot.model.runbook import Remedy
from bot.model.talk import Answers, Ask, Call, ChoiceField, Form, Show, Subject, SubjectKind, Tell, TextField
from bot.registry import button, form


@button("remedy", opens_form=True)
async def remedy(bot: Bot, call: Call) -> Answers:
    """Shows what a remedy would change, and asks for a reason."""
    wanted_from, offer = await _offer(bot, call.subject)
    action = bot.registry.actions[offer.action]
    if action.asks:
        options = tuple((role, role.replace("_", " ")) for role in bot.catalog.system(wanted_from.system).roles.names)
        fields = tuple(ChoiceField(name=name, label=label, options=options) for name, label in action.asks.items())
        # Whoever may not even look is told before they choose.
        await bot.standing.actor(call.person, wanted_from.system, wanted_from.inputs)
        return Ask(form=Form(name="choose", title=action.label, submit="Next", memo=call.subject, fields=fields))
    return await _ask(bot, call.person, call.subject, {})


@form("choose")
async def choose(bot: Bot, call: Call) -> Answers:
    """Shows what the chosen change would do, and asks for a reason."""
    return await _ask(bot, call.person, call.subject, call.values)


@button("undo", opens_form=True)
async def undo(bot: Bot, call: Call) -> Answers:
    """Shows what undoing a request would change, and asks for a reason."""
    return await _ask(bot, call.person, f"undo:{call.subject}", {})


@form("ask")
async def ask(bot: Bot, call: Call) -> Answers:
    """Files the request."""
    subject, _, chosen = call.subject.partition("?")
    pairs = dict(pair.split("=", 1) for pair in chosen.split("&") if "=" in pair)
    asked = await _prepare(bot, call.person, subject, pairs)
    request, is_new = await bot.asking.file(
        asked, call.values.get("reason", ""), call.values.get("ticket", ""), confirm=call.values.get("confirm", ""),
        break_glass=call.values.get("urgency") == "break_glass",
    )  # fmt: skip
    tell = Tell(fact=Sentence(text=await _said(bot, request, asked, is_new), tone="good"))
    if request.diagnosis:
        return tell  # its card is in the diagnosis' thread already
    return Show(subject=Subject(kind=SubjectKind.REQUEST, id=request.id)), tell


async def _said(bot: Bot, request: Request, asked: Asked, is_new: bool) -> str:
    if not is_new:
        return f"{request.asker.name} has asked for this already; yours was added to it. The card is in the thread."
    if request.is_break_glass:
        return f"{request.label} runs now by break-glass; those who could have approved are told, a review is due."
    if asked.decision.verdict is Verdict.ALLOW:
        return f"{request.label} runs now; the outcome is in the thread."
    names = await bot.names(asked.deciders)
    who = f"{' or '.join(names)} can decide" if names else f"{' or '.join(request.by)} can decide"
    return f"Asked for {request.label}. {who}; the card is in the thread."


async def _ask(bot: Bot, person: Person, subject: str, chosen: Mapping[str, str]) -> Answers:
    asked = await _prepare(bot, person, subject, chosen)
    if not asked.preview.items:
        return Tell(fact=Sentence(text=f"There is nothing to do: {asked.preview.says}"))
    wanted, allowed = asked.wanted, asked.decision.verdict is Verdict.ALLOW
    fact = Asking(
        label=wanted.action.label, says=wanted.action.says, where=_where(wanted), preview=asked.preview,
        decision=asked.decision, deciders=await bot.names(asked.deciders), limits=asked.limits,
    )  # fmt: skip
    pairs = "&".join(f"{name}={value}" for name, value in chosen.items() if name in wanted.action.asks)
    reason = TextField(name="reason", label="Reason", multiline=True, longest=500, hint="Stands in the audit trail.")
    ticket = TextField(name="ticket", label="Ticket", optional=True, longest=100)
    return Ask(
        form=Form(
            name="ask",
            title=wanted.action.label[:24],
            submit="Run it" if allowed else "Ask for approval",
            memo=f"{subject}?{pairs}" if pairs else subject,
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


async def _prepare(bot: Bot, person: Person, subject: str, chosen: Mapping[str, str]) -> Asked:
    if subject.startswith("undo:"):
        request = await bot.voting.get(subject.removeprefix("undo:"))
        wanted = bot.asking.want_undone(request)
    else:
        start, offer = await _offer(bot, subject)
        asks = bot.registry.actions[offer.action].asks
        params = {**offer.params, **{name: value for name, value in chosen.items() if name in asks}}
        wanted = bot.asking.want(offer.action, params, start.system, start.inputs, diagnosis=start.id)
    return await bot.asking.prepare(person, wanted)


async def _offer(bot: Bot, subject: str) -> tuple[Diagnosis, Remedy]:
    id, _, number = subject.rpartition(".")
    diagnosis = await bot.diagnoses.get(id)
    if not number.isdigit() or int(number) >= len(diagnosis.offers):
        raise InputError("This remedy is not offered any more; look again.")
    return diagnosis, diagnosis.offers[int(number)]


def _where(wanted: Wanted) -> str:
    shown = [wanted.inputs.shown(name) for name in ("tenant", "user") if name in wanted.action.needs]
    return " · ".join(part for part in (wanted.system, *shown) if part)
