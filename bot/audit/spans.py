"""A long trail is followed in spans, by several processes at once; each begins at the stored hash of the span before.

They only say whether a span is whole and ends at the hash where the next began. Where it is not, the walk goes on
before it in the ordinary way, and finds out why.
"""

import asyncio
import gc
import multiprocessing
import os
import signal
import threading
from bisect import bisect_right
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from itertools import pairwise

import structlog

from bot.audit.walk import Walk
from bot.store import Store, trail

log = structlog.get_logger()

SPAN = 50_000  # events; a worker is busy with them for a second
_MOST = 4  # workers, each with a connection


def processes() -> ProcessPoolExecutor:
    """A worker for each processor, up to four."""
    count = min(os.cpu_count() or 1, _MOST)
    return ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), initializer=_settle)


async def advance(store: Store, walk: Walk, end: int, span: int, workers: Callable[[], Executor]) -> None:
    """Takes a walk on over the spans (of so many events) that are whole up to `end`, if there are more than two."""
    bounds = [*range(walk.count, end, span), end]
    if len(bounds) <= 3:
        return
    async with store.work() as work:
        hashes = [walk.previous, *[await trail.hash_of(work, number) or b"" for number in bounds[1:]]]
    places = list(zip(bounds, hashes, strict=True))
    signed = sorted(walk.signed)
    pool = workers()
    running = []
    try:
        for (start, previous), (last, _) in pairwise(places):
            among = signed[bisect_right(signed, start) : bisect_right(signed, last)]
            part = Walk(previous, start, {number: walk.signed[number] for number in among})
            running.append(asyncio.get_running_loop().run_in_executor(pool, _follow, store.address, part, last))
        for reached, place in zip(running, places[1:], strict=True):
            if await reached != place:
                return
            walk.count, walk.previous = place
    except BrokenExecutor as error:
        log.warning("audit.worker_died", exc_info=error)
    finally:
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)
        await asyncio.gather(*running, return_exceptions=True)


def _follow(address: str, walk: Walk, last: int) -> tuple[int, bytes] | None:
    """In a worker: where a walk to this event ends; None where something is wrong on the way."""

    async def follow() -> bool:
        store = Store(address)
        try:
            return await walk.to(store, last) is None
        finally:
            await store.close()

    return (walk.count, walk.previous) if asyncio.run(follow()) else None


def _settle() -> None:
    """In a worker, before its first span."""
    gc.disable()  # rows hold no cycles, and looking for some takes a quarter of the time
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # its parent stops it
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)
