"""Reading the audit trail: who did this, who allowed it, and who could have?"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from bot.app import Bot, parse
from bot.errors import InputError, Refused, UnknownName
from bot.model.audit import Filters, Recorded
from bot.model.facts import Trail
from bot.model.people import Person
from bot.model.request import Request
from bot.model.talk import Answers, Call, SubjectKind, Tell
from bot.registry import button, command

_PAGE = 15
_ID = re.compile(r"[UW][A-Z0-9]{4,}|terminal:.+|backstop")
_AT_ONCE = 500  # rows read at once, of which those that the person may see are shown
_LOOKS = 10  # … and so often for one page
_FILE_ROWS = 10_000
_WEEK = timedelta(days=7)
_WORDS = ("who", "digest")


@dataclass(frozen=True)
class Found:
    """What somebody may see; `more` is the number before which older ones may stand."""

    rows: tuple[Recorded, ...]
    more: int | None


@command("audit", usage="audit [request=…] [tenant=…] [person=…] [action=…] [since=7d] [format=csv]", alias="/audit")
async def audit(bot: Bot, call: Call) -> Answers:
    """Read the trail of what was looked at, asked, decided, refused and done."""
    words, named = parse(call.text)
    if len(words) > 1 or (words and words[0].lower() not in _WORDS):
        raise UnknownName("filter of the audit trail", words[-1], ["tenant=…", "person=…", "request=…"])
    if words and words[0].lower() == "digest":
        return await _digest(bot, call.person, named)
    if words:
        return await _who(bot, call, named)
    here = "" if named else await _here(bot, call)
    if here or set(named) == {"request"}:
        return await _of_request(bot, call.person, here or named["request"])
    return await _search(bot, call.person, named)


@button("audit_page")
async def audit_page(bot: Bot, call: Call) -> Answers:
    """Shows the page of the trail that is older than the one above."""
    _, named = parse(call.subject)
    return await _search(bot, call.person, named)


async def _of_request(bot: Bot, person: Person, id: str) -> Answers:
    request = await bot.voting.get(id)
    rows = await _visible(bot, person, await bot.audit.of_request(request))
    title = f"{request.label} · request {request.id}"
    return Tell(fact=Trail(title=title, rows=tuple(reversed(rows)), links=await _links(bot, rows)))


async def _search(bot: Bot, person: Person, named: Mapping[str, str]) -> Answers:
    given = {name: value for name, value in named.items() if name not in {"before", "format"}}
    before, format = _before(named), named.get("format", "").lower()
    filters = await _of_person(bot, bot.audit.understand(given, bot.clock()))
    if format:
        if format not in {"csv", "jsonl"}:
            raise UnknownName("format", format, ("csv", "jsonl"))
        return await _file(bot, person, filters, format)
    found = await _look(bot, person, filters, before, _PAGE)
    spoken = bot.audit.spoken(given, filters)
    cursor = f"{spoken} before={found.more}".strip() if found.more is not None else ""
    told = bot.audit.told(given, filters)
    title = f"Audit trail, newest first{f' · {told}' if told else ''}"
    links = await _links(bot, found.rows)
    return Tell(fact=Trail(title=title, rows=found.rows, more=found.more, cursor=cursor, links=links))


async def _file(bot: Bot, person: Person, filters: Filters, format: str) -> Answers:
    """Everything that fits as a file, with the newest above it."""
    found = await _look(bot, person, filters, None, _FILE_ROWS)
    kind: Literal["csv", "jsonl"] = "csv" if format == "csv" else "jsonl"
    text = await bot.audit.sheet(person, found.rows, filters, kind, bot.clock)
    title = f"Audit trail, {len(found.rows)} events as {format}"
    if found.more is not None:
        title += f"; older ones than event {found.more} are not in it, name a period"
    rows = found.rows[:_PAGE]
    return Tell(fact=Trail(title=title, rows=rows, file=(f"audit.{kind}", text), links=await _links(bot, rows)))


async def _links(bot: Bot, rows: Sequence[Recorded]) -> dict[str, str]:
    """From events to the cards that show what they are about."""
    return await bot.links(row.event.subject for row in rows if row.event.subject)


async def _who(bot: Bot, call: Call, named: Mapping[str, str]) -> Answers:
    """Who could have decided on a request when it was asked."""
    id = named.get("request") or await _here(bot, call)
    if not id or set(named) - {"request"}:
        raise InputError("Say which request: /audit who request=…, or @backstop audit who in its thread.")
    request = await bot.voting.get(id)
    await _may_see(bot, call.person, request)
    return Tell(fact=bot.audit.who_could(await bot.audit.of_request(request)))


async def _digest(bot: Bot, person: Person, named: Mapping[str, str]) -> Answers:
    """The figures of a period, of all tenants together."""
    if not bot.standing.roles.is_auditor(person):
        raise Refused("The figures are about every tenant, so only auditors see them.", "auditor")
    if left := set(named) - {"since", "until"}:
        raise UnknownName("limit of the digest", f"{min(left)}=", ["since=…", "until=…"])
    filters = bot.audit.understand(named, bot.clock())
    until = filters.until or bot.clock()
    return Tell(fact=(await bot.audit.count(filters.since or until - _WEEK, until)).listing)


async def _look(bot: Bot, person: Person, filters: Filters, before: int | None, most: int) -> Found:
    """The newest events that fit and that the person may see; more is looked for where many may not be seen."""
    seen: list[Recorded] = []
    at_once = (
        most + 1 if bot.standing.roles.is_auditor(person) else _AT_ONCE
    )  # of what auditors find nothing is left out
    for _ in range(max(_LOOKS, 2 * most // at_once)):
        rows = await bot.audit.search(filters, before=before, limit=at_once)
        seen += await _visible(bot, person, rows)
        if len(seen) > most:
            return Found(tuple(seen[:most]), seen[most - 1].number)
        if len(rows) < at_once:
            return Found(tuple(seen), None)
        before = rows[-1].number
    return Found(tuple(seen), before)


async def _of_person(bot: Bot, filters: Filters) -> Filters:
    """The same with the person's id, where Slack knows the address: people keep their id when their address changes."""
    if not filters.person or _ID.fullmatch(filters.person):
        return filters
    if "@" not in filters.person.lstrip("@"):
        # A name that fits nobody would read as “this person did nothing”.
        raise InputError("People are found by their e-mail address: person=olga@example.com.")
    person = await bot.directory.find(filters.person)
    # Somebody who has left stands in the trail all the same, under the address of that time.
    return filters.model_copy(update={"person": person.id}) if person else filters


