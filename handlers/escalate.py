"""Handing over to the people who take over, and what they do with it."""

from bot.app import Bot
from bot.errors import ConfigurationError, InputError, UnknownName
from bot.model.diagnosis import Diagnosis
from bot.model.facts import Sentence
from bot.model.runbook import Severity
from bot.model.talk import (
    Answers,
    Ask,
    Call,
    ChoiceField,
    Form,
    Place,
    Show,
    Subject,
    SubjectKind,
    Tell,
    TextField,
)
from bot.registry import button, command, form


@command("escalate", usage="escalate (in the thread of a diagnosis)", alias="/escalate")
async def escalate_here(bot: Bot, call: Call) -> Answers:
    """Hand a diagnosis over to the team that takes over, with its evidence."""
    drawing = await bot.drawings.at(call.place.channel, call.place.thread) if call.place.thread else None
    if drawing is None:
        raise InputError("Press Escalate… on a diagnosis, or mention the bot with “escalate” in the thread of one.")
    return await _ask(bot, call, await _diagnosis(bot, drawing.subject.id))


@button("escalate", opens_form=True)
async def escalate(bot: Bot, call: Call) -> Answers:
    """Asks how much hurry there is and what the user sees, then hands over."""
    return await _ask(bot, call, await _diagnosis(bot, call.subject))


@form("escalate")
async def escalated(bot: Bot, call: Call) -> Answers:
    """Opens the escalation thread."""
    diagnosis = await bot.diagnoses.get(call.subject)
    route = bot.catalog.policies.current().escalation.routes[bot.catalog.runbook(diagnosis.runbook).escalate.route]
    channel = await bot.directory.channel(route.channel)
    if channel is None:
        raise ConfigurationError(
            f"The bot can't see #{route.channel}, where {route.title} is; invite it there, then try again."
        )
    escalation, is_new = await bot.escalations.open(
        call.person, diagnosis, channel, severity=Severity(call.values.get("severity", "medium")),
        symptom=call.values.get("symptom", ""),
    )  # fmt: skip
    subject = Subject(kind=SubjectKind.ESCALATION, id=escalation.id)
    said = (
        f"Escalated to {route.title} in #{route.channel}."
        if is_new
        else f"This is with {route.title} already, in #{route.channel}."
    )
    return Show(subject=subject, place=Place(channel=channel)), Tell(
        fact=Sentence(text=said, tone="good"), openly=is_new
    )


@button("acknowledge")
async def acknowledge(bot: Bot, call: Call) -> Answers:
    """Takes an escalation, so that everybody sees who works on it."""
    await bot.escalations.acknowledge(call.person, call.subject)
    return None


@button("resolve", opens_form=True)
async def resolve(bot: Bot, call: Call) -> Answers:
    """Asks for cause and resolution, then closes the escalation."""
    resolution = TextField(name="resolution", label="Cause and resolution", multiline=True, longest=2000)
    return Ask(form=Form(name="resolve", title="Resolve", submit="Resolve", memo=call.subject, fields=(resolution,)))


@form("resolve")
async def resolved(bot: Bot, call: Call) -> Answers:
    """Closes the escalation."""
    await bot.escalations.resolve(call.person, call.subject, call.values.get("resolution", ""))
    return Tell(fact=Sentence(text="Resolved. Thank you.", tone="good"))


async def _ask(bot: Bot, call: Call, diagnosis: Diagnosis) -> Answers:
    await bot.standing.actor(call.person, diagnosis.system, diagnosis.inputs)
    runbook = bot.catalog.runbook(diagnosis.runbook)
    proposed = runbook.escalate.severity or runbook.severity
    severity = ChoiceField(
        name="severity",
        label="Severity",
        options=tuple((one.value, one.value) for one in Severity),
        value=proposed.value,
    )
    symptom = TextField(name="symptom", label="What does the user see?", multiline=True, longest=1000)
    return Ask(
        form=Form(name="escalate", title="Escalate", submit="Escalate", memo=diagnosis.id, fields=(severity, symptom))
    )


async def _diagnosis(bot: Bot, id: str) -> Diagnosis:
    """The diagnosis of this id, or the one that the request of this id came from."""
    try:
        return await bot.diagnoses.get(id)
    except UnknownName:
        request = await bot.voting.get(id)
        if not request.diagnosis:
            raise
        return await bot.diagnoses.get(request.diagnosis)
