"""Looks into a MySQL or MariaDB database: read-only transactions, bounded in time and rows, then rolled back."""

import contextlib
import logging
import ssl
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

import asyncmy
from asyncmy import errors
from asyncmy.connection import Connection as MyConnection
from asyncmy.cursors import SSCursor

from bot.access.deadline import within
from bot.access.plans import Plan, mysql_plan
from bot.access.pool import Pool
from bot.access.ports import inside
from bot.access.sql import Rows, bind, rows_of
from bot.errors import (
    BackstopError,
    ConfigurationError,
    NotThere,
    SystemFull,
    SystemRefused,
    SystemUnreachable,
    TookTooLong,
)
from bot.model.connections import SqlConnection
from bot.model.system import Query
from bot.model.values import Scalar, write_duration
from bot.redaction import redact_text

logging.getLogger("asyncmy").setLevel(logging.ERROR)  # its warnings repeat values of rows

T = TypeVar("T")
_PORT = 3306
# Known to the letter, so that what is escaped on this side is read so on the other.
_MODE = "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
_LATER = "Look again in a moment; if it lasts, escalate."
_NAMES = "This installation differs from the system's file."
# What the server's error numbers mean, and what a person is told.
_MEANINGS: tuple[tuple[frozenset[int], type[BackstopError], str], ...] = (
    (frozenset({1040, 1203, 1226}), SystemFull, "lets nobody in any more: {message}."),
    (frozenset({1053, 1079, 1927}), SystemUnreachable, f"is starting or stopping. {_LATER}"),
    (frozenset({1205, 1317, 1969, 3024}), TookTooLong, f"did not answer within {{limit}}. {_LATER}"),
    (frozenset({1049, 1051, 1054, 1109, 1146, 1193, 1305, 1477}), NotThere,
     f"has no such thing: {{message}}. {_NAMES}"),
    (frozenset({1044, 1045, 1142, 1143, 1227, 1290, 1370, 1698}), SystemRefused,
     "does not let the bot do this: {message}."),
    (frozenset({2002, 2003, 2005, 2006, 2013, 2055}), SystemUnreachable, f"cannot be reached. {_LATER}"),
)  # fmt: skip


class MysqlReader:
    """Looks with the reader's credentials; what it fetches has no secrets in it any more."""

    def __init__(self, place: str, url: str, connection: SqlConnection) -> None:
        self._connection = connection
        self._database = MysqlDatabase(place, url, connection, is_read_only=True)

    async def rows(self, query: Query, binds: Mapping[str, Scalar], after: Query | None = None) -> Rows:
        """Carries out a catalogued query; `after` is one that is carried out before it, in the same transaction.

        Nothing that `after` sets outlives the look. Times without a zone are UTC. Raises SystemUnreachable,
        TookTooLong, NotThere, SystemRefused, and InputError when a parameter has no value.
        """
        text, values = bind(query.sql, binds)
        first = bind(after.sql, binds) if after else None
        return await self._database.bounded(self._rows(query, text, values, first))

    async def _rows(
        self, query: Query, text: str, values: dict[str, Scalar], first: tuple[str, dict[str, Scalar]] | None
    ) -> Rows:
        cap = query.row_cap or self._connection.row_cap
        async with self._database.lend() as connection:
            role = await self._database.begin(connection, cap + 1)
            if first:
                await execute(connection, *first)
            cursor = connection.cursor(SSCursor)
            await cursor.execute(text, values)
            fetched = [tuple(map(_aware, row)) for row in await cursor.fetchmany(cap + 1)]
            columns = tuple(column[0] for column in cursor.description or ())
            if len(fetched) > cap or first:
                # The rest of a long answer is not waited for; and variables live as long as their connection.
                connection.close()
            else:
                await cursor.close()
                await execute(connection, "ROLLBACK")
        if len(set(columns)) != len(columns):
            raise ConfigurationError(
                "A query answers two columns of the same name; name them apart in the system's file."
            )
        return rows_of(query, columns, fetched, cap, role)

    async def plan(self, query: Query, binds: Mapping[str, Scalar]) -> Plan:
        """How the database would carry out a catalogued query, which it does not do. Raises as `rows` does."""
        explained = query.model_copy(update={"sql": f"EXPLAIN {query.sql}", "row_cap": 100})
        return mysql_plan(await self.rows(explained, binds))

    async def ping(self) -> str:
        """Says as whom the bot looks; raises as `rows` does."""

        async def look() -> str:
            async with self._database.lend() as connection:
                role = await self._database.begin(connection, 1)
                await execute(connection, "ROLLBACK")
                return role

        return f"answers; looked as {await self._database.bounded(look())}"

    async def close(self) -> None:
        """Closes the connections."""
        await self._database.close()


