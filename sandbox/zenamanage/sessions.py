"""One way to talk to either database: MariaDB, as ZenaManage has it, or the PostgreSQL that comes with the demo."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from enum import StrEnum
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import asyncmy
import asyncmy.cursors
import asyncmy.errors
import psycopg
from psycopg.rows import dict_row

Row = dict[str, Any]
PATIENCE = 2  # seconds until a server counts as away

DatabaseProblem = (psycopg.Error, asyncmy.errors.MySQLError, OSError, TimeoutError)
"""What a database that is away, full or missing something raises, whichever it is."""


class Kind(StrEnum):
    """Which database it is."""

    MARIADB = "mysql"
    POSTGRESQL = "postgresql"

    @classmethod
    def of(cls, url: str) -> "Kind":
        """The kind that an address names."""
        return cls(urlsplit(url).scheme)

    def sleep(self, seconds: float) -> str:
        """An expression that takes so long; once, in a SELECT without FROM."""
        return f"SLEEP({seconds})" if self is Kind.MARIADB else f"pg_sleep({seconds})::text"


class Session(Protocol):
    """One connection; each statement is committed at once. Parameters stand as `%s`."""

    @property
    def id(self) -> int:
        """What the server calls this connection."""
        ...

    async def rows(self, sql: str, *values: object) -> list[Row]:
        """The rows that a statement answers."""
        ...

    async def change(self, sql: str, *values: object) -> int:
        """How many rows a statement changed."""
        ...

    async def insert(self, table: str, rows: Sequence[Row], *, at_once: int = 500) -> None:
        """Puts rows of equal columns into a table."""
        ...

    def hang_up(self) -> None:
        """Closes the connection at once, whatever it is doing."""
        ...


class _Statements:
    async def change(self, sql: str, *values: object) -> int:
        raise NotImplementedError

    async def insert(self, table: str, rows: Sequence[Row], *, at_once: int = 500) -> None:
        for first in range(0, len(rows), at_once):
            some = rows[first : first + at_once]
            columns = tuple(some[0])
            places = f"({', '.join(['%s'] * len(columns))})"
            sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([places] * len(some))}"
            await self.change(sql, *(row[column] for row in some for column in columns))


class _Postgresql(_Statements):
    def __init__(self, connection: psycopg.AsyncConnection[Row]) -> None:
        self._connection = connection

    @property
    def id(self) -> int:
        return self._connection.info.backend_pid

    async def rows(self, sql: str, *values: object) -> list[Row]:
        cursor = await self._connection.execute(sql.encode(), values or None)
        return await cursor.fetchall()

    async def change(self, sql: str, *values: object) -> int:
        return (await self._connection.execute(sql.encode(), values or None)).rowcount

    def hang_up(self) -> None:
        self._connection.pgconn.finish()


class _Mariadb(_Statements):
    def __init__(self, connection: Any) -> None:  # asyncmy is untyped
        self._connection = connection

    @property
    def id(self) -> int:
        number: int = self._connection.thread_id()
        return number

    async def rows(self, sql: str, *values: object) -> list[Row]:
        async with self._connection.cursor(asyncmy.cursors.DictCursor) as cursor:
            await cursor.execute(sql, values or None)
            fetched: list[Row] = list(await cursor.fetchall())
            return fetched

    async def change(self, sql: str, *values: object) -> int:
        async with self._connection.cursor() as cursor:
            changed: int = await cursor.execute(sql, values or None)
            return changed

    def hang_up(self) -> None:
        self._connection.close()


async def open_session(url: str) -> Session:
    """Connects."""
    if Kind.of(url) is Kind.POSTGRESQL:
        return _Postgresql(
            await psycopg.AsyncConnection.connect(url, autocommit=True, row_factory=dict_row, connect_timeout=PATIENCE)
        )
    parts = urlsplit(url)
    return _Mariadb(
        await asyncmy.connect(
            host=parts.hostname, port=parts.port, user=unquote(parts.username or ""),
            password=unquote(parts.password or ""), db=parts.path.strip("/") or None, autocommit=True,
            charset="utf8mb4", connect_timeout=PATIENCE,
        )
    )  # fmt: skip


@contextlib.asynccontextmanager
async def session(url: str) -> AsyncIterator[Session]:
    """A connection for the block."""
    made = await open_session(url)
    try:
        yield made
    finally:
        made.hang_up()
