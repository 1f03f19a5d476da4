"""The audit trail as it is read; it is written by `Work.record` alone."""

import asyncio
from collections.abc import AsyncIterator, Collection
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, cast, func, select, text, true, tuple_
from sqlalchemy.dialects.postgresql import JSONB

from bot.model.audit import Event, Filters, Recorded
from bot.store.database import Store, Work
from bot.store.tables import audit_events as table
from bot.store.tables import audit_head

_PAGE = 5_000
_TURN = 7_206_503  # an advisory lock
_EXACT_TIME = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
_SEARCHED = ("verb", "person", "email", "system", "tenant", "subject", "action", "outcome")


class Row(NamedTuple):
    """One row as it is hashed, with the columns that are searched beside it."""

    number: int
    at: str  # as it is hashed
    hash: bytes
    salt: bytes
    body: str
    verb: str
    person: str
    email: str
    system: str
    tenant: str
    subject: str
    action: str
    outcome: str
    is_meant: bool = True  # whether it fits the filters


class Happened(NamedTuple):
    """An event as it is counted; `state` is the one in which a request was filed.

    `is_needless` says of a run that nothing was left to do.
    """

    verb: str
    at: datetime
    subject: str
    outcome: str = "ok"
    state: str = ""
    is_needless: bool = False


async def find(work: Work, filters: Filters, *, before: int | None = None, limit: int = 20) -> list[Recorded]:
    """Events that fit, newest first; `before` is a number, for the next page."""
    statement = select(table.c.number, table.c.hash, table.c.body).where(_fits(filters))
    order = [table.c.number.desc()]
    if filters.until:
        # By time, so that an old period is found by its index, and not by walking back through all that is newer.
        order = [table.c.at.desc(), *order]
    if before is not None:
        statement = statement.where(await _is_before(work, before, by_time=filters.until is not None))
    found = await work.execute(statement.order_by(*order).limit(limit))
    return [_recorded(row) for row in found]


async def about(work: Work, subjects: Collection[str], limit: int = 500) -> list[Recorded]:
    """Every event about one of these subjects, oldest first."""
    found = await work.execute(
        select(table.c.number, table.c.hash, table.c.body)
        .where(table.c.subject.in_(list(subjects)))
        .order_by(table.c.number)
        .limit(limit)
    )
    return [_recorded(row) for row in found]


async def of_verbs(work: Work, verbs: Collection[str], since: datetime, until: datetime) -> list[Happened]:
    """Every event of these verbs in a period, oldest first, without its text: there may be many."""
    detail = func.jsonb_extract_path(cast(table.c.body, JSONB), "detail")
    state = case((table.c.verb == "request.asked", func.jsonb_extract_path_text(detail, "state")), else_="")
    result = func.jsonb_extract_path_text(detail, "result", "needless")
    needless = case((table.c.verb == "action.finished", func.coalesce(result, "") == "true"), else_=False)
    found = await work.execute(
        select(table.c.verb, table.c.at, table.c.subject, table.c.outcome, func.coalesce(state, ""), needless)
        .where(table.c.verb.in_(list(verbs)), table.c.at >= since, table.c.at < until)
        .order_by(table.c.number)
    )
    return [Happened(*row) for row in found]


async def rows(
    store: Store, *, after: int = 0, last: int | None = None, filters: Filters | None = None, page: int = _PAGE
) -> AsyncIterator[Row]:
    """The chain as it is hashed, in order, from the row after `after` to `last`; `filters` only mark the rows."""
    async for found in pages(store, after=after, last=last, filters=filters, page=page):
        for row in found:
            yield row


async def pages(
    store: Store, *, after: int = 0, last: int | None = None, filters: Filters | None = None, page: int = _PAGE
) -> AsyncIterator[list[Row]]:
    """The same in pages; the next one is fetched while its reader is busy with the one before."""
    async with store.reading() as read:
        fetching = asyncio.create_task(read(_page(after, last, filters, page)))
        try:
            while found := [Row._make(row) for row in await fetching]:
                is_last = len(found) < page
                if not is_last:
                    fetching = asyncio.create_task(read(_page(found[-1].number, last, filters, page)))
                yield found
                if is_last:
                    return
        finally:
            await asyncio.gather(fetching, return_exceptions=True)  # a thread cannot be cancelled


