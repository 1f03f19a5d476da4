"""Looks into a PostgreSQL database: read-only transactions, bounded in time and rows, rolled back at their end."""

import contextlib
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

import psycopg
from psycopg import errors

from bot.access.deadline import within
from bot.access.plans import Plan, postgresql_plan
from bot.access.pool import Pool
from bot.access.sql import Rows, bind, rows_of
from bot.errors import ConfigurationError, NotThere, SystemFull, SystemRefused, SystemUnreachable, TookTooLong
from bot.model.connections import SqlConnection
from bot.model.system import Query
from bot.model.values import Scalar, write_duration
from bot.redaction import redact_text

T = TypeVar("T")
PgConnection = psycopg.AsyncConnection[tuple[Any, ...]]
_GOING_DOWN = (errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow)
_MISSING = (
    errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedFunction, errors.UndefinedObject,
    errors.InvalidSchemaName, errors.InvalidCatalogName,
)  # fmt: skip


class Begun(NamedTuple):
    """A connection on which a transaction has begun, and the database role that it has."""

    connection: PgConnection
    role: str


class PostgresqlReader:
    """Looks with the reader's credentials; what it fetches has no secrets in it any more."""

    def __init__(self, place: str, url: str, connection: SqlConnection) -> None:
        self._place, self._connection = place, connection
        self._database = PostgresqlDatabase(place, url, connection, is_read_only=True)

    async def rows(self, query: Query, binds: Mapping[str, Scalar], after: Query | None = None) -> Rows:
        """Carries out a catalogued query; `after` is one that is carried out before it, in the same transaction.

        Nothing that `after` sets outlives the transaction. Raises SystemUnreachable, TookTooLong, NotThere,
        SystemRefused, and InputError when a parameter has no value.
        """
        text, values = bind(query.sql, binds)
        first = bind(after.sql, binds) if after else None
        return await self._database.bounded(self._rows(query, text, values, first))

    async def _rows(
        self, query: Query, text: str, values: dict[str, Scalar], first: tuple[str, dict[str, Scalar]] | None
    ) -> Rows:
        cap = query.row_cap or self._connection.row_cap
        async with self._database.begun() as (connection, role):
            if first:
                await connection.execute(raw(first[0]), first[1])
            # A cursor of the server ends with the transaction, also when a look is broken off in the middle.
            await connection.execute(raw(f"DECLARE look NO SCROLL CURSOR FOR {text}"), values)
            # Taken back is also the tenant context, though it was set for the session.
            cursor = await connection.execute(raw(f"FETCH FORWARD {cap + 1} FROM look; ROLLBACK"))
            fetched = await cursor.fetchall()
            columns = tuple(column.name for column in cursor.description or ())
        if len(set(columns)) != len(columns):
            raise ConfigurationError(
                "A query answers two columns of the same name; name them apart in the system's file."
            )
        return rows_of(query, columns, fetched, cap, role)

    async def plan(self, query: Query, binds: Mapping[str, Scalar]) -> Plan:
        """How the database would carry out a catalogued query, which it does not do. Raises as `rows` does."""
        text, values = bind(f"EXPLAIN (FORMAT JSON) {query.sql}", binds)
        return postgresql_plan(await self._database.bounded(self._explained(text, values)))

    async def _explained(self, text: str, values: dict[str, Scalar]) -> Any:
        async with self._database.begun() as (connection, _):
            # A small table is read as a whole though it has a key; whether there is one shows without that way.
            await connection.execute("SET LOCAL enable_seqscan = off")
            cursor = await connection.execute(raw(text), values)  # no cursor of the server: it can't explain
            answer = await cursor.fetchone()
        return answer[0] if answer else None

    async def ping(self) -> str:
        """Says as whom the bot looks; raises as `rows` does."""

        async def look() -> str:
            async with self._database.begun() as (_, role):
                return role

        return f"answers; looked as {await self._database.bounded(look())}"

    async def close(self) -> None:
        """Closes the connections."""
        await self._database.close()


