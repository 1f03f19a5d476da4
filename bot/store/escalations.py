"""Escalations, open and resolved; at most one is open about a cause in a tenant."""

from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from bot.model.escalation import Escalation, EscalationState
from bot.model.talk import Subject, SubjectKind
from bot.store.database import Work, writable
from bot.store.tables import escalations as table

_IS_OPEN = table.c.state != EscalationState.RESOLVED.value


async def add(work: Work, escalation: Escalation) -> bool:
    """Writes a new escalation; False when another one is open about the same."""
    statement = insert(table).values(
        id=escalation.id, state=escalation.state.value, system=escalation.system, tenant=escalation.tenant,
        diagnosis=escalation.diagnosis, created=escalation.created, about=escalation.about, due=escalation.due,
        body=_body(escalation),
    )  # fmt: skip
    is_new = (await work.execute(statement.on_conflict_do_nothing().returning(table.c.id))).first() is not None
    if is_new:
        await work.redraw(Subject(kind=SubjectKind.DIAGNOSIS, id=escalation.diagnosis))
    return is_new


async def get(work: Work, id: str, *, lock: bool = False) -> Escalation | None:
    """The escalation of this id; `lock` keeps it as it is until the transaction ends."""
    statement = select(table.c.body).where(table.c.id == id)
    found = (await work.execute(statement.with_for_update() if lock else statement)).first()
    return Escalation.model_validate(found[0]) if found else None


async def open_about(work: Work, about: str) -> Escalation | None:
    """The escalation about this that is not resolved, kept as it is until the transaction ends."""
    found = (await work.execute(select(table.c.body).where(table.c.about == about, _IS_OPEN).with_for_update())).first()
    return Escalation.model_validate(found[0]) if found else None


async def of_diagnosis(work: Work, diagnosis: str) -> Escalation | None:
    """The newest escalation that this diagnosis led to or joined, open or resolved."""
    named = or_(table.c.diagnosis == diagnosis, table.c.body["joined"].contains([diagnosis]))
    found = (await work.execute(select(table.c.body).where(named).order_by(table.c.created.desc()).limit(1))).first()
    return Escalation.model_validate(found[0]) if found else None


async def opened(work: Work, limit: int = 500) -> list[Escalation]:
    """Everything that is not resolved, oldest first."""
    found = await work.execute(select(table.c.body).where(_IS_OPEN).order_by(table.c.created).limit(limit))
    return [Escalation.model_validate(row[0]) for row in found]


async def resolved(work: Work, since: datetime, until: datetime, limit: int = 500) -> list[Escalation]:
    """What was resolved in a period, the first first."""
    when = text("(body ->> 'ended')::timestamptz >= :since AND (body ->> 'ended')::timestamptz < :until")
    found = await work.execute(
        select(table.c.body).where(~_IS_OPEN, when).order_by(text("body ->> 'ended'")).limit(limit),
        {"since": since, "until": until},
    )
    return [Escalation.model_validate(row[0]) for row in found]


async def overdue(work: Work, now: datetime, limit: int = 100) -> list[str]:
    """The ids of those in which somebody else is to be told by now."""
    found = await work.execute(
        select(table.c.id).where(_IS_OPEN, table.c.due <= now).order_by(table.c.due).limit(limit)
    )
    return list(found.scalars())


async def save(work: Work, escalation: Escalation) -> None:
    """Replaces an escalation that was read with `lock` in this transaction."""
    await work.execute(
        update(table)
        .where(table.c.id == escalation.id)
        .values(state=escalation.state.value, due=escalation.due, body=_body(escalation))
    )
    await work.redraw(Subject(kind=SubjectKind.DIAGNOSIS, id=escalation.diagnosis))


async def to_page(work: Work, limit: int = 100) -> list[Escalation]:
    """Those of which a pager has not been told the newest."""
    is_behind = text("jsonb_path_exists(body, '$.pages[*] ? (@.due != null)')")
    found = await work.execute(select(table.c.body).where(is_behind).limit(limit))
    return [Escalation.model_validate(row[0]) for row in found]


def _body(escalation: Escalation) -> Any:
    return writable(escalation.model_dump(mode="json", exclude={"trace"}))
