"""The audit trail, measured: how fast it is written, verified and searched, and whether that changes as it grows.

Give it migrated databases of its own on a server that syncs to disk; each function leaves the trail whole.
"""

import asyncio
import contextlib
import itertools
import json
import statistics
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
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
INSERT INTO plain_events SELECT * FROM audit_events ORDER BY number;
ALTER TABLE plain_events ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY;
SELECT setval(pg_get_serial_sequence('plain_events', 'number'), (SELECT max(number) FROM plain_events))
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
class Writing:
    """A way to write one event, in a transaction of its own that is on disk when it ends; `address` is where."""

    address: str
    statement: LiteralString


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
        began = datetime.now(UTC) - timedelta(seconds=until)

        def bodies(start: int) -> list[str]:
            numbers = range(start, min(start + _BATCH, until))
            return [_body(number, began + timedelta(seconds=number)) for number in numbers]

        given = bodies(there)
        for start in range(there, until, _BATCH):
            # The next ones are made while the database is busy; in text the driver would quote each of them for longer.
            appended = connection.execute("SELECT audit_append(%b)", [given])
            _, given = await asyncio.gather(appended, asyncio.to_thread(bodies, start + _BATCH))
    return max(0, until - there)


def chained(addresses: Addresses) -> Writing:
    """Into the trail. The statement goes straight to the driver, so that the database is measured."""
    return Writing(addresses.running, _APPEND)


async def plain(addresses: Addresses) -> Writing:
    """Into a table without a chain that has the columns, the indexes and the events of the trail."""
    async with await psycopg.AsyncConnection.connect(addresses.owner, autocommit=True) as owner:
        await owner.execute(_PLAIN)
    return Writing(addresses.owner, _INSERT)


async def settle(superusers: Collection[str]) -> None:
    """Brings databases of one server into the state that they are in when nobody has written much for a while.

    What a million events leave behind for autovacuum and the checkpointer to do would else be done while the next
    events are timed: that measures the filling, which no trail sees that took a year to grow.
    """
    for address in superusers:
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
            await connection.execute("VACUUM (ANALYZE)")
            await connection.execute("CHECKPOINT")


async def rates(
    ways: Mapping[str, Writing], *, writers: int = 8, rounds: int = 40, seconds: float = 0.5
) -> dict[str, float]:
    """Events a second of each way, with so many writers at once: the median of rounds.

    A round is a short time of each way, in an order that turns: what else the machine and its disk do, and what the
    server has to do after a checkpoint, falls on all of them.
    """
    bodies = itertools.cycle([_body(number, datetime.now(UTC)) for number in range(1_000)])
    found: dict[str, list[float]] = {name: [] for name in ways}
    async with contextlib.AsyncExitStack() as stack:
        lanes: dict[str, list[psycopg.AsyncConnection]] = {name: [] for name in ways}
        for name, way in ways.items():
            for _ in range(writers):
                opening = psycopg.AsyncConnection.connect(way.address, autocommit=True, prepare_threshold=0)
                lanes[name].append(await stack.enter_async_context(await opening))
        for turn in range(rounds):
            for place in range(len(ways)):
                name = list(ways)[(turn + place) % len(ways)]
                found[name].append(await _rate(lanes[name], ways[name].statement, bodies, seconds))
    return {name: statistics.median(seen) for name, seen in found.items()}


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


async def _rate(
    lane: Sequence[psycopg.AsyncConnection], statement: LiteralString, bodies: Iterator[str], seconds: float
) -> float:
    """How often a second these connections carry this out together, each time with the text of another event."""
    began = time.perf_counter()

    async def write(connection: psycopg.AsyncConnection) -> int:
        count = 0
        while time.perf_counter() - began < seconds:
            await connection.execute(statement, {"body": next(bodies)})
            count += 1
        return count

    return sum(await asyncio.gather(*map(write, lane))) / (time.perf_counter() - began)


def _body(number: int, at: datetime) -> str:
    # Of these events, which hold ASCII and whole numbers alone, this is the canonical form, and sooner made.
    event = made_up(number, at).model_dump(mode="json")
    return json.dumps(event, sort_keys=True, separators=(",", ":"))
