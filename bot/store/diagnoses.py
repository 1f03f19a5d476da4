"""Diagnoses, running and finished, with their evidence."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from bot.model.diagnosis import Diagnosis, Verdict
from bot.store.database import Work, writable
from bot.store.tables import diagnoses as table

_ABOUT_THEN, _ALIKE = timedelta(days=1), 20  # how far apart, and how many, diagnoses count as the same trouble
_DRAWN = {"followed", "procedure", "trace"}  # filled when it is drawn


async def save(work: Work, diagnosis: Diagnosis, owner: str) -> None:
    """Writes a diagnosis as it stands; a finished one is not overwritten by one that still runs."""
    body = writable(diagnosis.model_dump(mode="json", exclude=_DRAWN))
    values = {
        "id": diagnosis.id,
        "runbook": diagnosis.runbook,
        "system": diagnosis.system,
        "tenant": str(diagnosis.inputs.binds.get("tenant", "")),
        "verdict": diagnosis.verdict.value,
        "started": diagnosis.started,
        "owner": owner,
        "body": body,
    }
    statement = insert(table).values(values)
    await work.execute(
        statement.on_conflict_do_update(
            index_elements=["id"],
            set_={"verdict": statement.excluded.verdict, "body": statement.excluded.body},
            where=table.c.verdict == Verdict.RUNNING.value,
        )
    )


async def get(work: Work, id: str) -> Diagnosis | None:
    """The diagnosis of this id."""
    found = (await work.execute(select(table.c.body).where(table.c.id == id))).first()
    return Diagnosis.model_validate(found[0]) if found else None


async def last_healthy(work: Work, runbook: str, system: str, tenant: str, before: datetime) -> Diagnosis | None:
    """The newest diagnosis of the same question, before this moment, that found no fault."""
    found = (
        await work.execute(
            select(table.c.body)
            .where(
                table.c.runbook == runbook, table.c.system == system, table.c.tenant == tenant,
                table.c.started < before, table.c.verdict == Verdict.NO_FAULT.value,
            )
            .order_by(table.c.started.desc())
            .limit(1)
        )
    ).first()  # fmt: skip
    return Diagnosis.model_validate(found[0]) if found else None


async def last(work: Work, runbook: str, system: str, tenant: str, before: datetime) -> Diagnosis | None:
    """The newest diagnosis of the same question, before this moment, that came to an end."""
    found = (
        await work.execute(
            select(table.c.body)
            .where(
                table.c.runbook == runbook, table.c.system == system, table.c.tenant == tenant,
                table.c.started < before, table.c.verdict.not_in([Verdict.RUNNING.value, Verdict.CUT_OFF.value]),
            )
            .order_by(table.c.started.desc())
            .limit(1)
        )
    ).first()  # fmt: skip
    return Diagnosis.model_validate(found[0]) if found else None


async def alike(work: Work, diagnosis: Diagnosis) -> dict[str, frozenset[str]]:
    """The other diagnoses of the same question within a day of this one, the newest ones: their causes by their ids."""
    inputs = writable(diagnosis.inputs.model_dump(mode="json"))
    found = await work.execute(
        select(table.c.id, table.c.body["causes"])
        .where(
            table.c.runbook == diagnosis.runbook, table.c.system == diagnosis.system,
            table.c.tenant == str(diagnosis.inputs.binds.get("tenant", "")), table.c.body["inputs"] == inputs,
            table.c.started.between(diagnosis.started - _ABOUT_THEN, diagnosis.started + _ABOUT_THEN),
            table.c.id != diagnosis.id,
        )
        .order_by(table.c.started.desc())
        .limit(_ALIKE)
    )  # fmt: skip
    return {row[0]: frozenset(cause["id"] for cause in row[1]) for row in found}


async def running(work: Work, not_owner: str) -> list[tuple[Diagnosis, str]]:
    """Diagnoses that run in other processes, or did when those were killed, each with its owner."""
    found = await work.execute(
        select(table.c.body, table.c.owner).where(table.c.verdict == Verdict.RUNNING.value, table.c.owner != not_owner)
    )
    return [(Diagnosis.model_validate(row[0]), row[1]) for row in found]


async def cut_off(work: Work, diagnosis: Diagnosis) -> bool:
    """Marks a diagnosis whose process is gone; False when it ended meanwhile."""
    marked = diagnosis.model_copy(update={"verdict": Verdict.CUT_OFF, "awaited": ()})
    found = await work.execute(
        update(table)
        .where(table.c.id == diagnosis.id, table.c.verdict == Verdict.RUNNING.value)
        .values(verdict=Verdict.CUT_OFF.value, body=marked.model_dump(mode="json", exclude=_DRAWN))
    )
    return found.rowcount == 1
