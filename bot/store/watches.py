"""How each watch stands, when it is due, and what was posted about it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.errors import UnknownName
from bot.model.watch import Notice, WatchState
from bot.store.database import Work, writable
from bot.store.tables import watch_notices, watches


async def states(work: Work) -> dict[str, WatchState]:
    """Every watch that is known, by its id."""
    found = await work.execute(select(watches.c.body, watches.c.due))
    return {state.id: state for state in (_state(*row) for row in found)}


async def get(work: Work, id: str) -> WatchState | None:
    """One watch, held for this transaction."""
    found = (
        await work.execute(select(watches.c.body, watches.c.due).where(watches.c.id == id).with_for_update())
    ).first()
    return _state(*found) if found else None


async def begin(work: Work, id: str, now: datetime) -> None:
    """Adds a watch that is due at once, if it is not known yet."""
    body = WatchState(id=id, due=now).model_dump(mode="json")
    await work.execute(insert(watches).values(id=id, due=now, body=body).on_conflict_do_nothing())


async def claim(work: Work, id: str, now: datetime, then: datetime) -> bool:
    """Takes the turn that is due, and sets the next; False when another replica took it."""
    found = await work.execute(update(watches).where(watches.c.id == id, watches.c.due <= now).values(due=then))
    return found.rowcount == 1


async def hurry(work: Work, id: str, now: datetime) -> None:
    """Has the next turn taken now, since the last one was cut off."""
    await work.execute(update(watches).where(watches.c.id == id, watches.c.due > now).values(due=now))


async def save(work: Work, state: WatchState) -> None:
    """Keeps how a watch stands; when it is due is changed by `claim` and `hurry` alone."""
    body = writable(state.model_dump(mode="json"))
    await work.execute(update(watches).where(watches.c.id == state.id).values(body=body))


async def forget_others(work: Work, ids: Iterable[str]) -> None:
    """Forgets watches that nobody wants any more; what was posted about them stays."""
    await work.execute(delete(watches).where(watches.c.id.not_in(list(ids))))


async def keep(work: Work, notice: Notice) -> None:
    """Keeps a notice as it stands now."""
    body = writable(notice.model_dump(mode="json"))
    statement = insert(watch_notices).values(id=notice.id, watch=notice.watch, at=notice.at, body=body)
    await work.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"body": statement.excluded.body}))


async def notice(work: Work, id: str) -> Notice:
    """One notice. Raises UnknownName when there is none of this id."""
    found = (await work.execute(select(watch_notices.c.body).where(watch_notices.c.id == id))).first()
    if found is None:
        raise UnknownName("notice", id)
    return Notice.model_validate(found[0])


def _state(body: Any, due: datetime) -> WatchState:
    return WatchState.model_validate({**body, "due": due})
