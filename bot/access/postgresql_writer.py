"""Changes a PostgreSQL database: catalogued statements in one transaction, which is kept whole or not at all."""

import contextlib
from collections.abc import AsyncIterator, Mapping

from bot.access.postgresql import PgConnection, PostgresqlDatabase, raw
from bot.access.sql import bind
from bot.errors import ActionFailed, BackstopError, SystemUnreachable
from bot.model.system import SqlConnection, Statement
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
        if changed > statement.at_most:
            raise ActionFailed(f"It would have changed {changed} rows instead of {statement.at_most}.")
        return changed


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
                connection = await database.bounded(stack.enter_async_context(database.lend()))
                await database.bounded(database.begin(connection))
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
