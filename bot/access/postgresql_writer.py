"""Changes a PostgreSQL database: catalogued statements in one transaction, which is kept whole or not at all."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

from bot.access.postgresql import PgConnection, PostgresqlDatabase, raw
from bot.access.sql import bind, changed_rows
from bot.errors import ActionFailed, BackstopError, SystemUnreachable
from bot.model.connections import SqlConnection
from bot.model.system import Statement
from bot.model.values import Scalar


class PostgresqlTransaction:
    """One transaction that is open."""

    def __init__(self, database: PostgresqlDatabase, connection: PgConnection, binds: Mapping[str, Scalar]) -> None:
        self._database, self._connection, self._binds = database, connection, binds

    async def run(self, statement: Statement, **binds: Scalar) -> int:
        """Carries out a catalogued statement and returns how many rows it changed.

        Raises ActionFailed when they are more than the statement allows.
        """
        text, values = bind(statement.sql, {**self._binds, **binds})

        async def execute() -> int:
            return (await self._connection.execute(raw(text), values)).rowcount

        changed: int = await self._database.bounded(execute())
        return changed_rows(statement, changed)

    async def fetch(self, statement: Statement, **binds: Scalar) -> list[Mapping[str, Any]]:
        """The rows that a catalogued statement answers, such as one that locks them. Raises as `run` does."""
        text, values = bind(statement.sql, {**self._binds, **binds})

        async def fetched() -> list[Mapping[str, Any]]:
            cursor = await self._connection.execute(raw(text), values)
            names = [column.name for column in cursor.description or ()]
            rows = await cursor.fetchmany(statement.at_most + 1)
            return [dict(zip(names, row, strict=True)) for row in rows]

        found: list[Mapping[str, Any]] = await self._database.bounded(fetched())
        changed_rows(statement, len(found))
        return found


class PostgresqlWriter:
    """Changes with the writer's credentials."""

    def __init__(self, place: str, url: str, connection: SqlConnection) -> None:
        self._database = PostgresqlDatabase(place, url, connection, is_read_only=False)

    @contextlib.asynccontextmanager
    async def transaction(self, binds: Mapping[str, Scalar]) -> AsyncIterator[PostgresqlTransaction]:
        """A transaction for the block; it is committed at its end, and rolled back after any error.

        Raises ActionFailed when nothing was changed for certain, SystemUnreachable when that cannot be told.
        """
        database = self._database
        async with contextlib.AsyncExitStack() as stack:
            try:
                connection, _ = await stack.enter_async_context(database.transaction())
                yield PostgresqlTransaction(database, connection, binds)
            except BackstopError as problem:
                raise ActionFailed(f"Nothing was changed: {problem.sentence}") from problem
            await self._commit(connection)

    async def _commit(self, connection: PgConnection) -> None:
        try:
            ended = await self._database.bounded(connection.execute("COMMIT"))
        except SystemUnreachable as problem:
            raise SystemUnreachable(
                f"{self._database.place} broke off while the change was being kept; whether it was is not known."
            ) from problem
        except BackstopError as problem:
            raise ActionFailed(f"Nothing was changed: {problem.sentence}") from problem
        if ended.statusmessage != "COMMIT":
            raise ActionFailed("Nothing was changed: the database took the change back.")

    async def close(self) -> None:
        """Closes the connections."""
        await self._database.close()
