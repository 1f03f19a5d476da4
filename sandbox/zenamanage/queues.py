"""Queues in Laravel's formats on Redis: what is put into them, and the workers that carry it out."""

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from sandbox.zenamanage.log import Log
from sandbox.zenamanage.seed import moment, uuid_of
from sandbox.zenamanage.sessions import DatabaseProblem, session

RESTART, PAUSED = "illuminate:queue:restart", "illuminate:queues:paused:"
_ALIVE = 30  # seconds for which an announcement holds
RETRY_AFTER = 90


def key(queue: str, part: str = "") -> str:
    """Where a queue, or a part of it, is kept."""
    return f"queues:{queue}{':' if part else ''}{part}"


def payload(job: str, data: dict[str, Any], *, uuid: str, at: datetime, attempts: int = 0) -> dict[str, Any]:
    """A job as Laravel puts it into a queue, made `at` that time."""
    name = f"App\\Jobs\\{job}"
    fields = "".join(f's:{len(name)}:"{name}";s:{len(str(value))}:"{value}";' for name, value in data.items())
    return {
        "uuid": uuid, "displayName": name, "job": "Illuminate\\Queue\\CallQueuedHandler@call", "maxTries": 3,
        "maxExceptions": None, "failOnTimeout": False, "backoff": None, "timeout": 60, "retryUntil": None,
        "data": {"commandName": name, "command": f'O:{len(name)}:"{name}":{len(data)}:{{{fields}}}', **data},
        "createdAt": int(at.timestamp()), "id": uuid.replace("-", ""), "attempts": attempts,
    }  # fmt: skip


def written(job: dict[str, Any]) -> str:
    """JSON as PHP writes it."""
    return json.dumps(job, separators=(",", ":")).replace("/", "\\/")


@dataclass
class Worker:
    """One `queue:work`: the queues that it serves, and since when it runs."""

    name: str
    queues: tuple[str, ...]
    started: float


@dataclass
class Workforce:
    """All workers; a supervisor starts those again that end for a restart."""

    cache: Redis
    database_url: str
    log: Log
    clock: Callable[[], datetime]
    workers: list[Worker] = field(default_factory=list)
    per_turn: int = 50
    """So many jobs at most does each worker carry out in one turn."""
    failing: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Jobs that fail, by class: the exception and its message."""
    done: int = 0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def hire(self, *teams: Sequence[str], forgotten_by: Redis | None = None) -> None:
        """Starts workers anew, one for each of these lists of queues; others end, and with them what they announced.

        `forgotten_by` is a way to Redis past its gate.
        """
        now = self.clock().timestamp()
        async with self._turn:
            left = {worker.name for worker in self.workers}
            self.workers[:] = [Worker(f"worker-{number}", tuple(team), now) for number, team in enumerate(teams, 1)]
            if gone := left - {worker.name for worker in self.workers}:
                await (forgotten_by or self.cache).delete(*[f"workers:{name}" for name in gone])

    async def turn(self) -> None:
        """What every worker does within a moment; while Redis or the database is away they wait.

        It looks in such a way that a server without jobs counts no misses.
        """
        async with self._turn:
            with contextlib.suppress(RedisError, *DatabaseProblem):
                paused = {name.decode().removeprefix(PAUSED) async for name in self.cache.scan_iter(f"{PAUSED}*", 1000)}
                told = float(await self.cache.get(RESTART) or 0)
                for worker in tuple(self.workers):
                    await self._work(worker, paused, told)

    async def announce(self, worker: Worker) -> None:
        """Says that a worker is alive."""
        seen = {"queues": list(worker.queues), "seen_at": self.clock().timestamp()}
        await self.cache.set(f"workers:{worker.name}", json.dumps(seen), ex=_ALIVE)

    async def _work(self, worker: Worker, paused: set[str], told: float) -> None:
        await self.announce(worker)
        if told > worker.started:
            worker.started = self.clock().timestamp()  # it ended, and its supervisor started it again
            for queue in worker.queues:
                await self._take(queue, "reserved")  # of workers that are gone
        left = self.per_turn
        for queue in worker.queues:
            if queue in paused:
                continue
            await self._take(queue, "delayed")
            taken = cast("list[bytes] | None", await self.cache.lpop(key(queue), left)) if left else None
            if taken:
                left -= len(taken)
                await self.cache.lpop(key(queue, "notify"), len(taken))
                for raw in taken:
                    await self._carry_out(queue, raw)

    async def _take(self, queue: str, part: str) -> None:
        """Puts what is due into the queue itself."""
        due = await self.cache.zrangebyscore(key(queue, part), "-inf", self.clock().timestamp())
        if due:
            await self.cache.rpush(key(queue), *cast("list[bytes]", due))
            await self.cache.zrem(key(queue, part), *cast("list[bytes]", due))

    async def _carry_out(self, queue: str, raw: bytes) -> None:
        try:
            job = json.loads(raw)
            kind = job["displayName"].rpartition("\\")[2]
        except (ValueError, TypeError, KeyError):
            problem = ("ErrorException", "unserialize(): Error at offset 12 of 40 bytes")
            await self._fail(queue, raw.decode("utf-8", "replace"), uuid_of(raw), *problem)
            return
        if kind not in self.failing:
            self.done += 1
            return
        job["attempts"] += 1
        await self._fail(queue, written(job), job["uuid"], *self.failing[kind])

    async def _fail(self, queue: str, text: str, uuid: str, exception: str, message: str) -> None:
        row = {
            "uuid": uuid, "connection": "redis", "queue": queue, "payload": text,
            "exception": f"{exception}: {message} in /var/www/app/Jobs/Job.php:31\nStack trace:\n#0 {{main}}",
            "failed_at": moment(self.clock()),
        }  # fmt: skip
        async with session(self.database_url) as database:
            await database.insert("failed_jobs", [row])
        await self.log.fail(exception, message)


USUAL_TEAMS = (("high", "default"), ("high", "default"), ("mail",))


async def push(cache: Redis, queue: str, jobs: Sequence[dict[str, Any]]) -> None:
    """Puts jobs at the end of a queue, as the product does it."""
    if jobs:
        async with cache.pipeline(transaction=True) as batch:
            batch.rpush(key(queue), *map(written, jobs))
            batch.rpush(key(queue, "notify"), *["1"] * len(jobs))
            await batch.execute()


def new_uuid() -> str:
    """A UUID for a new job."""
    digits = secrets.token_hex(16)
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-9{digits[17:20]}-{digits[20:]}"


@contextlib.asynccontextmanager
async def working(force: Workforce, every: float) -> AsyncIterator[None]:
    """The workers work until the end of the block, looking into the queues `every` so many seconds."""

    is_over = asyncio.Event()

    async def work() -> None:
        # A client may take a cancellation for the end of its patience: so it is not the only sign.
        while not is_over.is_set():
            await force.turn()
            await asyncio.sleep(every)

    task = asyncio.create_task(work())
    try:
        yield
    finally:
        is_over.set()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
