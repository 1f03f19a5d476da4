"""A small pool: opens connections when they are needed, so that a refusal is known at once and with its reason."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Generic, TypeVar

C = TypeVar("C")


class Pool(Generic[C]):
    """Lends up to `size` connections; who comes later waits, within the time limit of the caller.

    `is_usable` looks at one that has lain idle, or that comes back; what is not usable is closed.
    """

    def __init__(
        self,
        size: int,
        connect: Callable[[], Awaitable[C]],
        is_usable: Callable[[C], Awaitable[bool]],
        close: Callable[[C], Awaitable[None]],
    ) -> None:
        self._places = asyncio.Semaphore(size)
        self._idle: list[C] = []
        self._is_closed = False
        self._connect, self._is_usable, self._close = connect, is_usable, close

    @contextlib.asynccontextmanager
    async def lend(self) -> AsyncIterator[C]:
        """Lends a connection for the block; after any error in it the connection is closed, not kept."""
        async with self._places:
            connection = await self._take()
            is_kept = False
            try:
                yield connection
                is_kept = True
            finally:
                if is_kept and not self._is_closed:
                    self._idle.append(connection)
                else:
                    await self._close(connection)

    async def _take(self) -> C:
        while self._idle:
            connection = self._idle.pop()
            is_usable = False
            try:
                is_usable = await self._is_usable(connection)
            finally:
                if not is_usable:
                    await self._close(connection)
            if is_usable:
                return connection
        return await self._connect()

    async def close(self) -> None:
        """Closes what lies idle; what is lent now is closed when it comes back."""
        self._is_closed = True
        while self._idle:
            await self._close(self._idle.pop())
