"""How a failed job gets back: natively into its queue, by the application's own command, or not at all."""

from dataclasses import dataclass
from typing import Literal

from bot.access.payloads import Payload, why_not_native
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


def _fits(system: System, queue: Queue) -> bool:
    """Whether a job can be moved in one transaction of the database of failed jobs."""
    failed = system.failed_jobs or FailedJobs()
    return isinstance(queue, RedisQueue) or (
        queue.push in system.statements
        and failed.lock in system.statements
        and system.statements[queue.push].connection == system.statements[failed.lock].connection
    )
