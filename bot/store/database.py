"""The connection to the bot's database, and `Work`: one transaction that changes, records and defers."""

import asyncio
import contextlib
import functools
import json
import math
import select
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

import psycopg
import rfc8785
from sqlalchemy import Executable, Select, TextClause, event, text
from sqlalchemy.engine import CursorResult, make_url
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, SQLAlchemyError
from sqlalchemy.ext.asyncio.engine import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import Unrecordable
from bot.model.audit import Event
from bot.model.talk import Subject

_AWAY = "The bot's own database does not answer, so nothing was done; try again in a minute, then tell an operator."
_REFUSED = "The bot's own database refused to record this, so nothing was done; tell an operator."
_IDLE = timedelta(seconds=10)  # a process that froze in a transaction holds what it locked no longer than this
_EXACT = 2**53  # beyond it the canonical form of JSON has no numbers
_DEFAULT, _DRAWINGS = "default", "drawings"  # tasks that draw wait at Slack's pace, and nothing else waits behind them
QUEUES = (_DEFAULT, _DRAWINGS)
T = TypeVar("T")
Read = Callable[[Select[Any]], Coroutine[Any, Any, list[tuple[Any, ...]]]]
_DEFER = """procrastinate_defer_jobs_v1(ARRAY(
    SELECT ROW(task ->> 'queue', task ->> 'task', 0, NULL, NULL, task -> 'args', CAST(task ->> 'at' AS timestamptz))
        ::procrastinate_job_to_defer_v1
    FROM jsonb_array_elements(CAST(:tasks AS jsonb)) WITH ORDINALITY AS given (task, place) ORDER BY place
))"""
_DEFER_ALONE = text(f"SELECT {_DEFER}")  # our own words


