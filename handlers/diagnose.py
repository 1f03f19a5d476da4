"""Asking for a diagnosis: typed, by a form, from a message, or again."""

from bot.app import Bot, NeedMore, Offers, Resolved
from bot.errors import UnknownName
from bot.model.facts import RunbookLine, RunbookList, Sentence
from bot.model.inputs import InputType
from bot.model.runbook import Runbook
from bot.model.talk import (
    Answers,
    Ask,
    Call,
    ChoiceField,
    Field_,
    Form,
    Show,
    Subject,
    SubjectKind,
    SuggestField,
    Tell,
    TextField,
)
from bot.registry import button, command, form, shortcut

_LOOKED_UP = {InputType.TENANT: "tenant", InputType.USER: "user", InputType.PERMISSION: "permission"}


@command("diagnose", usage="diagnose <runbook or words> [tenant=…] [user=…]", alias="/diagnose")
async def diagnose(bot: Bot, call: Call) -> Answers:
    """Look into a problem: name a runbook, or say in your own words what is seen."""
    return await understood(bot, call, call.text)


async def understood(bot: Bot, call: Call, text: str) -> Answers:
    """Starts the diagnosis that a text asks for, or asks for what it leaves open."""
    found = await bot.intake.resolve(call.person, await bot.channel_name(call.place), text)
    if isinstance(found, Offers):
        return Tell(fact=_offers(bot, found))
    if isinstance(found, NeedMore):
        return Ask(form=_form(bot, found))
    return await start(bot, call, found)


async def start(bot: Bot, call: Call, found: Resolved, again_of: str = "") -> Answers:
    """Starts a diagnosis, and shows it where its system is supported."""
    place = await bot.place_for(call.person, call.place, found.system)
    diagnosis, _ = await bot.diagnose(call.person, found.runbook, found.system, found.inputs, again_of)
    show = Show(subject=Subject(kind=SubjectKind.DIAGNOSIS, id=diagnosis.id), place=place)
    if place is None:
        return show
    return show, Tell(
        fact=Sentence(text=f"The result is in #{place.channel_name}, where {found.system.title} belongs.")
    )


@form("diagnose")
async def filled_in(bot: Bot, call: Call) -> Answers:
    """Starts the diagnosis that the form describes."""
    given = {name: value for name, value in call.values.items() if value}
    runbook = call.subject or given.pop("runbook", "")
    known = " ".join(f'{name}="{value.replace(chr(34), "")}"' for name, value in given.items())
    return await understood(bot, call, f"{runbook} {known}")


@button("pick_runbook", opens_form="Diagnose")
async def pick_runbook(bot: Bot, call: Call) -> Answers:
    """Starts the runbook that was offered, or asks for its inputs."""
    return await understood(bot, call, call.subject)


@button("look_again")
async def look_again(bot: Bot, call: Call) -> Answers:
    """Runs the same diagnosis once more."""
    before = await bot.diagnoses.get(call.subject)
    found = Resolved(bot.catalog.runbook(before.runbook), bot.catalog.system(before.system), before.inputs)
    if call.place.thread:
        # Who works in a thread wants it there, also where the system itself is supported in another channel.
        again, _ = await bot.diagnose(call.person, found.runbook, found.system, found.inputs, before.id)
        return Show(subject=Subject(kind=SubjectKind.DIAGNOSIS, id=again.id), place=call.place)
    return await start(bot, call, found, again_of=before.id)


@shortcut("diagnose_this", opens_form="Diagnose")
async def diagnose_this(bot: Bot, call: Call) -> Answers:
    """Offers the runbooks that fit the text of a message."""
    runbooks = bot.catalog.match(" ".join(call.text.split())[:500])
    best = runbooks[0] if runbooks else None
    needed = () if best is None else tuple(name for name, spec in best.inputs.items() if not spec.optional)
    return Ask(form=_form(bot, NeedMore(best, None, {}, needed or ("runbook",)), is_changeable=True))


@shortcut("diagnose_anything", opens_form="Diagnose")
async def diagnose_anything(bot: Bot, call: Call) -> Answers:
    """Asks what is to be looked into."""
    return Ask(form=_form(bot, NeedMore(None, None, {}, ("runbook",))))


def _form(bot: Bot, more: NeedMore, *, is_changeable: bool = False) -> Form:
    """The form for what is missing, with what is known filled in."""
    fields: list[Field_] = []
    about = more.system.name if more.system else ""
    if more.runbook is None or is_changeable:
        chosen = more.runbook.name if more.runbook else ""
        hint = "Type what is seen, such as “old numbers”."
        fields.append(SuggestField(name="runbook", label="What is wrong?", source="runbook", value=chosen, hint=hint))
    if more.runbook is not None:
        able = bot.catalog.of_family(more.runbook.family)
        if len(able) == 1:
            about = able[0].name
        elif more.system is None:
            options = tuple((one.name, one.title) for one in able)
            fields.append(ChoiceField(name="system", label="System", options=options))
        fields += [
            _field(more.runbook, name, about or able[0].name, more.given.get(name, "")) for name in more.runbook.inputs
        ]
    title = "Diagnose" if more.runbook is None else more.runbook.name.replace("-", " ").capitalize()[:24]
    memo = more.runbook.name if more.runbook and not is_changeable else ""
    return Form(name="diagnose", title=title, submit="Diagnose", memo=memo, fields=tuple(fields))


def _field(runbook: Runbook, name: str, about: str, value: str) -> Field_:
    spec = runbook.inputs[name]
    label = name.replace("_", " ").capitalize()
    if spec.type in _LOOKED_UP:
        return SuggestField(
            name=name, label=label, source=_LOOKED_UP[spec.type], about=about, optional=spec.optional, value=value,
            hint=spec.says,
        )  # fmt: skip
    if spec.type is InputType.CHOICE:
        options = tuple((choice, choice) for choice in spec.choices)
        return ChoiceField(name=name, label=label, options=options, optional=spec.optional, value=value, hint=spec.says)
    return TextField(name=name, label=label, optional=spec.optional, value=value, hint=spec.says)


def _offers(bot: Bot, found: Offers) -> RunbookList:
    return RunbookList(words=found.words, lines=tuple(line(bot, runbook) for runbook in found.runbooks))


def line(bot: Bot, runbook: Runbook) -> RunbookLine:
    """A runbook as a line of a list."""
    systems = bot.catalog.of_family(runbook.family)
    if not systems:
        raise UnknownName("family of systems", runbook.family)
    return RunbookLine(
        name=runbook.name, title=runbook.title, system=", ".join(one.title for one in systems),
        inputs=tuple(f"{name}=…" if not spec.optional else f"[{name}=…]" for name, spec in runbook.inputs.items()),
        symptoms=runbook.symptoms, expected_minutes=runbook.expected_minutes,
    )  # fmt: skip
