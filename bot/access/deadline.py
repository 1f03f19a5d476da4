"""Bounds the time that a system may cost, even when the library that talks to it does not let go."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
_GRACE = 0.1  # seconds that work gets to clean up after each cancellation


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """Awaits `work`; raises TimeoutError after `seconds`, and then leaves nothing of it running."""
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if not done:
            raise TimeoutError
        return task.result()
    finally:
        await _end(task)


async def _end(task: "asyncio.Task[Any]") -> None:
    # A database driver answers the first cancellation with a polite request to the server, which may be frozen;
    # the second makes it drop the connection.
    for _ in range(3):
        if task.done():
            break
        task.cancel()
        await asyncio.wait({task}, timeout=_GRACE)
    if task.done() and not task.cancelled():
        task.exception()  # taken notice of, so that the loop does not report it when the result is not wanted
