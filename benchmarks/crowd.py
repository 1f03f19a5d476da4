"""Two hundred diagnoses at once of a system that answers late, and what that does to memory and to another system."""

import asyncio
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.acks import send
from benchmarks.child import ROOT, free_port, resident
from benchmarks.figure import Figure, median
from benchmarks.ground import Ground, bot
from benchmarks.slow import slow

_MANY, _DELAY = 200, 0.1
_FEW = 10
_SLOW, _QUIET = "aiops", "aiops-quiet"  # the same platform twice, the second time with connections of its own
_PATIENCE = 120.0
_FINISHED = "SELECT count(*) FROM diagnoses WHERE system = %s AND verdict <> 'running'"
_ANSWERED = "SELECT count(*) FROM diagnoses WHERE system = %s AND verdict IN ('no fault found', 'fault found')"
_ENDED = "SELECT extract(epoch FROM max(at)) FROM audit_events WHERE system = %s AND verb = 'diagnosis.finished'"


async def crowd(on: Ground) -> list[Figure]:
    """The three figures."""
    folder = await asyncio.to_thread(_two_systems, on.folder / "two")
    environment = on.system.environment
    quiet = {f"QUIET_{name}": value for name, value in environment.items()}
    port = free_port()
    async with (
        slow(environment["AIOPS_API_URL"], _DELAY) as address,
        bot(on, port, {"BACKSTOP_FOLDER": str(folder), **quiet, "AIOPS_API_URL": address}) as process,
    ):
        for system in (_SLOW, _QUIET):
            await _diagnose(on, port, system, 1)
        alone = [await _diagnose(on, port, _QUIET, 1) for _ in range(_FEW)]
        before, begun = resident(process.pid), time.time()
        answered = await _number(on, _ANSWERED, _SLOW)
        crowded = asyncio.create_task(_diagnose(on, port, _SLOW, _MANY))
        beside = []
        while not crowded.done():
            beside.append(await _diagnose(on, port, _QUIET, 1, person="sam"))
        await crowded
        whole, grown = time.time() - begun, resident(process.pid) - before
        answered = await _number(on, _ANSWERED, _SLOW) - answered
    return [
        Figure(
            f"{_MANY} diagnoses at once of a system that answers in {_DELAY * 1000:g} ms: answered", answered,
            "diagnoses", _MANY, at_least=True, note=f"in {whole:.1f} s",
        ),
        Figure("memory that these took", grown, "MB", 150),
        Figure(
            "a diagnosis of another system meanwhile, from the command", median(beside) * 1000, "ms",
            against="the same alone", baseline=median(alone) * 1000,
            note=f"said by somebody else, the slowest of {len(beside)}: {max(beside) * 1000:.0f} ms",
        ),
    ]  # fmt: skip


async def _diagnose(on: Ground, port: int, system: str, count: int, *, person: str = "olga") -> float:
    """Has commands said at once; returns the seconds until the last has ended in a verdict. Raises TimeoutError."""
    wanted = await _number(on, _FINISHED, system) + count
    load = await send(on, port, count, 0, f"stale-data tenant=tenant-abc system={system}", person=person)
    async with asyncio.timeout(_PATIENCE):
        while await _number(on, _FINISHED, system) < wanted:  # noqa: ASYNC110  # another process ends them
            await asyncio.sleep(0.05)
    return float((await _rows(on, _ENDED, system))[0][0]) - load.at


async def _number(on: Ground, query: str, *values: object) -> int:
    return int((await _rows(on, query, *values))[0][0])


async def _rows(on: Ground, query: str, *values: object) -> Sequence[tuple[Any, ...]]:
    async with await psycopg.AsyncConnection.connect(on.superuser) as connection:
        found = await connection.execute(query.encode(), values)
        return await found.fetchall()


def _two_systems(folder: Path) -> Path:
    """The project's YAML with the platform in it twice."""
    for name in ("systems", "runbooks", "policies"):
        shutil.copytree(ROOT / name, folder / name)
    text = (folder / "systems" / f"{_SLOW}.yml").read_text(encoding="utf-8")
    text = text.replace(f"name: {_SLOW}\n", f"name: {_QUIET}\n", 1).replace("{env: AIOPS_", "{env: QUIET_AIOPS_")
    (folder / "systems" / f"{_QUIET}.yml").write_text(text, encoding="utf-8")
    return folder
