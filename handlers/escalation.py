"""What people do with an escalation: take it, add to it, look again, hand it over, resolve it."""

from bot.app import Bot
from bot.errors import InputError
from bot.model.escalation import Escalation, Helped
from bot.model.facts import Listing, Sentence
from bot.model.runbook import Severity
from bot.model.talk import Answers, Ask, Call, ChoiceField, Form, Show, Subject, SubjectKind, Tell, TextField
from bot.registry import button, form
from handlers.asking import WORKAROUND, Wish, ask_for, offered

_HELPED = ((Helped.YES.value, "Yes"), (Helped.PARTLY.value, "Partly"), (Helped.NO.value, "No"))
_WHY = TextField(name="why", label="Why?", multiline=True, longest=1000)


@button("acknowledge")
async def acknowledge(bot: Bot, call: Call) -> Answers:
    """Takes an escalation, so that everybody sees who works on it."""
    await bot.handling.acknowledge(call.person, call.subject)
    return None


@button("take_over")
async def take_over(bot: Bot, call: Call) -> Answers:
    """Takes an escalation from whoever holds it."""
    await bot.handling.take_over(call.person, call.subject)
    return None


@button("look_again_here")
async def look_again_here(bot: Bot, call: Call) -> Answers:
    """Carries out the runbook once more, in the thread of the escalation."""
    escalation = await bot.escalations.get(call.subject)
    before = await bot.diagnoses.get(escalation.diagnosis)
    runbook, system = bot.catalog.runbook(before.runbook), bot.catalog.system(before.system)
    again, _ = await bot.diagnose(call.person, runbook, system, before.inputs, before.id)
    await bot.handling.looked_again(call.person, escalation.id, again)
    subject = Subject(kind=SubjectKind.DIAGNOSIS, id=again.id)
    if not call.place.channel:
        return Show(subject=subject, thread_of=Subject(kind=SubjectKind.ESCALATION, id=escalation.id))
    return Show(subject=subject, place=call.place.thread_of(call.message))


@button("offered_action", opens_form="Way around")
async def offered_action(bot: Bot, call: Call) -> Answers:
    """Shows what a workaround that is offered would do, and asks for a reason; the policy decides as always."""
    return await ask_for(bot, call, Wish(WORKAROUND, call.subject))


@button("offered_rows", opens_form="Show rows")
async def offered_rows(bot: Bot, call: Call) -> Answers:
    """Asks which catalogued query is to be shown in the thread."""
    escalation, offer = await offered(bot, call.subject)
    queries = bot.catalog.system(escalation.system).queries
    options = tuple((name, queries[name].says.rstrip(".")) for name in offer.queries if name in queries)
    if not options:
        raise InputError("This is not offered here any more.")
    query = ChoiceField(name="query", label="What", options=options, hint="Everybody in the thread sees it.")
    return Ask(
        form=Form(name="offered_rows", title=offer.title[:24], submit="Show", memo=call.subject, fields=(query,))
    )


@form("offered_rows")
async def rows_shown(bot: Bot, call: Call) -> Answers:
    """Shows the rows to everybody in the thread."""
    escalation, offer = await offered(bot, call.subject)
    query = call.values.get("query", "")
    await bot.handling.queried(call.person, escalation.id, query)
    diagnosis = await bot.diagnoses.get(escalation.diagnosis)
    table = await bot.escalations.offering.rows(offer, query, escalation.system, diagnosis.inputs)
    count = f"{len(table.rows)} row{'' if len(table.rows) == 1 else 's'}"
    says = f"{escalation.system_title}: {count}, as the database has them at {bot.clock():%H:%M:%S} UTC."
    return Tell(fact=Listing(says=says, table=table), openly=True)


@button("add_note", opens_form="Add note")
async def add_note(bot: Bot, call: Call) -> Answers:
    """Asks for a note, which goes into the thread and on record."""
    text = TextField(name="text", label="Note", multiline=True, longest=2500)
    return Ask(form=Form(name="add_note", title="Add note", submit="Add", memo=call.subject, fields=(text,)))


@form("add_note")
async def note_added(bot: Bot, call: Call) -> Answers:
    """Adds the note."""
    await bot.handling.note(call.person, call.subject, call.values.get("text", ""))
    return Tell(fact=Sentence(text="Added.", tone="good"))


@button("hand_over", opens_form="Hand over")
async def hand_over(bot: Bot, call: Call) -> Answers:
    """Asks to whom an escalation is handed over, and why."""
    routes = bot.catalog.policies.current().escalation.routes
    options = tuple((name, route.title) for name, route in routes.items())
    team = ChoiceField(name="route", label="Team", options=options, optional=True)
    person = TextField(name="email", label="Or a person", optional=True, longest=200, hint="Their e-mail address.")
    fields = (team, person, _WHY)
    return Ask(form=Form(name="hand_over", title="Hand over", submit="Hand over", memo=call.subject, fields=fields))


@form("hand_over")
async def handed_over(bot: Bot, call: Call) -> Answers:
    """Hands it over, and tells them."""
    values = call.values
    await bot.handling.hand_over(
        call.person, call.subject, route=values.get("route", ""), email=values.get("email", ""),
        why=values.get("why", ""),
    )  # fmt: skip
    return Tell(fact=Sentence(text="Handed over; they are told.", tone="good"))


@button("change_severity", opens_form="Change severity")
async def change_severity(bot: Bot, call: Call) -> Answers:
    """Asks how much hurry there is now, and why."""
    return severity_form(await bot.escalations.get(call.subject))


def severity_form(escalation: Escalation, wanted: str = "", why: str = "") -> Ask:
    """Asks how much hurry there is now, with what was said already filled in."""
    options = tuple((one.value, one.value) for one in Severity)
    value = wanted or escalation.severity.value
    severity = ChoiceField(name="severity", label="Severity", options=options, value=value)
    fields = (severity, _WHY.model_copy(update={"value": why}))
    form = Form(name="change_severity", title="Change severity", submit="Change", memo=escalation.id, fields=fields)
    return Ask(form=form)


@form("change_severity")
async def severity_changed(bot: Bot, call: Call) -> Answers:
    """Changes the severity."""
    severity = Severity(call.values.get("severity", "medium"))
    await bot.handling.change_severity(call.person, call.subject, severity, call.values.get("why", ""))
    return Tell(fact=Sentence(text=f"The severity is {severity.value} now.", tone="good"))


@button("resolve", opens_form="Resolve")
async def resolve(bot: Bot, call: Call) -> Answers:
    """Asks for cause and resolution, then closes the escalation."""
    cause = TextField(name="cause", label="What was the cause?", multiline=True, longest=1500)
    resolution = TextField(name="resolution", label="How was it solved?", multiline=True, longest=1500)
    helped = ChoiceField(name="helped", label="Did the runbook help?", options=_HELPED)
    fields = (cause, resolution, helped)
    return Ask(form=Form(name="resolve", title="Resolve", submit="Resolve", memo=call.subject, fields=fields))


@form("resolve")
async def resolved(bot: Bot, call: Call) -> Answers:
    """Closes the escalation."""
    values = call.values
    await bot.handling.resolve(
        call.person, call.subject, values.get("resolution", ""), cause=values.get("cause", ""),
        helped=Helped(values.get("helped", "no")),
    )  # fmt: skip
    return Tell(fact=Sentence(text="Resolved. Thank you.", tone="good"))
