"""What an action's `apply` is given: `Change`, which can do nothing but what an approved request says."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

from bot.access.commands import CommandResult, Commands
from bot.access.keys import is_kept, is_of_tenant, pattern
from bot.access.mysql_writer import MysqlWriter
from bot.access.opening import named
from bot.access.postgresql_writer import PostgresqlWriter
from bot.access.readers import Look
from bot.access.redis_writer import RedisWriter
from bot.access.secrets import Secrets
from bot.errors import ActionFailed, ConfigurationError, Refused
from bot.model.connections import RedisConnection, Secret, SqlConnection
from bot.model.policy import Scope
from bot.model.request import Item, Permit
from bot.model.system import CacheKind, Statement, System
from bot.model.values import Scalar

__all__ = ["Change", "Transaction", "Writers"]


class _Closable(Protocol):
    async def close(self) -> None: ...


class SqlTransaction(Protocol):
    """One transaction of a SQL database that is open."""

    async def run(self, statement: Statement, **binds: Scalar) -> int:
        """Carries out a catalogued statement and returns how many rows it changed."""
        ...

    async def fetch(self, statement: Statement, **binds: Scalar) -> list[Mapping[str, Any]]:
        """The rows that a catalogued statement answers."""
        ...


class Writers:
    """The writers of one system, each opened when it is first needed, with the writer's credentials."""

    def __init__(self, system: System, secrets: Secrets) -> None:
        self._system, self._secrets = system, secrets
        self.commands = Commands(system, secrets)
        self._open: dict[str, _Closable] = {}
        self._opening = asyncio.Lock()

    async def sql(self, name: str) -> PostgresqlWriter | MysqlWriter:
        """The writer of a database. Raises ConfigurationError when there is none."""
        connection = named(self._system.connections, name, "connection", self._system)
        if not isinstance(connection, SqlConnection):
            raise ConfigurationError(f"{name} of {self._system.name} is not a database.")
        kind = MysqlWriter if connection.kind == "mysql" else PostgresqlWriter
        async with self._opening:
            if name not in self._open:
                self._open[name] = kind(self._place(name), await self._url(name), connection)
            writer = self._open[name]
        assert isinstance(writer, (PostgresqlWriter, MysqlWriter))  # noqa: S101 - made three lines above
        return writer

    async def redis(self, name: str) -> RedisWriter:
        """The writer of a cache server. Raises ConfigurationError when there is none."""
        connection = named(self._system.connections, name, "connection", self._system)
        if not isinstance(connection, RedisConnection):
            raise ConfigurationError(f"{name} of {self._system.name} is not a cache.")
        async with self._opening:
            if name not in self._open:
                self._open[name] = RedisWriter(self._place(name), await self._url(name), connection)
            writer = self._open[name]
        assert isinstance(writer, RedisWriter)  # noqa: S101 - made three lines above
        return writer

    async def close(self) -> None:
        """Closes every connection."""
        while self._open:
            _, writer = self._open.popitem()
            await writer.close()

    async def _url(self, name: str) -> str:
        connection = self._system.connections[name]
        secret: Secret | None = None
        if isinstance(connection, (SqlConnection, RedisConnection)):
            secret = connection.writer_url
        if secret is None:
            raise ConfigurationError(f"systems/{self._system.name}.yml gives {name} no writer_url: it is not changed.")
        return await self._secrets.value(secret)

    def _place(self, name: str) -> str:
        return f"The {name} of {self._system.name}"


class Transaction:
    """One transaction of an action; catalogued statements by name."""

    def __init__(self, system: System, connection: str, inner: SqlTransaction) -> None:
        self._system, self._connection, self._inner = system, connection, inner

    async def run(self, statement: str, **binds: Scalar) -> int:
        """Carries out a catalogued statement and returns how many rows it changed.

        Raises ActionFailed when they are more than its `at_most`; then nothing is changed.
        """
        return await self._inner.run(self._named(statement), **binds)

    async def fetch(self, statement: str, **binds: Scalar) -> list[Mapping[str, Any]]:
        """The rows that a catalogued statement answers, such as one that locks them. Raises as `run` does."""
        return await self._inner.fetch(self._named(statement), **binds)

    def _named(self, name: str) -> Statement:
        wanted = named(self._system.statements, name, "statement", self._system)
        if wanted.connection != self._connection:
            raise ConfigurationError(f"statements.{name} is for another connection than {self._connection}.")
        return wanted


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

    async def expire_cached(self, key: str, ttl: timedelta) -> bool:
        """Gives an approved cache entry of this tenant a time to live; False when there is no such key."""
        return await (await self._writers.redis(self._cache_connection(key))).expire(key, ttl)

    @contextlib.asynccontextmanager
    async def transaction(self, connection: str = "database") -> AsyncIterator[Transaction]:
        """A transaction for the block, committed at its end; any error in the block rolls it back."""
        writer = await self._writers.sql(connection)
        async with writer.transaction(self.look.inputs.binds) as inner:
            yield Transaction(self.look.system, connection, inner)

    async def run(self, command: str, /, **typed: Scalar) -> CommandResult:
        """Runs a catalogued command. Raises ActionFailed when it did not succeed, as its file declares success."""
        result = await self._writers.commands.run(command, typed)
        if not result.ok:
            said = f" It says: {result.output[-300:]}" if result.output else ""
            raise ActionFailed(f"{command} did not succeed: {result.why}.{said}")
        return result

    def _cache_connection(self, key: str) -> str:
        if key not in {item.name for item in self.items}:
            raise ActionFailed(f"Nothing was changed: {key} was not approved.")
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
