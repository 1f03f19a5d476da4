"""Puts failed jobs of Laravel back into their queues, one transaction each, or leaves that to the application."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.access.opening import named
from bot.access.opening_writers import Writers
from bot.access.payloads import Payload, read_payload, renewed, why_not_native
from bot.errors import ActionFailed, SystemUnreachable
from bot.model.queues import FailedJobs, Queue, RedisQueue
from bot.model.system import System
from bot.model.values import Json

Way = Literal["queue", "command", "none"]


@dataclass(frozen=True)
class Route:
    """How one failed job gets back: into `queue`, by the application's own command, or not at all, and `why`."""

    way: Way
    queue: str = ""  # its name in the system's file
    why: str = ""


def route_of(system: System, connection: Json, queue: Json, payload: Payload | None) -> Route:
    """How a failed job gets back that names this connection and queue."""
    name = queue_of(system, str(connection), str(queue))
    if payload is None:
        why = "its payload cannot be read"
    elif not name:
        why = f"its queue {str(queue)[:40]} on the connection {str(connection)[:40]} is none that the bot knows"
    else:
        why = why_not_native(payload.value)
        if not why and not _fits(system, system.queues[name]):
            why = "its queue is kept in another database than the failed jobs"
    if not why:
        return Route("queue", name)
    failed = system.failed_jobs or FailedJobs()
    # Nobody can carry out what cannot be read, the application's own command neither.
    return Route("command" if failed.retry and payload is not None else "none", name, why)


def queue_of(system: System, connection: str, queue: str) -> str:
    """The name in the system's file of the queue that failed jobs call so; empty when there is none."""
    return next(
        (name for name, one in system.queues.items() if (one.known_as, one.queue or name) == (connection, queue)), ""
    )


class FailedJobsWriter:
    """Moves failed jobs of one system."""

    def __init__(self, system: System, writers: Writers) -> None:
        self._system, self._writers = system, writers
        self._names = system.failed_jobs or FailedJobs()
        self._connection = named(system.statements, self._names.lock, "statement", system).connection

    async def put_back(self, job: str, now: datetime) -> Route | None:
        """Puts a failed job into its queue, if that can be done natively; None when it is not there any more.

        Raises ActionFailed when it stays among the failed ones, SystemUnreachable when that cannot be told.
        """
        is_pushing = False
        try:
            async with self._writers.transaction(self._connection, {}) as transaction:
                rows = await transaction.fetch(self._names.lock, job=job)
                if not rows:
                    return None
                payload = read_payload(str(rows[0]["payload"]), self._names.tenant_fields)
                route = route_of(self._system, rows[0]["connection"], rows[0]["queue"], payload)
                if route.way == "none" or payload is None:
                    raise ActionFailed(f"{job} is left as it is: {route.why}.")
                if route.way == "command":
                    return route
                queue, text = self._system.queues[route.queue], renewed(payload.value)
                await transaction.run(self._names.remove, job=job)
                if isinstance(queue, RedisQueue):
                    writer = await self._writers.redis(queue.connection)
                    is_pushing = True  # last of all: what is in the queue cannot be taken back
                    await writer.push(queue.key, text)
                else:
                    name = queue.queue or route.queue
                    await transaction.run(queue.push, queue=name, payload=text, now=int(now.timestamp()))
                return route
        except (ActionFailed, SystemUnreachable) as problem:
            if is_pushing and not isinstance(problem.__cause__, ActionFailed):
                raise SystemUnreachable(
                    f"{job} may be queued and be among the failed ones as well; look before it is retried again."
                ) from problem
            raise

    async def forget(self, job: str) -> bool:
        """Removes a failed job for good; False when it is gone already. Raises as a transaction does."""
        async with self._writers.transaction(self._connection, {}) as transaction:
            return await transaction.run(self._names.remove, job=job) > 0


def _fits(system: System, queue: Queue) -> bool:
    """Whether a job can be moved in one transaction of the database of failed jobs."""
    failed = system.failed_jobs or FailedJobs()
    return isinstance(queue, RedisQueue) or (
        queue.push in system.statements
        and failed.lock in system.statements
        and system.statements[queue.push].connection == system.statements[failed.lock].connection
    )
