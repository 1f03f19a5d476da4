"""Several things are opened and closed at once, and one that fails closes the others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sandbox.together import together


class Door:
    """Something that opens and closes only when all the others are about to do so, too."""

    def __init__(self, count: int) -> None:
        self.barrier = asyncio.Barrier(count)
        self.closed: list[str] = []

    @asynccontextmanager
    async def open(self, name: str) -> AsyncIterator[str]:
        """Opens."""
        await self.barrier.wait()
        yield name
        await self.barrier.wait()
        self.closed.append(name)


async def test_at_once() -> None:
    door = Door(3)
    async with asyncio.timeout(20):
        async with together(*(door.open(name) for name in "abc")) as opened:
            assert opened == ("a", "b", "c")
    assert sorted(door.closed) == ["a", "b", "c"]


async def test_one_that_fails() -> None:
    closed: list[str] = []

    @asynccontextmanager
    async def fine() -> AsyncIterator[None]:
        try:
            yield
        finally:
            closed.append("fine")

    @asynccontextmanager
    async def failing() -> AsyncIterator[None]:
        if not closed:
            raise OSError("no")
        yield

    both = together(fine(), failing())
    with pytest.raises(OSError, match="no"):
        await both.__aenter__()
    assert closed == ["fine"]
