"""Examines how a system is reached: who answers, what the readers could write, and what the file names in vain."""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from time import perf_counter

from bot.access.mysql import MysqlDatabase, execute
from bot.access.opening import Readers
from bot.access.postgresql import PostgresqlDatabase, raw
from bot.access.secrets import Secrets
from bot.access.sql import bind, parameters
from bot.access.trying import Tried, try_mysql, try_postgresql, try_redis
from bot.errors import BackstopError, NotThere, SystemRefused
from bot.model.checkup import Line, bad, good, notice
from bot.model.connections import LogConnection, RedisConnection, SqlConnection
from bot.model.inputs import places
from bot.model.system import CacheKind, Query, Statement, System

_SLOW = 0.5  # seconds for an answer that says no more than that there is one
_SHOWN = 4  # of a long list
_NO_WRITER = "Set it, or take the actions that need it out of policies/approvals.yml."
_PLACE = re.compile(r"\{[a-z][a-z0-9_]*\}")


async def examine(system: System, environment: Mapping[str, str]) -> list[Line]:
    """Every line about one system, in the order of its file."""
    made = _Examination(system, Secrets(environment))
    try:
        found = await asyncio.gather(*(made.connection(name) for name in system.connections))
    finally:
        await made.close()
    return [line for lines in found for line in lines]


