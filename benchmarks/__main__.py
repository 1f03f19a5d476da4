"""`make bench`: measures everything, prints one table, and writes figures.json and figures.svg to build/bench."""

import asyncio
import json
import logging
import os
import platform
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import pygal  # type: ignore[import-untyped]  # it has no types
from rich.console import Console
from rich.table import Table

from benchmarks.acks import acks
from benchmarks.caches import caches
from benchmarks.child import ROOT
from benchmarks.crowd import crowd
from benchmarks.diagnoses import diagnoses
from benchmarks.figure import Figure
from benchmarks.ground import Ground, ground
from benchmarks.starts import starts
from benchmarks.trails import trails
from benchmarks.votes import votes

_PARTS: dict[str, Callable[[Ground], Awaitable[list[Figure]]]] = {
    one.__name__: one for one in (starts, acks, diagnoses, crowd, votes, caches, trails)
}
_FOLDER = ROOT / "build" / "bench"


async def main(names: Sequence[str], out: Console) -> bool:
    """Measures these parts, each on ground of its own; True when every target is met."""
    found: list[Figure] = []
    for name in names or list(_PARTS):
        started = time.perf_counter()
        async with ground() as on:
            found += await _PARTS[name](on)
        out.print(f"{name}: {time.perf_counter() - started:.0f} s", style="dim")
    out.print(_table(found))
    await asyncio.to_thread(_write, found)
    out.print(f"Written to {_FOLDER.relative_to(ROOT)}: figures.json, figures.svg", style="dim")
    return all(figure.is_met is not False for figure in found)


def _table(figures: Sequence[Figure]) -> Table:
    table = Table("Figure", "Measured", "Against", "Ratio", "Target", "", show_edge=False, pad_edge=False)
    for one in figures:
        against = f"{one.against}: {_number(one.baseline)} {one.unit}" if one.baseline is not None else ""
        ratio = f"{one.ratio:.3g} ×" if one.ratio is not None else ""
        mark = {True: "[green]✔[/green]", False: "[red]✖[/red]", None: ""}[one.is_met]
        note = f"\n[dim]{one.note}[/dim]" if one.note else ""
        table.add_row(f"{one.what}{note}", f"{_number(one.value)} {one.unit}", against, ratio, one.target, mark)
    return table


def _write(figures: Sequence[Figure]) -> None:
    _FOLDER.mkdir(parents=True, exist_ok=True)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]}
    shown = [{**asdict(one), "ratio": one.ratio, "is_met": one.is_met} for one in figures]
    written = json.dumps({"machine": machine, "figures": shown}, indent=2)
    (_FOLDER / "figures.json").write_text(written, encoding="utf-8")
    _draw(figures, _FOLDER / "figures.svg")


def _draw(figures: Sequence[Figure], path: Path) -> None:
    """How much of each target is used: 100 % is just met, less is better."""
    chart = pygal.HorizontalBar(
        show_legend=False, print_values=True, title="How much of each target is used (%; up to 100 it is met)",
        value_formatter=lambda value: f"{value:.0f} %", height=60 + 40 * len(figures), width=1200, js=[],
        truncate_label=-1,
    )  # fmt: skip
    judged = [one for one in figures if one.limit and one.judged]
    chart.x_labels = [one.what for one in reversed(judged)]
    used = [100 * (one.limit / one.judged if one.at_least else one.judged / one.limit) for one in judged if one.limit]
    chart.add("", [{"value": value, "color": "#2eb67d" if value <= 100 else "#e01e5a"} for value in reversed(used)])
    chart.render_to_file(str(path))


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    sys.exit(not asyncio.run(main(sys.argv[1:], Console(highlight=False))))
