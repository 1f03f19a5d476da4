"""Looks into Laravel's queues, in Redis and in a database, without taking a job from them."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.access.payloads import read_payload
from bot.access.redis import RedisReader
from bot.access.sql import Rows
from bot.errors import SystemRefused
from bot.model.queues import RedisQueue

SAMPLE = 500  # payloads that are read: the oldest
_WORKERS = 200


@dataclass(frozen=True)
class Worker:
    """A worker that announced itself."""

    name: str
    queues: tuple[str, ...]
    seen: datetime | None


@dataclass(frozen=True)
class QueueState:
    """One queue as it stands. `stuck` are reserved jobs whose worker should have ended long ago.

    `by_tenant` and `by_job` count the oldest `sampled` pending jobs; `oldest` is the age of the first one, None where
    it does not say it. `workers` is None where workers do not announce themselves; those of other queues are among
    them, `serving` are those of this one.
    """

    name: str
    pending: int
    delayed: int
    reserved: int
    stuck: int
    oldest: timedelta | None
    paused: bool
    workers: tuple[Worker, ...] | None
    queue: str = ""  # what the application calls it
    by_tenant: Mapping[str, int] = field(default_factory=dict)
    by_job: Mapping[str, int] = field(default_factory=dict)
    unreadable: int = 0
    sampled: int = 0

    @property
    def serving(self) -> tuple[Worker, ...] | None:
        """The workers that take jobs of this queue."""
        return None if self.workers is None else tuple(one for one in self.workers if self.queue in one.queues)


@dataclass(frozen=True)
class Counts:
    """How many jobs of a queue wait, wait for a time, are worked on, and are stuck; and the oldest one that waits."""

    pending: int
    delayed: int
    reserved: int
    stuck: int
    oldest: datetime | None
    payloads: Sequence[str | bytes]


async def redis_counts(reader: RedisReader, queue: RedisQueue, now: datetime) -> Counts:
    """What the lists and sets of a queue in Redis hold."""
    key, moment = queue.key, now.timestamp()
    there = await reader.existing([key, f"{key}:delayed", f"{key}:reserved"])
    asked: list[tuple[str | int | float, ...]] = []
    if key in there:
        asked += [("LLEN", key), ("LRANGE", key, 0, SAMPLE - 1)]
    if f"{key}:delayed" in there:
        asked += [("ZCARD", f"{key}:delayed")]
    if f"{key}:reserved" in there:
        # The score is when a job may be taken again: long before that its worker must have ended.
        asked += [("ZCARD", f"{key}:reserved"), ("ZCOUNT", f"{key}:reserved", "-inf", moment)]
    answers = iter(await reader.ask(asked))
    pending, payloads = (int(next(answers)), list(next(answers))) if key in there else (0, [])
    delayed = int(next(answers)) if f"{key}:delayed" in there else 0
    reserved, stuck = (int(next(answers)), int(next(answers))) if f"{key}:reserved" in there else (0, 0)
    return Counts(pending, delayed, reserved, stuck, None, payloads)


def database_counts(counted: Rows, payloads: Rows) -> Counts:
    """What the queries of a queue in a database answered."""
    row = counted.first
    try:
        assert row is not None  # noqa: S101 - an aggregate answers one row; anything else ends below as well
        pending, delayed, reserved, stuck = (int(row[name] or 0) for name in ("pending", "later", "reserved", "stuck"))
        oldest = datetime.fromtimestamp(float(row["oldest"]), UTC) if row["oldest"] is not None else None
    except (AssertionError, KeyError, TypeError, ValueError) as problem:
        raise SystemRefused(
            "The query that counts jobs must answer pending, later, reserved, stuck and oldest; check it."
        ) from problem
    return Counts(pending, delayed, reserved, stuck, oldest, [str(one) for one in payloads.column()])


async def workers_of(reader: RedisReader, pattern: str) -> tuple[Worker, ...]:
    """The workers that announce themselves by keys of a pattern with the place `{name}`."""
    before, _, after = pattern.partition("{name}")
    keys = await reader.keys(before, after, _WORKERS)
    values = await reader.texts(keys)
    return tuple(_worker(key[len(before) : len(key) - len(after)], values.get(key)) for key in keys)


def state_of(
    name: str, queue: str, counts: Counts, paused: bool, workers: tuple[Worker, ...] | None,
    tenant_fields: Sequence[str], now: datetime,
) -> QueueState:  # fmt: skip
    """Everything about a queue at once."""
    read = [read_payload(raw, tenant_fields) for raw in counts.payloads]
    known = [one for one in read if one is not None]
    oldest = counts.oldest or next((one.born for one in known if one.born is not None), None)
    return QueueState(
        name, counts.pending, counts.delayed, counts.reserved, counts.stuck,
        max(now - oldest, timedelta()) if oldest is not None else None, paused, workers, queue,
        _counted(one.tenant for one in known), _counted(one.job for one in known),
        len(read) - len(known), len(read),
    )  # fmt: skip


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(names).most_common())


def _worker(name: str, raw: bytes | None) -> Worker:
    try:
        said = json.loads(raw or b"")
        queues = said["queues"]
        listed = tuple(queues.split(",")) if isinstance(queues, str) else tuple(str(one) for one in queues)
        return Worker(name, listed, _moment(said.get("seen_at")))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Worker(name, (), None)


def _moment(written: object) -> datetime | None:
    try:
        if isinstance(written, (int, float)):
            return datetime.fromtimestamp(written, UTC)
        found = datetime.fromisoformat(str(written))
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
