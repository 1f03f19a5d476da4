"""Escalations, open and resolved."""

from sqlalchemy import insert, select, update

from bot.errors import Stale
from bot.model.escalation import Escalation, EscalationState
from bot.store.database import Work, writable
from bot.store.tables import escalations as table


async def add(work: Work, escalation: Escalation) -> None:
    """Writes a new escalation."""
    await work.execute(
        insert(table).values(
            id=escalation.id, state=escalation.state.value, system=escalation.system, tenant=escalation.tenant,
            diagnosis=escalation.diagnosis, created=escalation.created,
            body=writable(escalation.model_dump(mode="json")),
        )
    )  # fmt: skip


async def get(work: Work, id: str) -> Escalation | None:
    """The escalation of this id."""
    found = (await work.execute(select(table.c.body).where(table.c.id == id))).first()
    return Escalation.model_validate(found[0]) if found else None


async def open_about(work: Work, diagnosis: str) -> Escalation | None:
    """The escalation of this diagnosis that is not resolved, if there is one."""
    found = (
        await work.execute(
            select(table.c.body).where(table.c.diagnosis == diagnosis, table.c.state != EscalationState.RESOLVED.value)
        )
    ).first()
    return Escalation.model_validate(found[0]) if found else None


async def change(work: Work, before: Escalation, after: Escalation) -> None:
    """Replaces an escalation, if it is still in the state that `before` says; raises Stale otherwise."""
    found = await work.execute(
        update(table)
        .where(table.c.id == before.id, table.c.state == before.state.value)
        .values(state=after.state.value, body=writable(after.model_dump(mode="json")))
    )
    if found.rowcount != 1:
        raise Stale("Somebody else changed this escalation a moment ago; look at its thread again.")
