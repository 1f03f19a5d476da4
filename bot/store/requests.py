"""Requests and votes. Every change of state is compare-and-swap, so that of two who try, one succeeds."""

import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from bot.errors import Stale
from bot.model.people import Person
from bot.model.request import MOVES, OPEN, Request, State, Vote
from bot.model.talk import Subject, SubjectKind
from bot.store import diagnoses, escalations
from bot.store.database import Work, writable
from bot.store.tables import audit_events as events
from bot.store.tables import requests as table
from bot.store.tables import votes as votes_table

_KEPT_APART = {"state", "fence", "votes", "created", "changed", "expires", "trace", "settlers", "undo_is_over"}


async def add(work: Work, request: Request) -> bool:
    """Writes a new request; False when another open request has the same subject."""
    statement = insert(table).values(
        id=request.id, action=request.action, system=request.system, tenant=request.tenant, subject=request.subject,
        state=request.state.value, fence=0, owner="", asker=request.asker.id, created=request.created,
        changed=request.changed, expires=request.expires, body=_body(request),
    )  # fmt: skip
    is_new = (await work.execute(statement.on_conflict_do_nothing().returning(table.c.id))).first() is not None
    if is_new:
        await _redraw_origin(work, request)
    return is_new


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
    if to is not request.state and to not in MOVES.get(request.state, ()):
        raise Stale(f"This is {request.state.value}, and can't become {to.value} any more.")
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
    await _redraw_origin(work, changed)
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


async def judged_since(work: Work, diagnosed: Sequence[str], begin: datetime) -> list[Request]:
    """What was asked for because of these diagnoses and ended, if the fault was looked at since then; oldest first."""
    if not diagnosed:
        return []
    found = await work.execute(
        select(table)
        .where(
            table.c.body["diagnosis"].astext.in_(diagnosed), table.c.state == State.DONE.value,
            table.c.changed > begin,
        )
        .order_by(table.c.changed)
    )  # fmt: skip
    return [one for one in await _whole(work, list(found)) if one.judged_at is not None and one.judged_at > begin]


async def asked_by(work: Work, person: Person, limit: int = 10, offset: int = 0) -> list[Request]:
    """What a person asked for, newest first."""
    mine = select(table).where(table.c.asker == person.id).order_by(table.c.created.desc())
    found = await work.execute(mine.limit(limit).offset(offset))
    return await _whole(work, list(found))


async def done_since(work: Work, subject: str, begin: datetime) -> tuple[datetime, ...]:
    """When the same was done about a subject since then."""
    found = await work.execute(
        select(table.c.changed).where(
            table.c.subject == subject, table.c.state == State.DONE.value, table.c.changed > begin
        )
    )
    return tuple(found.scalars())


async def asked_since(work: Work, person: Person, action: str, begin: datetime) -> tuple[datetime, ...]:
    """When a person asked for an action since then; who has two accounts with one address is one person."""
    is_same = table.c.asker == person.id
    if person.email:
        is_same = or_(is_same, table.c.body["asker"]["email"].astext == person.email)
    found = await work.execute(
        select(table.c.created).where(table.c.action == action, table.c.created > begin, is_same)
    )
    return tuple(found.scalars())


async def failures_since(
    work: Work, action: str, system: str, tenant: str, begin: datetime
) -> tuple[datetime, ...]:  # fmt: skip
    """When an action failed in a tenant, or ended unknown, since then and since it last succeeded."""
    ended = (State.DONE.value, State.FAILED.value, State.UNKNOWN.value)
    found = await work.execute(
        select(table.c.state, table.c.changed)
        .where(
            table.c.action == action, table.c.system == system, table.c.tenant == tenant, table.c.created > begin,
            table.c.state.in_(ended),
        )
        .order_by(table.c.changed.desc())
    )  # fmt: skip
    failed = itertools.takewhile(lambda row: row.state != State.DONE.value, found)
    return tuple(row.changed for row in failed)


async def changes_since(work: Work, number: int | None) -> tuple[int, bool]:
    """The number of the last event, and whether one since that of this number is about a request."""
    if number is None:
        return int((await work.execute(select(func.coalesce(func.max(events.c.number), 0)))).scalar_one()), False
    is_about = func.coalesce(func.bool_or(events.c.subject.like("request %")), False)
    last = func.coalesce(func.max(events.c.number), number)
    found = (await work.execute(select(last, is_about).where(events.c.number > number))).one()
    return int(found[0]), bool(found[1])


async def one_at_a_time(work: Work, key: str) -> None:
    """Has transactions with the same key follow each other, so that what they count stays true until they end."""
    await work.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})


async def ended_in(work: Work, systems: Sequence[str], limit: int, offset: int = 0) -> list[Request]:
    """What was last decided or done in these systems, newest first."""
    states = [state.value for state in State if state not in OPEN]
    found = await work.execute(
        select(table)
        .where(table.c.system.in_(systems), table.c.state.in_(states))
        .order_by(table.c.changed.desc())
        .limit(limit)
        .offset(offset)
    )
    return await _whole(work, list(found))


async def to_review(work: Work, limit: int = 200) -> list[Request]:
    """Requests that were run by break-glass and that nobody has signed off yet, the oldest first."""
    unsigned = table.c.body["review"]["signed_by"]
    found = await work.execute(
        select(table)
        .where(func.jsonb_typeof(table.c.body["review"]) == "object", func.jsonb_typeof(unsigned) == "null")
        .order_by(table.c.created)
        .limit(limit)
    )
    return await _whole(work, list(found))


async def _redraw_origin(work: Work, request: Request) -> None:
    """The card of the diagnosis says what came of it, and that of its escalation what was tried."""
    if request.diagnosis:
        await work.redraw(Subject(kind=SubjectKind.DIAGNOSIS, id=request.diagnosis))
        if handed := await escalations.of_diagnosis(work, request.diagnosis):
            await work.redraw(Subject(kind=SubjectKind.ESCALATION, id=handed.id))
        if request.state is State.DONE and request.judged_at is not None:
            await _redraw_alike(work, request.diagnosis)


async def _redraw_alike(work: Work, id: str) -> None:
    """Other cards of the same question say that something was done about it."""
    if diagnosis := await diagnoses.get(work, id):
        for other in await diagnoses.alike(work, diagnosis):
            await work.redraw(Subject(kind=SubjectKind.DIAGNOSIS, id=other))


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
