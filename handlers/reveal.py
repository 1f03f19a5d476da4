"""Seeing the personal data in the evidence of one diagnosis, which is masked wherever it is drawn."""

from bot.app import Bot
from bot.errors import InputError
from bot.model.facts import Listing
from bot.model.finding import Table
from bot.model.talk import Answers, Ask, Call, ChoiceField, Form, SubjectKind, Tell, TextField
from bot.registry import button, command, form

_ALL = "everything"


@command("reveal", usage="reveal (to @backstop, in the thread of a diagnosis)")
async def reveal_here(bot: Bot, call: Call) -> Answers:
    """See the evidence of a diagnosis with its personal data unmasked; needs a reason, and is on record."""
    place, wanted = call.place, call.text.strip().strip("`")
    if wanted:
        return await _ask(bot, call, wanted[:60])
    drawing = await bot.drawings.in_thread(place.channel, place.thread, SubjectKind.DIAGNOSIS) if place.thread else None
    if drawing is None:
        raise InputError(
            "Press Reveal… below the evidence of a diagnosis, or mention the bot with “reveal” in its thread."
        )
    return await _ask(bot, call, drawing.subject.id)


@button("reveal", opens_form="Reveal")
async def reveal(bot: Bot, call: Call) -> Answers:
    """Asks why the personal data in this evidence must be seen."""
    return await _ask(bot, call, call.subject)


@form("reveal")
async def revealed(bot: Bot, call: Call) -> Answers:
    """Shows the evidence unmasked to the person alone."""
    check = call.values.get("check", _ALL)
    fact = await bot.revealing.reveal(
        call.person, call.subject, call.values.get("reason", ""), "" if check == _ALL else check
    )
    return Tell(fact=fact)


async def who_may_reveal(bot: Bot) -> Listing:
    """What the policy says to each role about seeing personal data unmasked."""
    rows = tuple(bot.standing.who_may_reveal())
    columns = ("System", "Role", "May", "Why")
    return Listing(
        says="Who may see personal data in evidence unmasked. Each time needs a reason, and is an event of the trail.",
        table=Table(title="Who may reveal", columns=columns, rows=rows),
    )


async def _ask(bot: Bot, call: Call, id: str) -> Answers:
    diagnosis, _ = await bot.revealing.prepare(call.person, id)
    checks = [(one.check, one.label) for one in diagnosis.findings if one.evidence]
    reason = TextField(
        name="reason", label="Why do you need this?", multiline=True, longest=500, hint="Stands in the audit trail."
    )
    which = ChoiceField(name="check", label="What", options=((_ALL, "All evidence"), *checks), value=_ALL)
    return Ask(form=Form(name="reveal", title="Reveal", submit="Show it to me", memo=id, fields=(which, reason)))
