"""How soon the bot is ready, and how much memory it holds while nothing happens; beside a bare Bolt app."""

import asyncio
import time

from benchmarks.child import free_port, resident
from benchmarks.figure import Figure, median
from benchmarks.ground import Ground, bare, bot

_TIMES = 5
_IDLE_SECONDS = 3.0


async def starts(on: Ground) -> list[Figure]:
    """Both figures; the servers run already."""
    ours: list[float] = []
    theirs: list[float] = []
    memory: list[float] = []
    bare_memory: list[float] = []
    for _ in range(_TIMES):
        for start, took, held in ((bare, theirs, bare_memory), (bot, ours, memory)):
            started = time.perf_counter()
            async with start(on, free_port()) as process:
                took.append(time.perf_counter() - started)
                await asyncio.sleep(_IDLE_SECONDS)
                held.append(resident(process.pid))
    return [
        Figure("start to ready", median(ours), "s", 2, note=f"a bare Bolt app: {median(theirs):.2f} s"),
        Figure("memory while idle", median(memory), "MB", 150, note=f"a bare Bolt app: {median(bare_memory):.0f} MB"),
    ]