class PostgresqlDatabase:
    """Connections to one database with one set of credentials, and what its errors mean."""

    def __init__(self, place: str, url: str, connection: SqlConnection, *, is_read_only: bool) -> None:
        self.place = place
        self._url, self._is_read_only = url, is_read_only
        self.seconds = connection.timeout.total_seconds()
        self.limit = write_duration(connection.timeout)
        self._pool: Pool[Begun] = Pool(connection.pool, self._connect, self._is_usable, _close)

    async def bounded(self, work: Coroutine[Any, Any, T]) -> T:
        """Awaits work on the database within its time limit, and translates what goes wrong."""
        with self.translated():
            try:
                # The server's own limit comes first; this one is for servers that do not answer at all.
                return await within(self.seconds + 0.3, work)
            except TimeoutError as problem:
                raise TookTooLong(f"{self.place} did not answer within {self.limit}. {_LATER}") from problem

    @contextlib.asynccontextmanager
    async def begun(self) -> AsyncIterator[Begun]:
        """A transaction for work that is `bounded` as a whole: read-only for a reader, with limits of its own.

        What is still open at the end of the block is rolled back; after an error the connection is closed instead.
        """
        async with self._pool.lend() as begun:
            yield begun
            await begun.connection.rollback()

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Begun]:
        """The same for work whose steps are bounded one by one; raises as `bounded` does."""
        async with contextlib.AsyncExitStack() as stack:
            yield await self.bounded(stack.enter_async_context(self.begun()))

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        """Translates the driver's errors into what a person is told."""
        try:
            yield
        except _GOING_DOWN as problem:
            raise SystemUnreachable(f"{self.place} is starting or stopping. {_LATER}") from problem
        except (errors.QueryCanceled, errors.LockNotAvailable, errors.ConnectionTimeout) as problem:
            raise TookTooLong(f"{self.place} did not answer within {self.limit}. {_LATER}") from problem
        except _MISSING as problem:
            raise NotThere(f"{self.place} has no such thing: {_message(problem)}. {_NAMES}") from problem
        except errors.InsufficientPrivilege as problem:
            raise SystemRefused(f"{self.place} does not let the bot do this: {_message(problem)}.") from problem
        except errors.TooManyConnections as problem:
            raise SystemFull(f"{self.place} lets nobody in any more: {_message(problem)}.") from problem
        except psycopg.OperationalError as problem:
            if problem.sqlstate is not None or "FATAL:" in str(problem):
                if "too many" in str(problem) or "remaining connection slots" in str(problem):
                    raise SystemFull(f"{self.place} lets nobody in any more: {_message(problem)}.") from problem
                if "starting up" in str(problem) or "shutting down" in str(problem):
                    raise SystemUnreachable(f"{self.place} is starting or stopping. {_LATER}") from problem
                raise SystemRefused(f"{self.place} refused: {_message(problem)}.") from problem
            raise SystemUnreachable(f"{self.place} cannot be reached. {_LATER}") from problem
        except psycopg.Error as problem:
            raise SystemRefused(f"{self.place} answered with an error: {_message(problem)}.") from problem

    async def close(self) -> None:
        """Closes the connections."""
        await self._pool.close()

    async def _connect(self) -> Begun:
        try:
            connection = await psycopg.AsyncConnection.connect(
                self._url, autocommit=True, application_name="backstop", connect_timeout=max(2, round(self.seconds)),
                prepare_threshold=None,
            )  # fmt: skip
        except psycopg.ProgrammingError as problem:
            # The message would repeat the address, and with it the password.
            raise ConfigurationError(f"The address of {self.place.lower()} is not one of PostgreSQL.") from problem
        try:
            return await self._begin(connection)
        except BaseException:
            await connection.close()
            raise

    async def _begin(self, connection: PgConnection) -> Begun:
        limit = round(self.seconds * 1000)
        cursor = await connection.execute(
            f"BEGIN{' READ ONLY' if self._is_read_only else ''}; SET LOCAL statement_timeout = {limit}; "
            f"SET LOCAL lock_timeout = {limit}; SELECT current_user::text".encode()
        )
        while cursor.nextset():
            pass
        row = await cursor.fetchone()
        return Begun(connection, str(row[0]) if row else "")

    async def _is_usable(self, begun: Begun) -> bool:
        try:
            await self._begin(begun.connection)
        except psycopg.Error:
            return False
        return True


_LATER = "Look again in a moment; if it lasts, escalate."
_NAMES = "This installation differs from the system's file."


def raw(text: str) -> bytes:
    """Catalogued SQL as the driver takes it; it never holds anything that a person typed."""
    return text.encode()


def _message(problem: psycopg.Error) -> str:
    text = problem.diag.message_primary or str(problem).strip().split("\n")[0]
    return redact_text(text.split("FATAL:")[-1].strip()).rstrip(".")[:200]


async def _close(begun: Begun) -> None:
    with contextlib.suppress(psycopg.Error):
        await begun.connection.close()