class _Examination:
    def __init__(self, system: System, secret_values: Secrets) -> None:
        self._system, self._secrets = system, secret_values
        self._readers = Readers(system, secret_values)

    async def close(self) -> None:
        await self._readers.close()

    async def connection(self, name: str) -> list[Line]:
        """What is to be said about a connection; where nobody answers, that alone."""
        lines = [await self._answers(name)]
        connection = self._system.connections[name]
        if lines[0].fix and not lines[0].says.startswith("answers"):
            return lines
        if isinstance(connection, SqlConnection):
            lines += [await self._reader(name, connection), await self._queries(name, connection)]
            lines += await self._writer(name, connection)
        elif isinstance(connection, RedisConnection):
            lines.append(await self._cache(name, connection))
            lines += await self._cache_writer(name, connection)
        return lines

    async def _answers(self, name: str) -> Line:
        try:
            reader = await self._readers.of(name)
            await reader.ping()  # the first one connects
            started = perf_counter()
            said = await reader.ping()
        except BackstopError as error:
            connection = self._system.connections[name]
            secret = connection.path if isinstance(connection, LogConnection) else connection.url
            where = secret.env or secret.file
            return bad(self._system.name, name, error.sentence, f"Set {where}, or start what it names.")
        took = perf_counter() - started
        says = f"{said}, in {took * 1000:.0f} ms"
        if took > _SLOW:
            return notice(self._system.name, name, f"answers slowly: {says}", "Look at the way from here to there.")
        return good(self._system.name, name, says)

    async def _reader(self, name: str, connection: SqlConnection) -> Line:
        tries = try_mysql if connection.kind == "mysql" else try_postgresql
        what = f"{name}: reader"

        async def attempt() -> Tried:
            url = await self._secrets.value(connection.url)
            return await tries(f"The {name} of {self._system.name}", url, connection)

        return await self._tried(what, attempt, "Give the reader a role that may only SELECT.")

    async def _cache(self, name: str, connection: RedisConnection) -> Line:
        async def attempt() -> Tried:
            url = await self._secrets.value(connection.url)
            return await try_redis(f"The {name} of {self._system.name}", url, connection, self._keys(name, *CacheKind))

        fix = "Give the reader an ACL with +@read -@dangerous, and no write: see docs/how-to/install.md."
        return await self._tried(f"{name}: ACL", attempt, fix)

    async def _tried(self, what: str, attempt: Callable[[], Awaitable[Tried]], fix: str) -> Line:
        try:
            tried = await attempt()
        except BackstopError as error:
            return notice(self._system.name, what, f"Could not be tried: {error.sentence}", fix)
        if tried.could:
            return bad(self._system.name, what, f"The reader can write: {_some(tried.could)}.", fix)
        if tried.unsure:
            says = f"{tried.tried} writes were tried and none went through; not to be tried: {_some(tried.unsure)}."
            return notice(self._system.name, what, says, "Make sure by hand that the reader may not do that.")
        return good(self._system.name, what, f"{tried.tried} writes were tried, and every one was refused")

    async def _queries(self, name: str, connection: SqlConnection) -> Line:
        queries = {key: query for key, query in self._system.queries.items() if query.connection == name}
        url = await self._secrets.value(connection.url)
        return await self._granted(name, connection, url, "queries", queries)

    async def _writer(self, name: str, connection: SqlConnection) -> list[Line]:
        statements = {key: one for key, one in self._system.statements.items() if one.connection == name}
        if connection.writer_url is None or not statements:
            return []
        try:
            url = await self._secrets.value(connection.writer_url)
        except BackstopError as error:
            return [notice(self._system.name, f"{name}: writer", error.sentence, _NO_WRITER)]
        return [await self._granted(name, connection, url, "writer", statements)]

    async def _cache_writer(self, name: str, connection: RedisConnection) -> list[Line]:
        if connection.writer_url is None:
            return []
        what = f"{name}: writer"
        try:
            url = await self._secrets.value(connection.writer_url)
            keys = self._keys(name, CacheKind.CACHE)[:1]
            tried = await try_redis(f"The {name} of {self._system.name}, as the writer,", url, connection, keys)
        except BackstopError as error:
            return [notice(self._system.name, what, error.sentence, _NO_WRITER)]
        could = {one.split(" ")[0] for one in tried.could}
        if could & {"FLUSHALL", "FLUSHDB"}:
            return [bad(self._system.name, what, "The writer may empty the server.", "Take -@dangerous into its ACL.")]
        if missing := {"UNLINK", "EXPIRE"} - could:
            fix = "Add +unlink +expire for the keys of the catalogue to its ACL."
            return [bad(self._system.name, what, f"The writer lacks {', '.join(sorted(missing))}.", fix)]
        return [good(self._system.name, what, "may remove and expire keys, and was not seen to empty the server")]

    def _keys(self, name: str, *kinds: CacheKind) -> list[str]:
        """Keys that fit the catalogue and do not exist; those without a place could exist, and are left out."""
        nowhere = f"backstop-tries-{secrets.token_hex(12)}"
        lines = [one for one in self._system.caches.values() if one.connection == name and one.kind in kinds]
        return [*(_PLACE.sub(nowhere, one.key) for one in lines if places(one.key)), nowhere]

    async def _granted(
        self, name: str, connection: SqlConnection, url: str, whose: str, named: Mapping[str, Query | Statement]
    ) -> Line:
        """Has the server explain each, without carrying it out: it looks up names and grants for that."""
        kind = MysqlDatabase if connection.kind == "mysql" else PostgresqlDatabase
        place = f"The {name} of {self._system.name}"
        missing: list[str] = []
        unsure: list[str] = []
        database = kind(place, url, connection, is_read_only=whose == "queries")
        try:
            for key, one in named.items():
                try:
                    await _explain(database, one.sql)
                except (NotThere, SystemRefused) as error:
                    is_known = isinstance(error, NotThere) or "does not let the bot" in error.sentence
                    why = error.sentence.partition(": ")[2].rstrip(".")
                    (missing if is_known else unsure).append(f"{key} ({why})")
        except BackstopError as error:
            return notice(self._system.name, f"{name}: {whose}", error.sentence, "Look again when it answers.")
        finally:
            await database.close()
        if missing:
            fix = f"Grant it, or correct systems/{self._system.name}.yml."
            says = f"{len(missing)} of {len(named)} fail: {_some(missing)}."
            return bad(self._system.name, f"{name}: {whose}", says, fix)
        if unsure:
            says = f"{len(unsure)} of {len(named)} could not be explained: {_some(unsure)}."
            return notice(self._system.name, f"{name}: {whose}", says, "Run them by hand once.")
        says = f"{len(named)} found everything that they name, with the grants for it"
        return good(self._system.name, f"{name}: {whose}", says)


async def _explain(database: MysqlDatabase | PostgresqlDatabase, statement: str) -> None:
    text, values = bind(f"EXPLAIN {statement}", dict.fromkeys(parameters(statement)))
    if isinstance(database, MysqlDatabase):
        async with database.lend() as lent:
            await database.bounded(execute(lent, text, values))
    else:
        async with database.transaction() as (connection, _):
            await database.bounded(connection.execute(raw(text), values))


def _some(names: Iterable[str]) -> str:
    shown = list(names)
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return ", ".join(shown[:_SHOWN]) + more
