"""Handing over to the people who take over."""

import re
from dataclasses import dataclass

from bot.app import Bot
from bot.errors import InputError, UnknownName
from bot.model.diagnosis import Diagnosis
from bot.model.escalation import GivenFile
from bot.model.facts import Sentence
from bot.model.runbook import Severity
from bot.model.talk import (
    Answers,
    Ask,
    Call,
    ChoiceField,
    FileField,
    Form,
    SubjectKind,
    Tell,
    TextField,
)
from bot.registry import button, command, form
from handlers.escalation import severity_form

SEVERITIES = tuple((one.value, one.value) for one in Severity)
_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")  # of a diagnosis, or of a request


@dataclass(frozen=True)
class _Said:
    """What stands behind the word: `high the dashboard is empty`, and elsewhere than in a thread an id before it."""

    id: str = ""
    severity: str = ""
    symptom: str = ""


@command(
    "escalate",
    usage="escalate [severity] [what the user sees] (to @backstop, in the thread of a diagnosis)",
    alias="/escalate",
)
async def escalate_here(bot: Bot, call: Call) -> Answers:
    """Hand a diagnosis over to the team that takes over, with its evidence."""
    said = _read(call.text)
    if said.id:
        return await _ask(bot, call, await _diagnosis(bot, call, said.id), said)
    place = call.place
    drawing = await bot.drawings.in_thread(place.channel, place.thread, SubjectKind.DIAGNOSIS) if place.thread else None
    if drawing is None and place.thread:
        escalation = await bot.drawings.in_thread(place.channel, place.thread, SubjectKind.ESCALATION)
        if escalation is not None:  # it is escalated already: what can be meant is that there is more hurry, or less
            return severity_form(await bot.escalations.get(escalation.subject.id), said.severity, said.symptom)
    if drawing is None:
        raise InputError(
            "Press Escalate… on a diagnosis, or mention the bot with “escalate” in the thread of one; "
            "elsewhere say escalate with the id of the diagnosis."
        )
    return await _ask(bot, call, await bot.diagnoses.get(drawing.subject.id), said)


@button("escalate", opens_form="Escalate")
async def escalate(bot: Bot, call: Call) -> Answers:
    """Asks how much hurry there is and what the user sees, then hands over."""
    return await _ask(bot, call, await _diagnosis(bot, call, call.subject))


@form("escalate")
async def escalated(bot: Bot, call: Call) -> Answers:
    """Opens the escalation thread."""
    diagnosis = await bot.diagnoses.get(call.subject)
    given = tuple(GivenFile(id=one) for one in call.values.get("files", "").split(",") if one)
    escalation, is_new = await bot.escalations.open(
        call.person, diagnosis, severity=Severity(call.values.get("severity", "medium")),
        symptom=call.values.get("symptom", ""), given=given,
    )  # fmt: skip
    said = (
        f"Escalated to the {escalation.route_title}; the line in the thread says how it stands."
        if is_new
        else f"This is with the {escalation.route_title} already; what you said was added there."
    )
    return Tell(fact=Sentence(text=said, tone="good"))


def _read(text: str) -> _Said:
    words = text.replace("`", " ").split()
    id = next((one for one in words[:2] if _ID.fullmatch(one)), "")
    words = [one for one in words if one != id]
    severity = words[0].strip(",:.").lower() if words else ""
    if severity not in set(Severity):
        return _Said(id, "", " ".join(words))
    return _Said(id, severity, " ".join(words[1:]))


async def _ask(bot: Bot, call: Call, diagnosis: Diagnosis, said: _Said = _Said()) -> Answers:
    await bot.standing.actor(call.person, diagnosis.system, diagnosis.inputs)
    proposed = bot.escalations.proposed_severity(diagnosis).value
    severity = ChoiceField(
        name="severity", label="Severity", options=SEVERITIES, value=said.severity or proposed,
        hint=f"The runbook proposes {proposed}." if said.severity else "As the runbook proposes.",
    )  # fmt: skip
    symptom = TextField(
        name="symptom", label="What does the user see?", multiline=True, longest=3000, value=said.symptom[:3000]
    )
    files = FileField(
        name="files", label="Files", hint="Such as the browser's console, or screenshots. Texts lose their secrets; "
        "pictures are passed on as they are.",
    )  # fmt: skip
    return Ask(
        form=Form(
            name="escalate",
            title="Escalate",
            submit="Escalate",
            memo=diagnosis.id,
            about=Sentence(text=await bot.overview.destination(diagnosis)),
            fields=(severity, symptom, files),
        )
    )


async def _diagnosis(bot: Bot, call: Call, id: str) -> Diagnosis:
    """The diagnosis of this id, or that of the request of this id: where it has none, one is made now."""
    try:
        return await bot.diagnoses.get(id)
    except UnknownName:
        return await bot.escalations.grounds.of(await bot.voting.get(id), call.person)
