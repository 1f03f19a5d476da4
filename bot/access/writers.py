"""What an action's `apply` is given: `Change`, which can do nothing but what an approved request says."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from bot.access.commands import CommandResult
from bot.access.keys import is_kept, is_of_tenant, pattern
from bot.access.opening_writers import Transaction, Writers
from bot.access.queue_writer import FailedJobsWriter
from bot.access.readers import Look
from bot.access.routes import Route
from bot.errors import ActionFailed, ConfigurationError, Refused
from bot.model.policy import Scope
from bot.model.queues import FailedJobs, RedisQueue
from bot.model.request import Item, Permit
from bot.model.system import CacheKind
from bot.model.values import Scalar

__all__ = ["Change", "CommandResult", "Route", "Transaction", "Writers"]


class Change:
    """Changes for one approved request. `items` is all that it may change; `look` reads as a preview does.

    Every method raises ActionFailed when nothing was changed for certain, and SystemUnreachable, TookTooLong or
    SystemRefused when it is not known whether it was.
    """

    def __init__(self, permit: Permit, look: Look, writers: Writers) -> None:
        if permit.request.system != look.system.name:
            raise Refused("This permit is for another system.", "permit")
        self.permit, self.look, self._writers = permit, look, writers

    @property
    def items(self) -> tuple[Item, ...]:
        """What was approved."""
        return self.permit.request.preview.items

    async def remove_cached(self, keys: Sequence[str]) -> list[str]:
        """Removes these keys, each of which must be approved and a cache entry of this tenant; returns what was there.

        State is never removed, whatever was approved.
        """
        by_connection: dict[str, list[str]] = {}
        for key in dict.fromkeys(keys):
            by_connection.setdefault(self._cache_connection(key), []).append(key)
        removed: list[str] = []
        for connection, chosen in by_connection.items():
            removed += await (await self._writers.redis(connection)).remove(chosen)
        return removed

    async def clear_catalogued(self, names: Sequence[str]) -> tuple[int, bool]:
        """Removes every entry of every tenant that fits these approved lines of the cache catalogue, but never state.

        Returns how many were removed, and whether there may be more. Only for an action of the whole system.
        """
        system = self.look.system
        approved = {item.name for item in self.items}
        for name in names:
            line = system.caches.get(name)
            if name not in approved or line is None or line.kind is not CacheKind.CACHE:
                raise ActionFailed(f"Nothing was changed: {name} was not approved, or is not a cache.")
        if self.permit.request.scope is not Scope.SYSTEM:
            raise ActionFailed("Nothing was changed: this was approved for one tenant alone.")
        found = await self.look.entries_of_all(*names)
        by_connection: dict[str, list[str]] = {}
        for name, entry in found.found:
            by_connection.setdefault(system.caches[name].connection, []).append(entry.key)
        removed = 0
        for connection, keys in by_connection.items():
            removed += len(await (await self._writers.redis(connection)).remove(keys))
        return removed, found.cut

    async def resume(self, queue: str) -> bool:
        """Removes the flag by which an approved queue is paused; False when there is none any more.

        Raises ConfigurationError when its file names no such flag, otherwise as a removal does.
        """
        self._must_be_approved(queue)
        wanted = self.look.system.queues.get(queue)
        if wanted is None or not wanted.paused:
            raise ConfigurationError(f"queues.{queue} of {self.look.system.name} names no key `paused`: add it.")
        connection = wanted.connection if isinstance(wanted, RedisQueue) else wanted.workers_in
        return bool(await (await self._writers.redis(connection)).remove([wanted.paused]))

    async def expire_cached(self, key: str, ttl: timedelta) -> bool:
        """Gives an approved cache entry of this tenant a time to live; False when there is no such key."""
        return await (await self._writers.redis(self._cache_connection(key))).expire(key, ttl)

    @contextlib.asynccontextmanager
    async def transaction(self, connection: str = "database") -> AsyncIterator[Transaction]:
        """A transaction for the block, committed at its end; any error in the block rolls it back."""
        async with self._writers.transaction(connection, self.look.inputs.binds) as transaction:
            yield transaction

    async def run(self, command: str, /, **typed: Scalar) -> CommandResult:
        """Runs a catalogued command. Raises ActionFailed when it did not succeed, as its file declares success."""
        result = await self._writers.commands.run(command, typed)
        if not result.ok:
            said = f" It says: {result.output[-300:]}" if result.output else ""
            raise ActionFailed(f"{command} did not succeed: {result.why}.{said}")
        return result

    async def retry(self, job: str) -> Route | None:
        """Puts an approved failed job back, into its queue or by the application's command; None when it is gone.

        Raises ActionFailed when it is still among the failed ones, SystemUnreachable when that cannot be told.
        """
        self._must_be_approved(job)
        route = await FailedJobsWriter(self.look.system, self._writers).put_back(job, self.look.now())
        if route is not None and route.way == "command":
            await self.run((self.look.system.failed_jobs or FailedJobs()).retry, job=job)
        return route

    async def forget(self, job: str) -> bool:
        """Removes an approved failed job for good; False when it is gone already. Raises as a transaction does."""
        self._must_be_approved(job)
        return await FailedJobsWriter(self.look.system, self._writers).forget(job)

    def _must_be_approved(self, name: str) -> None:
        if name not in {item.name for item in self.items}:
            raise ActionFailed(f"Nothing was changed: {name[:60]} was not approved.")

    def _cache_connection(self, key: str) -> str:
        self._must_be_approved(key)
        system, binds = self.look.system, self.look.inputs.binds
        for name, cache in system.caches.items():
            if (
                cache.kind is CacheKind.CACHE
                and is_of_tenant(cache)
                and pattern(name, cache, binds).fits(key)
                and not is_kept(system, cache.connection, key)
            ):
                return cache.connection
        raise ActionFailed(f"Nothing was changed: {key} is not a cache entry of this tenant.")
