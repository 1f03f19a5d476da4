"""Changes a MySQL or MariaDB database: catalogued statements in one transaction, kept whole or not at all."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

from asyncmy.connection import Connection as MyConnection

from bot.access.mysql import MysqlDatabase, execute
from bot.access.sql import bind, changed_rows
from bot.errors import ActionFailed, BackstopError, SystemUnreachable
from bot.model.connections import SqlConnection
from bot.model.system import Statement
from bot.model.values import Scalar

_ROWS = 10_000  # of an answer inside a transaction


class MysqlTransaction:
    """One transaction that is open."""

    def __init__(self, database: MysqlDatabase, connection: MyConnection, binds: Mapping[str, Scalar]) -> None:
        self._database, self._connection, self._binds = database, connection, binds

    async def run(self, statement: Statement, **binds: Scalar) -> int:
        """Carries out a catalogued statement and returns how many rows it changed.

        Rows that it found as they should be do not count. Raises ActionFailed when they are more than it allows.
        """
        text, values = bind(statement.sql, {**self._binds, **binds})
        changed = await self._database.bounded(execute(self._connection, text, values))
        return changed_rows(statement, changed)

    async def fetch(self, statement: Statement, **binds: Scalar) -> list[Mapping[str, Any]]:
        """The rows that a catalogued statement answers, such as one that locks them. Raises as `run` does."""
        text, values = bind(statement.sql, {**self._binds, **binds})

        async def fetched() -> list[Mapping[str, Any]]:
            async with self._connection.cursor() as cursor:
                await cursor.execute(text, values)
                names = [column[0] for column in cursor.description or ()]
                return [dict(zip(names, row, strict=True)) for row in await cursor.fetchmany(statement.at_most + 1)]

        rows = await self._database.bounded(fetched())
        changed_rows(statement, len(rows))
        return rows


class MysqlWriter:
    """Changes with the writer's credentials."""

    def __init__(self, place: str, url: str, connection: SqlConnection) -> None:
        self._database = MysqlDatabase(place, url, connection, is_read_only=False)

    @contextlib.asynccontextmanager
    async def transaction(self, binds: Mapping[str, Scalar]) -> AsyncIterator[MysqlTransaction]:
        """A transaction for the block; it is committed at its end, and rolled back after any error.

        Raises ActionFailed when nothing was changed for certain, SystemUnreachable when that cannot be told.
        """
        database = self._database
        async with contextlib.AsyncExitStack() as stack:
            try:
                connection = await database.bounded(stack.enter_async_context(database.lend()))
                await database.bounded(database.begin(connection, _ROWS))
                yield MysqlTransaction(database, connection, binds)
            except BackstopError as problem:
                raise ActionFailed(f"Nothing was changed: {problem.sentence}") from problem
            await self._commit(connection)

    async def _commit(self, connection: MyConnection) -> None:
        try:
            await self._database.bounded(execute(connection, "COMMIT"))
        except SystemUnreachable as problem:
            raise SystemUnreachable(
                f"{self._database.place} broke off while the change was being kept; whether it was is not known."
            ) from problem
        except BackstopError as problem:
            raise ActionFailed(f"Nothing was changed: {problem.sentence}") from problem

    async def close(self) -> None:
        """Closes the connections."""
        await self._database.close()
