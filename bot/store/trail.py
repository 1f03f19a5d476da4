"""The audit trail as it is read; it is written by `Work.record` alone."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from sqlalchemy import select, text

from bot.model.audit import Event, Recorded
from bot.store.database import Store, Work
from bot.store.tables import audit_events as table


async def find(
    work: Work,
    *,
    subject: str = "",
    person: str = "",
    system: str = "",
    tenant: str = "",
    verb: str = "",
    outcome: str = "",
    since: datetime | None = None,
    before: int | None = None,
    limit: int = 20,
) -> list[Recorded]:
    """Events that fit all that is given, newest first; `before` is a number, for the next page."""
    given = {"subject": subject, "person": person, "system": system, "tenant": tenant, "outcome": outcome}
    statement = select(table.c.number, table.c.hash, table.c.body)
    for name, value in given.items():
        if value:
            statement = statement.where(table.c[name] == value)
    if verb:
        statement = statement.where(table.c.verb == verb)
    if since:
        statement = statement.where(table.c.at >= since)
    if before is not None:
        statement = statement.where(table.c.number < before)
    found = await work.execute(statement.order_by(table.c.number.desc()).limit(limit))
    return [_recorded(row) for row in found]


async def about(work: Work, subjects: list[str], limit: int = 200) -> list[Recorded]:
    """Every event about one of these subjects, oldest first."""
    found = await work.execute(
        select(table.c.number, table.c.hash, table.c.body)
        .where(table.c.subject.in_(subjects))
        .order_by(table.c.number)
        .limit(limit)
    )
    return [_recorded(row) for row in found]


async def rows(store: Store, *, page: int = 5_000) -> AsyncIterator[tuple[int, str, bytes, str]]:
    """The whole chain as it is hashed, in order: number, time as text, hash, body."""
    after = 0
    while True:
        async with store.work() as work:
            found = await work.execute(
                text("""
                    SELECT number, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, hash, body
                    FROM audit_events WHERE number > :after ORDER BY number LIMIT :page
                """),
                {"after": after, "page": page},
            )
            batch = found.all()
        for row in batch:
            yield row.number, row.at, bytes(row.hash), row.body
        if len(batch) < page:
            return
        after = batch[-1].number


async def head(work: Work) -> tuple[int, bytes]:
    """The number and hash that the next event builds on."""
    found = (await work.execute(text("SELECT number, hash FROM audit_head"))).one()
    return int(found.number), bytes(found.hash)


def _recorded(row: Any) -> Recorded:
    return Recorded(number=row.number, hash=bytes(row.hash).hex(), event=Event.model_validate_json(row.body))