async def _here(bot: Bot, call: Call) -> str:
    """The request whose card or thread the question was asked in."""
    if not call.place.thread:
        return ""
    drawing = await bot.drawings.at(call.place.channel, call.place.thread)
    return drawing.subject.id if drawing and drawing.subject.kind is SubjectKind.REQUEST else ""


async def _may_see(bot: Bot, person: Person, request: Request) -> None:
    if not bot.standing.roles.is_auditor(person):
        await bot.standing.actor(person, request.system, request.inputs)


async def _visible(bot: Bot, person: Person, rows: list[Recorded]) -> list[Recorded]:
    """The events that somebody may see: an auditor all, others their own and those of tenants that they may look at."""
    if bot.standing.roles.is_auditor(person):
        return rows
    about = {(row.event.system, row.event.tenant) for row in rows if row.event.system in bot.catalog.systems}
    allowed = {key for key in about if await bot.standing.may_see(person, *key)}
    return [row for row in rows if row.event.person.id == person.id or (row.event.system, row.event.tenant) in allowed]


def _before(named: Mapping[str, str]) -> int | None:
    text = named.get("before")
    if text is not None and not (text.isdecimal() and len(text) < 19):
        raise InputError("before= is the number of an event, as it stands in the trail.")
    return int(text) if text else None
