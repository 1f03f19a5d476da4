"""Reading the audit trail: who did this, and who allowed it?"""

from bot.app import Bot, parse
from bot.errors import UnknownName
from bot.model.audit import Recorded
from bot.model.facts import Trail
from bot.model.people import Person
from bot.model.talk import Answers, Call, SubjectKind, Tell
from bot.registry import command

_FILTERS = ("tenant", "system", "person", "request", "outcome", "before")
_PAGE, _MOST = 15, 200


@command("audit", usage="audit [request=…] [tenant=…] [person=…] [outcome=refused]", alias="/audit")
async def audit(bot: Bot, call: Call) -> Answers:
    """Read the trail of what was looked at, asked, decided, refused and done."""
    words, named = parse(call.text)
    for name in (*words, *named):
        if name not in _FILTERS:
            raise UnknownName("filter of the audit trail", name, [f"{one}=…" for one in _FILTERS[:4]])
    if request := named.get("request") or await _here(bot, call):
        rows = await bot.audit.of_request(await bot.voting.get(request))
        return Tell(fact=Trail(title=f"Request {request}", rows=tuple(await _visible(bot, call.person, rows[::-1]))))
    person = await bot.directory.find(named["person"]) if "person" in named else None
    if "person" in named and person is None:
        raise UnknownName("person of this workspace", named["person"], (), "Give the e-mail address.")
    before = int(named["before"]) if named.get("before", "").isdigit() else None
    rows = await bot.audit.find(
        person=person, system=named.get("system", ""), tenant=named.get("tenant", ""),
        outcome=named.get("outcome", ""), before=before, limit=_MOST,
    )  # fmt: skip
    seen = await _visible(bot, call.person, rows)
    more = seen[_PAGE - 1].number if len(seen) > _PAGE else None
    return Tell(fact=Trail(title="Audit trail, newest first", rows=tuple(seen[:_PAGE]), more=more))


async def _here(bot: Bot, call: Call) -> str:
    """The request whose card or thread the question was asked in."""
    if not call.place.thread:
        return ""
    drawing = await bot.drawings.at(call.place.channel, call.place.thread)
    return drawing.subject.id if drawing and drawing.subject.kind is SubjectKind.REQUEST else ""


async def _visible(bot: Bot, person: Person, rows: list[Recorded]) -> list[Recorded]:
    """The events that somebody may see: an auditor all, others their own and those of tenants that they may look at."""
    if bot.standing.roles.is_auditor(person):
        return rows
    about = {(row.event.system, row.event.tenant) for row in rows if row.event.system in bot.catalog.systems}
    allowed = {key for key in about if await bot.standing.may_see(person, *key)}
    return [row for row in rows if row.event.person.id == person.id or (row.event.system, row.event.tenant) in allowed]
