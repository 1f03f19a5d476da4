"""Each replica holds a session lock in PostgreSQL while it lives; who can take that lock knows that it is gone.

Beside it, on the same connection, it holds a lock for each drawing that it is sending.
"""

import asyncio
import contextlib
import hashlib
import time
from collections.abc import Callable
from typing import LiteralString

import psycopg

from bot.errors import Unrecordable

_TO_COME_BACK = 10.0  # seconds; they look every second, and try for at most five
_SPACE = 7_206_502  # the first half of the lock's key: everything of this kind
_DRAWINGS = 7_206_504
_AWAY = "The bot's own database does not answer; try again in a minute."


class Presence:
    """The lock of this replica. `lost` is set when its connection broke: then no work may be started."""

    def __init__(self, address: str, replica: str, timer: Callable[[], float] = time.monotonic) -> None:
        self._address, self.replica, self._timer = address, replica, timer
        self._connection: psycopg.AsyncConnection[tuple[object, ...]] | None = None
        self._sure_at = 0.0  # from when on a lock that is free means that its holder is gone
        self.lost = asyncio.Event()

    async def hold(self) -> None:
        """Takes the lock. Raises Unrecordable when the database is away or another process has this name."""
        try:
            self._connection = await psycopg.AsyncConnection.connect(
                self._address, autocommit=True, application_name=f"backstop {self.replica}", connect_timeout=5,
                keepalives=1, keepalives_idle=2, keepalives_interval=1, keepalives_count=3,
            )  # fmt: skip
            found = await self._connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (_SPACE, _key(self.replica)))
            row = await found.fetchone()
        except psycopg.Error as error:
            raise Unrecordable("The bot's own database does not answer; start it, or correct its address.") from error
        if row is None or not row[0]:
            raise Unrecordable(f"Another process is the replica {self.replica} already; give this one another name.")
        if self.lost.is_set():
            # A database that was away let go of all locks; the others are given the time to take theirs again.
            self._sure_at = self._timer() + _TO_COME_BACK
        self.lost.clear()

    async def watch(self, every: float = 1.0) -> None:
        """Notices a broken connection, and takes the lock again when the database is back. Runs until cancelled."""
        while True:
            try:
                if self._connection is None or self._connection.closed:
                    await self.hold()
                else:
                    async with asyncio.timeout(5):
                        await self._connection.execute("SELECT 1")
            except (psycopg.Error, Unrecordable, TimeoutError):
                self.lost.set()
                await self.release()
            await asyncio.sleep(every)

    async def is_gone(self, replica: str) -> bool:
        """Whether another replica's lock can be taken, so that it no longer lives."""
        if replica == self.replica or self._connection is None or self._timer() < self._sure_at:
            return False
        try:
            # The connection commits by itself, so that the lock is given back as soon as it was taken.
            found = await self._connection.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", (_SPACE, _key(replica)))
            row = await found.fetchone()
            return bool(row and row[0])
        except psycopg.Error as error:
            raise Unrecordable(_AWAY) from error

    async def take(self, number: int) -> bool:
        """Takes a drawing for this process; False while another one has it. It is given back when this process dies.

        Raises Unrecordable when the database is away.
        """
        return await self._ask("SELECT pg_try_advisory_lock(%s, %s)", number)

    async def give_back(self, number: int) -> None:
        """Lets another process have a drawing; where the connection broke, that is so already."""
        with contextlib.suppress(Unrecordable):
            await self._ask("SELECT pg_advisory_unlock(%s, %s)", number)

    async def _ask(self, question: LiteralString, number: int) -> bool:
        if self._connection is None:
            raise Unrecordable(_AWAY)
        try:
            found = await self._connection.execute(question, (_DRAWINGS, number % 2**31))
            row = await found.fetchone()
        except psycopg.Error as error:
            raise Unrecordable(_AWAY) from error
        return bool(row and row[0])

    async def release(self) -> None:
        """Gives the lock back by closing its connection."""
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                await self._connection.close()
            self._connection = None


def _key(replica: str) -> int:
    return int.from_bytes(hashlib.sha256(replica.encode()).digest()[:4], "big", signed=True)
