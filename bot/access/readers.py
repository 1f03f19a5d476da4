"""What a probe is given: `Look`, which reads what the system's file names, for the inputs of one diagnosis."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol, TypeVar

from bot.access.fields import ABSENT, field_of
from bot.access.http import HttpAnswer, HttpReader
from bot.access.keys import KeyPattern, is_kept, is_of_tenant, pattern
from bot.access.logs import LogReader, Record, Records, grouped, parse
from bot.access.postgresql import PostgresqlReader
from bot.access.redis import Entries, Entry, RedisReader
from bot.access.secrets import Secrets
from bot.access.sql import Rows
from bot.errors import ConfigurationError, MissingInput, SystemRefused
from bot.model.inputs import Inputs
from bot.model.system import (
    Cache,
    CacheKind,
    Connection,
    Endpoint,
    HeaderSecret,
    HttpConnection,
    LogConnection,
    Query,
    RedisConnection,
    SqlConnection,
    System,
)
from bot.model.values import Clock, Scalar

__all__ = [
    "ABSENT",
    "Entries",
    "Entry",
    "HttpAnswer",
    "Look",
    "Readers",
    "Record",
    "Records",
    "Rows",
    "field_of",
    "grouped",
]

T = TypeVar("T")


class SqlReader(Protocol):
    """A reader of one SQL database; each kind of database has one in its own file."""

    async def rows(self, query: Query, binds: Mapping[str, Scalar], after: Query | None = None) -> Rows:
        """Carries out a catalogued query, after another one in the same transaction where one is given."""
        ...

    async def ping(self) -> str:
        """Says how it answers."""
        ...

    async def close(self) -> None:
        """Closes the connections."""
        ...


Reader = SqlReader | RedisReader | HttpReader | LogReader


class Readers:
    """The readers of one system, each opened when it is first needed and kept."""

    def __init__(self, system: System, secrets: Secrets) -> None:
        self._system, self._secrets = system, secrets
        self._open: dict[str, Reader] = {}
        self._opening = asyncio.Lock()

    async def of(self, name: str) -> Reader:
        """The reader of a connection. Raises ConfigurationError when its address is missing or wrong."""
        async with self._opening:
            if name not in self._open:
                connection = named(self._system.connections, name, "connection", self._system)
                self._open[name] = await self._make(f"The {name} of {self._system.name}", connection)
            return self._open[name]

    async def sql(self, name: str) -> SqlReader:
        """The reader of a database."""
        reader = await self.of(name)
        if isinstance(reader, (RedisReader, HttpReader, LogReader)):
            raise ConfigurationError(f"{name} of {self._system.name} is not a database.")
        return reader

    async def redis(self, name: str) -> RedisReader:
        """The reader of a cache server."""
        return self._kind(await self.of(name), RedisReader, name, "a cache")

    async def http(self, name: str) -> HttpReader:
        """The reader of an HTTP service."""
        return self._kind(await self.of(name), HttpReader, name, "an HTTP service")

    async def log(self, name: str) -> LogReader:
        """The reader of a log file."""
        return self._kind(await self.of(name), LogReader, name, "a log file")

    async def close(self) -> None:
        """Closes every connection."""
        while self._open:
            _, reader = self._open.popitem()
            await reader.close()

    async def _make(self, place: str, connection: Connection) -> Reader:
        if isinstance(connection, LogConnection):
            return LogReader(place, await self._secrets.value(connection.path), connection)
        url = await self._secrets.value(connection.url)
        if isinstance(connection, RedisConnection):
            return RedisReader(place, url, connection)
        if isinstance(connection, HttpConnection):
            return HttpReader(place, url, connection, await self._headers(connection))
        return _sql_reader(place, url, connection)

    async def _headers(self, connection: HttpConnection) -> dict[str, str]:
        return {
            name: value.prefix + await self._secrets.value(value.secret) if isinstance(value, HeaderSecret) else value
            for name, value in connection.headers.items()
        }

    def _kind(self, reader: Reader, kind: type[T], name: str, what: str) -> T:
        if not isinstance(reader, kind):
            raise ConfigurationError(f"{name} of {self._system.name} is not {what}.")
        return reader


def _sql_reader(place: str, url: str, connection: SqlConnection) -> SqlReader:
    if connection.kind == "postgresql":
        return PostgresqlReader(place, url, connection)
    raise ConfigurationError(f"{place} is of the kind {connection.kind}, which cannot be looked at yet.")


class Look:
    """Reads for one diagnosis. Every method raises SystemUnreachable, TookTooLong, SystemRefused or NotThere.

    `inputs` are what was asked about; their binds fill SQL parameters, keys and paths.
    """

    def __init__(self, system: System, inputs: Inputs, readers: Readers, clock: Clock) -> None:
        self.system, self.inputs = system, inputs
        self._readers, self._clock = readers, clock

    def now(self) -> datetime:
        """The time, with its zone."""
        return self._clock()

    async def rows(self, query: str, /, **binds: Scalar) -> Rows:
        """The answer to a catalogued query, from a read-only transaction of its own."""
        wanted = named(self.system.queries, query, "query", self.system)
        return await (await self._readers.sql(wanted.connection)).rows(wanted, self._binds(binds))

    async def rows_after(self, first: str, query: str, /, **binds: Scalar) -> Rows:
        """The answer to a catalogued query after another one, such as one that sets the tenant context.

        Both are carried out in one transaction, and nothing that the first one sets is left behind.
        """
        before, wanted = (named(self.system.queries, name, "query", self.system) for name in (first, query))
        return await (await self._readers.sql(wanted.connection)).rows(wanted, self._binds(binds), before)

    async def cache(self, name: str, **binds: Scalar) -> Entry:
        """The entry of a catalogued key, all of whose places are known: whether it exists, its TTL, size and type."""
        cache, key = self._exact(name, binds)
        reader = await self._readers.redis(cache.connection)
        return (await reader.entries([key]))[0]

    async def value(self, name: str, **binds: Scalar) -> bytes | None:
        """The value of a cached text, to be compared and never to be shown; None when it is not cached."""
        cache, key = self._exact(name, binds)
        return await (await self._readers.redis(cache.connection)).value(key)

    async def entries(self, *names: str, **binds: Scalar) -> Entries:
        """Every entry of this tenant that fits these catalogued keys, by exact key or by a bounded scan.

        Keys of other tenants never fit, nor does what may be state unless its own name is asked for. Raises
        MissingInput when no tenant was given.
        """
        filled = self._binds(binds)
        if filled.get("tenant") is None:
            raise MissingInput(["tenant"], "tenant is needed to find cache entries; say tenant=… as well.")
        for name in names:
            if not is_of_tenant(self.cache_line(name)):
                raise ConfigurationError(f"caches.{name} of {self.system.name} does not name the tenant.")
        return await self._entries(names, filled)

    async def entries_of_all(self, *names: str) -> Entries:
        """Every entry of every tenant that fits these catalogued keys, but never what may be state."""
        return await self._entries(names, {})

    async def _entries(self, names: tuple[str, ...], filled: Mapping[str, Scalar]) -> Entries:
        found: list[tuple[str, Entry]] = []
        is_cut = False
        for connection, patterns in self._by_connection(names, filled).items():
            reader = await self._readers.redis(connection)
            exact = [one for one in patterns if one.exact is not None]
            for one, entry in zip(exact, await reader.entries([one.exact or "" for one in exact]), strict=True):
                found += [(one.name, entry)] if entry.exists else []
            for one in patterns:
                if one.exact is None:
                    scanned = await reader.scan([one], one.glob)
                    found += scanned.found
                    is_cut = is_cut or scanned.cut
        kept = {name for name in names if self.system.caches[name].kind is not CacheKind.CACHE}
        return Entries(
            tuple(
                (name, entry)
                for name, entry in found
                if name in kept or not is_kept(self.system, self.system.caches[name].connection, entry.key)
            ),
            is_cut,
        )

    async def fetch(self, endpoint: str, **binds: Scalar) -> HttpAnswer:
        """The answer of a catalogued endpoint, whatever its status."""
        wanted = named(self.system.endpoints, endpoint, "endpoint", self.system)
        return await (await self._readers.http(wanted.connection)).fetch(wanted, self._binds(binds))

    async def log(self, name: str) -> Records:
        """The records at the end of a catalogued log, without secrets."""
        wanted = named(self.system.logs, name, "log", self.system)
        if not wanted.endpoint:
            text, is_cut = await (await self._readers.log(wanted.connection)).tail()
            return parse(text, wanted, cut=is_cut)
        answer = await self.fetch(wanted.endpoint)
        if answer.status >= 400:
            raise SystemRefused(f"{answer.what} answers {answer.status}, so the log cannot be read.")
        return parse(answer.text, wanted, cut=answer.cut)

    def endpoint(self, name: str) -> Endpoint:
        """A catalogued endpoint."""
        return named(self.system.endpoints, name, "endpoint", self.system)

    def cache_line(self, name: str) -> Cache:
        """A line of the cache catalogue: what was agreed about it."""
        return named(self.system.caches, name, "cache", self.system)

    def keys(self, *names: str) -> list[str]:
        """The keys of these catalogue lines all of whose places are known."""
        made = (pattern(name, self.cache_line(name), self.inputs.binds).exact for name in names)
        return [key for key in made if key is not None]

    def caches_of_tenant(self, kind: CacheKind | None = None) -> list[str]:
        """The names of the catalogued keys that name the tenant, by default of every kind."""
        return [
            name
            for name, cache in self.system.caches.items()
            if is_of_tenant(cache) and (kind is None or cache.kind is kind)
        ]

    def _by_connection(self, names: tuple[str, ...], binds: Mapping[str, Scalar]) -> dict[str, list[KeyPattern]]:
        patterns: dict[str, list[KeyPattern]] = {}
        for name in names:
            cache = self.cache_line(name)
            patterns.setdefault(cache.connection, []).append(pattern(name, cache, binds))
        return patterns

    def _exact(self, name: str, binds: Mapping[str, Scalar]) -> tuple[Cache, str]:
        cache = self.cache_line(name)
        made = pattern(name, cache, self._binds(binds))
        if made.exact is None:
            raise MissingInput([], f"{cache.key} has places that were not given.")
        return cache, made.exact

    def _binds(self, more: Mapping[str, Scalar]) -> dict[str, Scalar]:
        return {**self.inputs.binds, **more}


def named(section: Mapping[str, T], name: str, what: str, system: System) -> T:
    """Something of a system's file by its name. Raises ConfigurationError when it is not there."""
    if name not in section:
        raise ConfigurationError(f"systems/{system.name}.yml has no {what} {name}.")
    return section[name]