class Work:
    """One transaction. What it defers and records is written as its last statement, so the chain's lock is short."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._events: list[Event] = []
        self._tasks: list[dict[str, Any]] = []

    async def execute(self, statement: Executable, values: Any = None) -> CursorResult[*tuple[Any, ...]]:
        """Executes one statement."""
        return await self._connection.execute(statement, values)

    def record(self, event: Event) -> None:
        """Has the event written with this transaction; without it nothing of the transaction is kept."""
        self._events.append(event)

    def defer(self, task: str, *, at: datetime | None = None, queue: str = _DEFAULT, **args: str) -> None:
        """Has a background task run after this transaction is committed; `args` are ids only."""
        deferred = {"queue": queue, "task": task, "args": args, "at": at.isoformat() if at else None}
        if deferred not in self._tasks:
            self._tasks.append(deferred)

    async def redraw(self, subject: Subject) -> None:
        """Has every drawing of a subject drawn again after this transaction is committed."""
        await self.execute(
            text("""UPDATE drawings SET wanted = wanted + 1, changed = clock_timestamp()
                    WHERE subject_kind = :kind AND subject_id = :id"""),
            {"kind": subject.kind.value, "id": subject.id},
        )
        self.defer("drawings.redraw", queue=_DRAWINGS, kind=subject.kind.value, id=subject.id)

    async def append(self) -> int:
        """Writes what was deferred and the recorded events; returns the number of the last one."""
        bodies = [rfc8785.dumps(writable(event.model_dump(mode="json"))).decode() for event in self._events]
        tasks = json.dumps(self._tasks)
        self._events, self._tasks = [], []
        if not bodies:
            if tasks != "[]":
                await self.execute(_DEFER_ALONE, {"tasks": tasks})
            return 0
        given = {f"body_{place}": body for place, body in enumerate(bodies)}
        if tasks != "[]":
            given["tasks"] = tasks
        found = await self.execute(_appending(len(bodies), and_defer=tasks != "[]"), given)
        return int(found.one()[-1])


@functools.cache
def _appending(count: int, *, and_defer: bool) -> TextClause:
    # Each text is a parameter of its own: in an array the driver would quote it, which takes 0.2 ms and holds the loop.
    places = ", ".join(f":body_{place}" for place in range(count))
    deferred = f"{_DEFER}, " if and_defer else ""
    return text(f"SELECT {deferred}audit_append(CAST(ARRAY[{places}] AS text[]))")  # our own words


def writable(value: Any) -> Any:
    """The same JSON without what cannot be written: null characters, lone surrogates, numbers beyond what is exact."""
    if isinstance(value, str):
        is_plain = value.isascii() and "\0" not in value  # as nearly all of what is written is
        return value if is_plain else _repaired(value)
    if isinstance(value, dict):
        return {writable(key): writable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [writable(one) for one in value]
    if isinstance(value, (int, float)) and not (math.isfinite(value) and abs(value) < _EXACT):
        return str(int(value)) if math.isfinite(value) else str(value)
    return value


def _repaired(text: str) -> str:
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class Store:
    """The bot's database. Every failure becomes Unrecordable, with one sentence for people."""

    def __init__(self, address: str, *, pool: int = 12, idle: timedelta = _IDLE) -> None:
        self.address = address
        limits = (
            f"-c statement_timeout=15000 -c idle_in_transaction_session_timeout={idle // timedelta(milliseconds=1)}"
        )
        self._engine: AsyncEngine = create_async_engine(
            make_url(address).set(drivername="postgresql+psycopg"),
            pool_size=pool,
            max_overflow=0,
            pool_timeout=5,
            connect_args={
                "connect_timeout": 5,
                "application_name": "backstop",
                "options": limits,
            },
        )
        event.listen(self._engine.sync_engine, "checkout", self._only_living)

    def _only_living(self, connection: Any, *_: object) -> None:
        """Lets no connection be used that the server has ended meanwhile; then all of that age are made anew.

        The end of one is there to be read, though nothing was asked. Asking each time would cost more than most of what
        is done here.
        """
        try:
            if _has_said_something(connection.driver_connection):
                self._engine.sync_engine.dialect.do_ping(connection)
        except psycopg.Error as problem:
            raise InvalidatePoolError from problem

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        """One transaction: committed at the end with its audit events, rolled back on any error."""
        try:
            async with self._engine.begin() as connection:
                work = Work(connection)
                yield work
                await work.append()
        except DBAPIError as error:
            if _is_conflict(error):
                raise
            away = error.connection_invalidated or error.orig is None or _is_connection(error)
            raise Unrecordable(_AWAY if away else _REFUSED) from error
        except (SQLAlchemyError, OSError) as error:
            raise Unrecordable(_AWAY) from error

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Read]:
        """For reading very many rows: a connection of its own, in a thread, in a third of the time."""
        connection = await _driven(psycopg.connect, self.address, autocommit=True, connect_timeout=5)

        def fetch(statement: Select[Any]) -> list[tuple[Any, ...]]:
            compiled = statement.compile(
                dialect=self._engine.sync_engine.dialect, compile_kwargs={"render_postcompile": True}
            )
            return connection.execute(str(compiled).encode(), compiled.params, binary=True).fetchall()

        async def read(statement: Select[Any]) -> list[tuple[Any, ...]]:
            return await _driven(fetch, statement)

        try:
            yield read
        finally:
            connection.close()  # says good-bye, and waits for no answer

    async def close(self) -> None:
        """Closes every connection."""
        await self._engine.dispose()


async def _driven(work: Callable[..., T], *given: Any, **named: Any) -> T:
    """What the driver does in a thread, its failures being ours; who is cancelled waits for its end.

    A thread cannot be cancelled, and a connection that it opened for nobody would stay open.
    """
    doing = asyncio.ensure_future(asyncio.to_thread(work, *given, **named))
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        with contextlib.suppress(psycopg.Error):
            made = await doing
            if isinstance(made, psycopg.Connection):
                made.close()
        raise
    except psycopg.Error as error:
        raise Unrecordable(_AWAY if _is_away(error.sqlstate) else _REFUSED) from error


def _has_said_something(connection: psycopg.AsyncConnection[Any]) -> bool:
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN)
    return bool(poll.poll(0))


def _is_conflict(error: DBAPIError) -> bool:
    # A unique violation is an answer (somebody was first), which the caller of `work` translates.
    return getattr(error.orig, "sqlstate", "") == "23505"


def _is_connection(error: DBAPIError) -> bool:
    return _is_away(getattr(error.orig, "sqlstate", None))


def _is_away(state: str | None) -> bool:
    return state is None or state.startswith(("08", "57"))