def _page(after: int, last: int | None, filters: Filters | None, page: int) -> Select[Any]:
    meant = _fits(filters) if filters else true()
    statement = select(
        table.c.number, func.to_char(func.timezone("UTC", table.c.at), _EXACT_TIME), table.c.hash, table.c.salt,
        table.c.body, *(table.c[name] for name in _SEARCHED), meant,
    ).where(table.c.number > after)  # fmt: skip
    if last is not None:
        statement = statement.where(table.c.number <= last)
    return statement.order_by(table.c.number).limit(page)


async def span(work: Work, filters: Filters) -> tuple[int, int, int]:
    """The numbers of the first and the last event that fit, and how many do; zeros when none does."""
    statement = select(func.min(table.c.number), func.max(table.c.number), func.count()).where(_fits(filters))
    first, last, count = (await work.execute(statement)).one()
    return int(first or 0), int(last or 0), int(count)


async def first(work: Work) -> int:
    """The number of the oldest event that is there; one more than the head's where there is none."""
    statement = select(func.coalesce(func.min(table.c.number), select(audit_head.c.number + 1).scalar_subquery()))
    return int((await work.execute(statement)).scalar_one())


async def hash_of(work: Work, number: int) -> bytes | None:
    """The stored hash of one event; None when there is no such event."""
    found = (await work.execute(select(table.c.hash).where(table.c.number == number))).scalar_one_or_none()
    return None if found is None else bytes(found)


async def newest(work: Work, subject: str) -> int:
    """The number of the newest event about a subject; 0 when there is none."""
    found = await work.execute(select(func.max(table.c.number)).where(table.c.subject == subject))
    return int(found.scalar_one() or 0)


async def head(work: Work) -> tuple[int, bytes]:
    """The number and hash that the next event builds on."""
    found = (await work.execute(select(audit_head.c.number, audit_head.c.hash))).one()
    return int(found.number), bytes(found.hash)


async def wait_for_turn(work: Work) -> None:
    """Lets transactions that report about the trail go one after the other."""
    await work.execute(select(func.pg_advisory_xact_lock(_TURN)))


class _TakenBack(Exception):
    """Ends a transaction on purpose."""


async def try_to_write(store: Store, event: Event) -> None:
    """Writes an event and takes it back before anybody can see it. Raises Unrecordable when it cannot be written."""
    try:
        async with store.work() as work:
            await work.execute(text("SET LOCAL statement_timeout = '3s'"))
            work.record(event)
            await work.append()
            raise _TakenBack
    except _TakenBack:
        return


async def _is_before(work: Work, number: int, *, by_time: bool) -> ColumnElement[bool]:
    """Whether a row stands on a page after the row of this number; clocks may have gone back between the two."""
    at = select(table.c.at).where(table.c.number == number)
    moment = (await work.execute(at)).scalar_one_or_none() if by_time else None
    if moment is None:
        return table.c.number < number
    return tuple_(table.c.at, table.c.number) < tuple_(moment, number)


def _fits(filters: Filters) -> ColumnElement[bool]:
    given: list[ColumnElement[bool]] = [
        table.c[name] == value
        for name in ("system", "tenant", "action", "verb", "outcome")
        if (value := getattr(filters, name))
    ]
    if filters.subjects:
        given.append(table.c.subject.in_(filters.subjects))
    if filters.person:
        # One or the other: with “or” between them neither index gives the newest first.
        is_address = "@" in filters.person
        given.append(table.c.email == filters.person.lower() if is_address else table.c.person == filters.person)
    if filters.since:
        given.append(table.c.at >= filters.since)
    if filters.until:
        given.append(table.c.at < filters.until)
    return and_(true(), *given)


def _recorded(row: Any) -> Recorded:
    return Recorded(number=row.number, hash=bytes(row.hash).hex(), event=Event.model_validate_json(row.body))
