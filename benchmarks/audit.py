"""The audit trail, measured: how fast it is written, verified and searched, and whether that changes as it grows.

Give it a migrated database of its own on a server that syncs to disk; each function leaves the trail whole.
"""

import asyncio
import itertools
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import LiteralString

import psycopg

from bot.audit import verify
from bot.model.audit import Event, Filters
from bot.model.people import Person
from bot.store import Store, trail
from bot.store.provisioning import Addresses

_BATCH = 1_000
_SHOWN = 16  # a page of `/audit`, and one more that tells whether there is another
_TENANTS, _PEOPLE = 500, 200
_VERBS = ("diagnosis.started", "diagnosis.finished", "request.asked", "request.approved", "action.finished")
_ACTIONS = ("clear_cache", "resync_tenant", "fix_role", "restart_workers")
_PLAIN = """
DROP TABLE IF EXISTS plain_events;
CREATE TABLE plain_events (LIKE audit_events INCLUDING INDEXES);
ALTER TABLE plain_events ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY
"""
_INSERT: LiteralString = """
INSERT INTO plain_events (
    at, hash, salt, body, verb, person, email, system, tenant, subject, action, outcome, written_in)
SELECT clock_timestamp(), uuid_send(gen_random_uuid()), uuid_send(gen_random_uuid()), written, parts ->> 'verb',
    parts -> 'person' ->> 'id', parts -> 'person' ->> 'email', parts ->> 'system', parts ->> 'tenant',
    parts ->> 'subject', parts -> 'detail' ->> 'action', parts ->> 'outcome', pg_current_xact_id()::text
FROM (SELECT %(body)s::text AS written, %(body)s::jsonb AS parts) AS given
"""
_APPEND: LiteralString = "SELECT audit_append(ARRAY[%(body)s::text])"


@dataclass(frozen=True)
class Appends:
    """Events a second, each in a transaction of its own that is on disk when it ends."""

    chained: float
    plain: float

    @property
    def share(self) -> float:
        """What is left of the rate of plain inserts."""
        return self.chained / self.plain


def made_up(number: int, at: datetime) -> Event:
    """An event such as the bot writes them, of 500 tenants, 200 people and 4 actions."""
    verb = _VERBS[number % len(_VERBS)]
    person = Person(id=f"U{number * 7 % _PEOPLE:05}", name="Olga Novak", email=f"p{number * 7 % _PEOPLE}@example.com")
    return Event(
        verb=verb, person=person, at=at, outcome="refused" if number % 97 == 0 else "ok", roles=("operator", "viewer"),
        system="aiops", tenant=f"tenant-{number * 13 % _TENANTS}", subject=f"request 01J{number // 5:023}",
        says="Clear cache: one approval needed", reason="customer sees numbers of this morning", policy="5f" * 32,
        detail={
            "state": "pending", "action": _ACTIONS[number // 5 % len(_ACTIONS)], "rule": "clear-cache",
            "params": {"caches": ["dashboard_metrics", "agent_metrics"]}, "inputs": {"tenant": "tenant-abc"},
            "preview": {"says": "Removes 2 keys", "items": [
                {"name": "metrics:dashboard:tenant-abc", "before": "no expiry", "after": "removed"},
                {"name": "metrics:agents:tenant-abc", "before": "41 s left", "after": "removed"}]},
        },
    )  # fmt: skip


async def fill(address: str, until: int) -> int:
    """Writes events up to this number, many in a transaction; returns how many it wrote."""
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        found = await (await connection.execute("SELECT number FROM audit_head")).fetchone()
        there = int(found[0]) if found else 0
        now = datetime.now(UTC)
        for start in range(there, until, _BATCH):
            numbers = range(start, min(start + _BATCH, until))
            bodies = [_body(number, now - timedelta(seconds=until - number)) for number in numbers]
            await connection.execute("SELECT audit_append(%s)", [bodies])
    return max(0, until - there)


async def appends(addresses: Addresses, *, writers: int = 8, seconds: float = 5.0) -> Appends:
    """So many writers at once, each event in a transaction of its own: into a table without a chain, then into it.

    That table has the same columns and indexes. Statements go straight to the driver, so that the database is measured.
    """
    async with await psycopg.AsyncConnection.connect(addresses.owner, autocommit=True) as owner:
        await owner.execute(_PLAIN)
        try:
            plain = await _rate(addresses.owner, _INSERT, writers, seconds)
        finally:
            await owner.execute("DROP TABLE plain_events")
    return Appends(chained=await _rate(addresses.running, _APPEND, writers, seconds), plain=plain)


async def verification(store: Store) -> float:
    """Events a second that `backstop audit verify` verifies, without its start. Raises if the trail is broken."""
    began = time.perf_counter()
    found = await verify(store)
    if found.broken is not None:
        raise AssertionError(found.says)
    return found.events / (time.perf_counter() - began)


async def search(store: Store, *, times: int = 5) -> dict[str, float]:
    """How long one page of a search takes, in seconds, by what was asked: the median of a few times."""
    async with store.work() as work:
        count, _ = await trail.head(work)
        newest = await trail.find(work, Filters(), limit=1)
    end = newest[0].event.at
    asked = {
        "newest": Filters(),
        "tenant": Filters(tenant="tenant-7"),
        "person": Filters(person="p3@example.com"),
        "request": Filters(subjects=(f"request 01J{count // 10:023}",)),
        "action": Filters(action="fix_role"),
        "refused": Filters(outcome="refused"),
        "tenant and person": Filters(tenant="tenant-7", person="U00011"),
        "tenant and action, refused": Filters(tenant="tenant-7", action="fix_role", outcome="refused"),
        "nobody": Filters(person="nobody@example.com"),
        "an old minute": Filters(since=end - timedelta(days=9), until=end - timedelta(days=9) + timedelta(minutes=1)),
    }
    return {name: await _median(store, filters, times) for name, filters in asked.items()}


async def _median(store: Store, filters: Filters, times: int) -> float:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        async with store.work() as work:
            await trail.find(work, filters, limit=_SHOWN)
        took.append(time.perf_counter() - began)
    return sorted(took)[times // 2]


async def _rate(address: str, statement: LiteralString, writers: int, seconds: float) -> float:
    """How often a second so many connections carry this out, each time with the text of another event."""
    bodies = [_body(number, datetime.now(UTC)) for number in range(1_000)]
    numbers = itertools.count()
    began = time.perf_counter()

    async def write() -> None:
        async with await psycopg.AsyncConnection.connect(address, autocommit=True, prepare_threshold=0) as connection:
            while time.perf_counter() - began < seconds:
                await connection.execute(statement, {"body": bodies[next(numbers) % len(bodies)]})

    await asyncio.gather(*(write() for _ in range(writers)))
    return next(numbers) / (time.perf_counter() - began)


def _body(number: int, at: datetime) -> str:
    # Of these events, which hold ASCII and whole numbers alone, this is the canonical form, and sooner made.
    event = made_up(number, at).model_dump(mode="json")
    return json.dumps(event, sort_keys=True, separators=(",", ":"))
