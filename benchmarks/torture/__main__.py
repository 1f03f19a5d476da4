"""`make torture`: minutes of faults and hostile input, then one table of what was tried and what was lost."""

import logging
import os
import random
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

import structlog
import uvloop
from rich.console import Console
from rich.table import Table

from benchmarks.ground import Ground, ground
from benchmarks.torture.payloads import payloads
from benchmarks.torture.storm import storm
from benchmarks.torture.tried import Tried
from benchmarks.torture.words import words
from benchmarks.torture.writing import writing

_COUNT = int(os.environ.get("COUNT", "10000"))
_PARTS: dict[str, Callable[[Ground, int, int], Awaitable[Tried]]] = {
    one.__name__: one for one in (storm, words, payloads, writing)
}


async def main(names: Sequence[str], out: Console) -> bool:
    """Runs these parts, each on ground of its own; True when nothing was lost."""
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1_000_000))
    out.print(f"seed {seed} (SEED={seed} repeats the hostile input)", style="dim")
    found = []
    for name in names or list(_PARTS):
        started = time.perf_counter()
        async with ground() as on:
            found.append(await _PARTS[name](on, _COUNT, seed))
        out.print(f"{name}: {time.perf_counter() - started:.0f} s", style="dim")
    table = Table("Tried", "How often", "Lost", show_edge=False, pad_edge=False)
    for one in found:
        counts = ", ".join(f"{number:,} {what}" for what, number in one.counts.items())
        table.add_row(one.what, counts, "\n".join(one.losses) or "[green]nothing[/green]")
    out.print(table)
    return not any(one.losses for one in found)


if __name__ == "__main__":
    logging.basicConfig(level=logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    sys.exit(not uvloop.run(main(sys.argv[1:], Console(highlight=False))))
