"""Requests and votes. Every change of state is compare-and-swap, so that of two who try, one succeeds."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from bot.errors import Stale
from bot.model.people import Person
from bot.model.request import OPEN, Request, State, Vote
from bot.store.database import Work, writable
from bot.store.tables import requests as table
from bot.store.tables import votes as votes_table

_KEPT_APART = {"state", "fence", "votes", "created", "changed", "expires"}


async def add(work: Work, request: Request) -> bool:
    """Writes a new request; False when another open request has the same subject."""
    statement = insert(table).values(
        id=request.id, action=request.action, system=request.system, tenant=request.tenant, subject=request.subject,
        state=request.state.value, fence=0, owner="", asker=request.asker.id, created=request.created,
        changed=request.changed, expires=request.expires, body=_body(request),
    )  # fmt: skip
    return (await work.execute(statement.on_conflict_do_nothing().returning(table.c.id))).first() is not None


async def get(work: Work, id: str, *, lock: bool = False) -> Request | None:
    """The request of this id with its votes; `lock` keeps it as it is until the transaction ends."""
    statement = select(table).where(table.c.id == id)
    found = (await work.execute(statement.with_for_update() if lock else statement)).first()
    return (await _whole(work, [found]))[0] if found else None


async def open_about(work: Work, subject: str) -> Request | None:
    """The open request with this subject; there is at most one."""
    states = [state.value for state in OPEN]
    found = (await work.execute(select(table).where(table.c.subject == subject, table.c.state.in_(states)))).first()
    return (await _whole(work, [found]))[0] if found else None


async def move(work: Work, request: Request, to: State, now: datetime, **fields: Any) -> Request:
    """Changes the state, if it is still the one that `request` says; raises Stale otherwise.

    `fields` are other fields of the request that change with it; `owner` is who runs it.
    """
    owner = fields.pop("owner", None)
    changed = request.model_copy(update={"state": to, "changed": now, **fields})
    values: dict[str, Any] = {"state": to.value, "changed": now, "expires": changed.expires, "fence": changed.fence}
    values |= {"body": _body(changed)} | ({"owner": owner} if owner is not None else {})
    found = await work.execute(
        update(table)
        .where(table.c.id == request.id, table.c.state == request.state.value, table.c.fence == request.fence)
        .values(values)
    )
    if found.rowcount != 1:
        raise Stale("This was decided or changed by somebody else a moment ago; look at the card again.")
    return changed


async def vote(work: Work, request: Request, cast: Vote) -> None:
    """Writes somebody's vote, in place of the one that they cast before."""
    statement = insert(votes_table).values(
        request=request.id, voter=cast.person.id, at=cast.at, body=writable(cast.model_dump(mode="json"))
    )
    await work.execute(
        statement.on_conflict_do_update(
            index_elements=["request", "voter"],
            set_={"at": statement.excluded.at, "body": statement.excluded.body},
        )
    )


async def owner_of(work: Work, id: str) -> str:
    """The replica that claimed the request; empty when none has."""
    return str((await work.execute(select(table.c.owner).where(table.c.id == id))).scalar_one_or_none() or "")


async def in_state(work: Work, *states: State, limit: int = 100) -> list[Request]:
    """Requests in these states, the longest unchanged first."""
    names = [state.value for state in states]
    found = await work.execute(select(table).where(table.c.state.in_(names)).order_by(table.c.changed).limit(limit))
    return await _whole(work, list(found))


async def of_diagnosis(work: Work, diagnosis: str) -> list[Request]:
    """What was asked for because of a diagnosis, oldest first."""
    found = await work.execute(
        select(table).where(table.c.body["diagnosis"].astext == diagnosis).order_by(table.c.created)
    )
    return await _whole(work, list(found))


async def asked_by(work: Work, person: Person, limit: int = 10) -> list[Request]:
    """What a person asked for, newest first."""
    found = await work.execute(
        select(table).where(table.c.asker == person.id).order_by(table.c.created.desc()).limit(limit)
    )
    return await _whole(work, list(found))


async def _whole(work: Work, rows: list[Any]) -> list[Request]:
    ids = [row.id for row in rows]
    cast: dict[str, list[Vote]] = {id: [] for id in ids}
    if ids:
        found = await work.execute(select(votes_table).where(votes_table.c.request.in_(ids)).order_by(votes_table.c.at))
        for row in found:
            cast[row.request].append(Vote.model_validate(row.body))
    return [
        Request.model_validate(
            {
                **row.body, "id": row.id, "state": row.state, "fence": row.fence, "created": row.created,
                "changed": row.changed, "expires": row.expires, "votes": tuple(cast[row.id]),
            }
        )
        for row in rows
    ]  # fmt: skip


def _body(request: Request) -> Any:
    return writable(request.model_dump(mode="json", exclude=_KEPT_APART))
