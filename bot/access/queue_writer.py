"""Puts failed jobs of Laravel back into their queues, one transaction each, or leaves that to the application."""

from datetime import datetime

from bot.access.opening import named
from bot.access.opening_writers import Writers
from bot.access.payloads import read_payload, renewed
from bot.access.routes import Route, route_of
from bot.errors import ActionFailed, SystemUnreachable
from bot.model.queues import FailedJobs, RedisQueue
from bot.model.system import System


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
