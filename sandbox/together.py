"""Opens several things at once, and closes them at once: each in a task of its own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any


@contextlib.asynccontextmanager
async def together(*managers: AbstractAsyncContextManager[Any]) -> AsyncIterator[tuple[Any, ...]]:
    """What each of them gives, in order. Raises what the first one that failed raised; the others are closed then."""
    closing = asyncio.Event()
    opened: list[asyncio.Future[Any]] = [asyncio.get_running_loop().create_future() for _ in managers]

    async def hold(manager: AbstractAsyncContextManager[Any], told: asyncio.Future[Any]) -> None:
        try:
            async with manager as thing:
                told.set_result(thing)
                await closing.wait()
        except BaseException as error:
            if told.done():
                raise
            told.set_exception(error)

    tasks = [asyncio.create_task(hold(manager, told)) for manager, told in zip(managers, opened, strict=True)]
    try:
        await asyncio.wait(opened)
        failed = [error for error in (told.exception() for told in opened) if error is not None]
        if failed:
            raise failed[0]
        yield tuple(told.result() for told in opened)
    finally:
        closing.set()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        for error in ended:
            if isinstance(error, BaseException):
                raise error