@dataclass(frozen=True)
class Address:
    """Where a database is, and as whom to log in."""

    host: str
    port: int
    user: str
    password: str
    database: str
    is_encrypted: bool

    @classmethod
    def of(cls, place: str, url: str) -> "Address":
        """An address such as `mysql://user:password@host:3306/name?tls=1`. Raises ConfigurationError."""
        try:
            parts = urlsplit(url)
            port = parts.port or _PORT
        except ValueError as problem:
            # The message would repeat the address, and with it the password.
            raise ConfigurationError(f"The address of {inside(place)} is not one of MySQL.") from problem
        if parts.scheme not in {"mysql", "mariadb"} or not parts.hostname:
            raise ConfigurationError(f"The address of {inside(place)} is not one of MySQL.")
        return cls(
            parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or ""),
            unquote(parts.path.lstrip("/")), parse_qs(parts.query).get("tls", ["0"]) == ["1"],
        )  # fmt: skip


class MysqlDatabase:
    """Connections to one database with one set of credentials, and what its errors mean."""

    def __init__(self, place: str, url: str, connection: SqlConnection, *, is_read_only: bool) -> None:
        self.place = place
        self._address, self._is_read_only = Address.of(place, url), is_read_only
        self.seconds = connection.timeout.total_seconds()
        self.limit = write_duration(connection.timeout)
        self._pool: Pool[MyConnection] = Pool(connection.pool, self._connect, _is_usable, _close)

    async def bounded(self, work: Coroutine[Any, Any, T]) -> T:
        """Awaits work on the database within its time limit, and translates what goes wrong."""
        with self.translated():
            try:
                # The server's own limit comes first; this one is for servers that do not answer at all.
                return await within(self.seconds + 0.3, work)
            except TimeoutError as problem:
                raise TookTooLong(f"{self.place} did not answer within {self.limit}. {_LATER}") from problem

    def lend(self) -> contextlib.AbstractAsyncContextManager[MyConnection]:
        """A connection for the block; after an error in it the connection is closed, which ends its transaction."""
        return self._pool.lend()

    async def begin(self, connection: MyConnection, rows: int) -> str:
        """Begins a transaction, read-only for a reader, whose answers have so many rows at most; returns the user."""
        await execute(connection, f"SET SESSION sql_select_limit = {rows:d}")
        await execute(connection, "START TRANSACTION READ ONLY" if self._is_read_only else "START TRANSACTION")
        async with connection.cursor() as cursor:
            await cursor.execute("SELECT CURRENT_USER()")
            row = await cursor.fetchone()
        return str(row[0]) if row else ""

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        """Translates the driver's errors into what a person is told."""
        try:
            yield
        except errors.MySQLError as problem:
            raise self._translation(problem) from problem
        except (OSError, EOFError) as problem:
            raise SystemUnreachable(f"{self.place} cannot be reached. {_LATER}") from problem

    def _translation(self, problem: errors.MySQLError) -> BackstopError:
        number, message = _number(problem), _message(problem)
        for numbers, kind, says in _MEANINGS:
            if number in numbers:
                return kind(f"{self.place} {says.format(message=message, limit=self.limit)}")
        if isinstance(problem, errors.InterfaceError):
            return SystemUnreachable(f"{self.place} cannot be reached. {_LATER}")
        return SystemRefused(f"{self.place} answered with an error: {message}.")

    async def close(self) -> None:
        """Closes the connections."""
        await self._pool.close()

    async def _connect(self) -> MyConnection:
        address = self._address
        connection: MyConnection = await asyncmy.connect(
            host=address.host, port=address.port, user=address.user, password=address.password,
            database=address.database or None, charset="utf8mb4", autocommit=True,
            connect_timeout=max(2, round(self.seconds)), program_name="backstop",
            ssl=ssl.create_default_context() if address.is_encrypted else None,
        )  # fmt: skip
        try:
            await self._limit_session(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    async def _limit_session(self, connection: MyConnection) -> None:
        seconds = max(1, round(self.seconds))
        is_mariadb = "mariadb" in connection.get_server_info().lower()
        longest = (
            f"max_statement_time = {self.seconds:.3f}"
            if is_mariadb
            else f"max_execution_time = {round(self.seconds * 1000)}"
        )
        await execute(
            connection,
            f"SET SESSION sql_mode = '{_MODE}', time_zone = '+00:00', {longest}, lock_wait_timeout = {seconds}, "
            f"innodb_lock_wait_timeout = {seconds}",
        )
        if self._is_read_only:
            # A statement that ends the transaction by itself, as CREATE does, is then no way out of it.
            await execute(connection, "SET SESSION TRANSACTION READ ONLY")


async def execute(connection: MyConnection, text: str, values: Mapping[str, Scalar] | None = None) -> int:
    """Carries out one statement, and returns how many rows it changed."""
    async with connection.cursor() as cursor:
        return int(await cursor.execute(text, values))


def _number(problem: errors.MySQLError) -> int:
    return problem.args[0] if problem.args and isinstance(problem.args[0], int) else 0


def _message(problem: errors.MySQLError) -> str:
    text = str(problem.args[1] if len(problem.args) > 1 else problem).strip().split("\n")[0]
    return redact_text(text).rstrip(".")[:200]


def _aware(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


async def _is_usable(connection: MyConnection) -> bool:
    if not connection.connected:
        return False
    try:
        await connection.ping(reconnect=False)
    except (errors.MySQLError, OSError, EOFError):
        return False
    return True


async def _close(connection: MyConnection) -> None:
    # Without the polite farewell: who is not usable may not answer it.
    connection.close()
