"""Opens the writers of one system, each when it is first needed, with the writer's credentials."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

from bot.access.commands import Commands
from bot.access.opening import named
from bot.access.postgresql_writer import PostgresqlWriter
from bot.access.redis_writer import RedisWriter
from bot.access.secrets import Secrets
from bot.errors import ConfigurationError
from bot.model.connections import RedisConnection, Secret, SqlConnection
from bot.model.system import Statement, System
from bot.model.values import Scalar

if TYPE_CHECKING:
    from bot.access.mysql_writer import MysqlWriter

SqlWriter: TypeAlias = "PostgresqlWriter | MysqlWriter"


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

    async def sql(self, name: str) -> SqlWriter:
        """The writer of a database. Raises ConfigurationError when there is none."""
        connection = named(self._system.connections, name, "connection", self._system)
        if not isinstance(connection, SqlConnection):
            raise ConfigurationError(f"{name} of {self._system.name} is not a database.")
        async with self._opening:
            if name not in self._open:
                url = await self._url(name)
                self._open[name] = await asyncio.to_thread(_sql_writer, self._place(name), url, connection)
            return cast(SqlWriter, self._open[name])

    async def redis(self, name: str) -> RedisWriter:
        """The writer of a cache server. Raises ConfigurationError when there is none."""
        connection = named(self._system.connections, name, "connection", self._system)
        if not isinstance(connection, RedisConnection):
            raise ConfigurationError(f"{name} of {self._system.name} is not a cache.")
        async with self._opening:
            if name not in self._open:
                url = await self._url(name)
                self._open[name] = await asyncio.to_thread(RedisWriter, self._place(name), url, connection)
            writer = self._open[name]
        assert isinstance(writer, RedisWriter)  # noqa: S101 - made three lines above
        return writer

    @contextlib.asynccontextmanager
    async def transaction(self, connection: str, binds: Mapping[str, Scalar]) -> AsyncIterator["Transaction"]:
        """A transaction for the block, committed at its end; any error in the block rolls it back."""
        writer = await self.sql(connection)
        async with writer.transaction(binds) as inner:
            yield Transaction(self._system, connection, inner)

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
        return f"The {name} of {self._system.title}"


def _sql_writer(place: str, url: str, connection: SqlConnection) -> SqlWriter:
    if connection.kind == "mysql":
        # The driver takes its time and memory from those whose systems have such a database.
        from bot.access.mysql_writer import MysqlWriter  # noqa: PLC0415

        return MysqlWriter(place, url, connection)
    return PostgresqlWriter(place, url, connection)


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
