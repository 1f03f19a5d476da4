"""The evidence that was collected for escalations, as the files that are attached."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from bot.model.escalation import Bundle, BundleFile
from bot.store.database import Work, writable
from bot.store.tables import escalation_bundles as table
from bot.store.tables import escalation_files as files


async def add(work: Work, bundle: Bundle) -> bool:
    """Writes a bundle with its files; False when there is one of this occasion already."""
    values = {
        "id": bundle.id, "escalation": bundle.escalation, "occasion": bundle.occasion, "at": bundle.at,
        "digest": bundle.digest, "missing": writable(list(bundle.missing)),
    }  # fmt: skip
    statement = insert(table).values(values).on_conflict_do_nothing().returning(table.c.id)
    if (await work.execute(statement)).first() is None:
        return False
    for place, one in enumerate(bundle.files):
        await work.execute(insert(files).values(bundle=bundle.id, place=place, **dict(one)))
    return True


async def get(work: Work, id: str) -> Bundle | None:
    """The bundle of this id, with the content of its files."""
    found = (await work.execute(select(table).where(table.c.id == id))).first()
    if found is None:
        return None
    rows = await work.execute(select(files).where(files.c.bundle == id).order_by(files.c.place))
    held = tuple(
        BundleFile(name=row.name, title=row.title, content=bytes(row.content), digest=row.digest) for row in rows
    )
    return Bundle(
        id=found.id, escalation=found.escalation, occasion=found.occasion, at=found.at, digest=found.digest,
        files=held, missing=tuple(found.missing),
    )  # fmt: skip


async def of_escalation(work: Work, escalation: str) -> list[str]:
    """The ids of what was collected for an escalation, oldest first."""
    found = await work.execute(select(table.c.id).where(table.c.escalation == escalation).order_by(table.c.at))
    return list(found.scalars())
