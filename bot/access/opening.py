"""Opens the readers of one system, each when it is first needed, with the reader's credentials."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias, TypeVar, cast

from bot.access.commands import Commands
from bot.access.logs import LogReader
from bot.access.ports import PortReader
from bot.access.postgresql import PostgresqlReader
from bot.access.redis import RedisReader
from bot.access.secrets import Secrets
from bot.access.sockets import SocketReader
from bot.errors import ConfigurationError
from bot.model.connections import (
    Connection,
    HeaderSecret,
    HttpConnection,
    LogConnection,
    RedisConnection,
    SocketConnection,
    SqlConnection,
    TcpConnection,
)
from bot.model.system import System

if TYPE_CHECKING:
    from bot.access.http import HttpReader
    from bot.access.mysql import MysqlReader

T = TypeVar("T")

SqlReader: TypeAlias = "PostgresqlReader | MysqlReader"
Reader: TypeAlias = "SqlReader | RedisReader | HttpReader | LogReader | PortReader | SocketReader"


class Readers:
    """The readers of one system, each opened when it is first needed and kept."""

    def __init__(self, system: System, secrets: Secrets) -> None:
        self._system, self._secrets = system, secrets
        self.commands = Commands(system, secrets)
        self._open: dict[str, Reader] = {}
        self._opening = asyncio.Lock()

    async def of(self, name: str) -> Reader:
        """The reader of a connection. Raises ConfigurationError when its address is missing or wrong."""
        async with self._opening:
            if name not in self._open:
                connection = named(self._system.connections, name, "connection", self._system)
                self._open[name] = await self._make(name, connection)
            return self._open[name]

    async def sql(self, name: str) -> SqlReader:
        """The reader of a database."""
        if not isinstance(named(self._system.connections, name, "connection", self._system), SqlConnection):
            raise ConfigurationError(f"{name} of {self._system.name} is not a database.")
        return cast(SqlReader, await self.of(name))

    async def redis(self, name: str) -> RedisReader:
        """The reader of a cache server."""
        return self._kind(await self.of(name), RedisReader, name, "a cache")

    async def http(self, name: str) -> "HttpReader":
        """The reader of an HTTP service."""
        if not isinstance(named(self._system.connections, name, "connection", self._system), HttpConnection):
            raise ConfigurationError(f"{name} of {self._system.name} is not an HTTP service.")
        return cast("HttpReader", await self.of(name))

    async def log(self, name: str) -> LogReader:
        """The reader of a log file."""
        return self._kind(await self.of(name), LogReader, name, "a log file")

    async def socket(self, name: str) -> SocketReader:
        """The reader of a WebSocket server."""
        return self._kind(await self.of(name), SocketReader, name, "a WebSocket server")

    async def port(self, name: str) -> PortReader:
        """Looks at the port of any connection that has one."""
        connection = named(self._system.connections, name, "connection", self._system)
        if isinstance(connection, LogConnection):
            raise ConfigurationError(f"{name} of {self._system.name} has no port.")
        place = f"The {name} of {self._system.title}"
        return PortReader(place, await self._secrets.value(connection.url), connection.timeout)

    async def close(self) -> None:
        """Closes every connection."""
        while self._open:
            _, reader = self._open.popitem()
            await reader.close()

    async def _make(self, name: str, connection: Connection) -> Reader:
        place = f"The {name} of {self._system.title}"
        if isinstance(connection, LogConnection):
            return LogReader(place, await self._secrets.value(connection.path), connection)
        if isinstance(connection, TcpConnection):
            return await self.port(name)
        url = await self._secrets.value(connection.url)
        if isinstance(connection, SocketConnection):
            token = await self._secrets.hidden(connection.token) if connection.token else ""
            return SocketReader(place, url, connection, token)
        # In a thread, for the first of its kind reads its driver, or whom TLS trusts, from the disk.
        if isinstance(connection, RedisConnection):
            return await asyncio.to_thread(RedisReader, place, url, connection)
        if isinstance(connection, HttpConnection):
            return await asyncio.to_thread(_http_reader, place, url, connection, await self._headers(connection))
        return await asyncio.to_thread(_sql_reader, place, url, connection)

    async def _headers(self, connection: HttpConnection) -> dict[str, str]:
        return {
            name: value.prefix + await self._secrets.hidden(value.secret) if isinstance(value, HeaderSecret) else value
            for name, value in connection.headers.items()
        }

    def _kind(self, reader: Reader, kind: type[T], name: str, what: str) -> T:
        if not isinstance(reader, kind):
            raise ConfigurationError(f"{name} of {self._system.name} is not {what}.")
        return reader


def _http_reader(place: str, url: str, connection: HttpConnection, headers: dict[str, str]) -> "HttpReader":
    # The client takes more time and memory than all the rest of `access`.
    from bot.access.http import HttpReader  # noqa: PLC0415

    return HttpReader(place, url, connection, headers)


def _sql_reader(place: str, url: str, connection: SqlConnection) -> SqlReader:
    if connection.kind == "mysql":
        # The driver takes its time and memory from those whose systems have such a database.
        from bot.access.mysql import MysqlReader  # noqa: PLC0415

        return MysqlReader(place, url, connection)
    return PostgresqlReader(place, url, connection)


def named(section: Mapping[str, T], name: str, what: str, system: System) -> T:
    """Something of a system's file by its name. Raises ConfigurationError when it is not there."""
    if name not in section:
        raise ConfigurationError(f"systems/{system.name}.yml has no {what} {name}.")
    return section[name]
