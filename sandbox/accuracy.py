"""Breaks both systems in every way they can be broken, and says whether the runbooks name what was done to them.

`make accuracy` prints the matrix; the tests walk the same one. `python -m sandbox.accuracy --embedded` walks ZenaManage
alone, on the PostgreSQL on which the demo has it.
"""

import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console
from rich.table import Table

from bot.access.access import Access
from bot.access.readers import Sleep
from bot.catalog import Catalog
from bot.diagnosis import Checks, Judgement, judge
from bot.embedded import postgres, valkey
from bot.model.diagnosis import Verdict
from bot.model.finding import Finding
from bot.model.inputs import Input, Inputs, InputType
from bot.model.system import System
from bot.registry import load
from sandbox.aiops import aiops
from sandbox.expectations import AIOPS
from sandbox.mariadb import mariadb
from sandbox.scenarios import Ground, Scenario
from sandbox.zenamanage.expectations import ZENAMANAGE
from sandbox.zenamanage.overlay import write_systems
from sandbox.zenamanage.standin import ZenaManage, zenamanage

_ROOT = Path(__file__).parents[1]


class Breaking(Protocol):
    """Breaks and heals a system by the names of its faults."""

    async def break_(self, name: str) -> None:
        """Break one thing."""

    async def heal(self, name: str) -> None:
        """Make it whole again."""


class Platform(Protocol):
    """A running system of the sandbox."""

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables that its system file names."""

    @property
    def faults(self) -> Breaking:
        """How it is broken and healed."""

    @property
    def world(self) -> Any:
        """What decoys are placed in."""


@dataclass(frozen=True)
class Row:
    """One line of the matrix; `problems` is empty when it is as it should be."""

    what: str
    runbook: str
    found: str
    in_tree: str = ""
    remedies: str = ""
    healed: str = ""
    problems: tuple[str, ...] = ()


@dataclass
class Bench:
    """A system to break, and the runbooks that are carried out on it."""

    platform: Platform
    ground: Ground
    catalog: Catalog
    access: Access
    checks: Checks = field(init=False)
    system: System = field(init=False)
    whole_again: set[str] = field(default_factory=set)  # faults that were healed, and not found afterwards

    def __post_init__(self) -> None:
        """Takes the clock of the machine."""
        self.system = self.catalog.system(self.ground.system)
        self.checks = Checks(self.catalog.registry, self.access, time.monotonic)

    @property
    def runbooks(self) -> tuple[str, ...]:
        """Those of the system's family."""
        return tuple(name for name, one in self.catalog.runbooks.items() if one.family == self.system.family)

    async def judged(self, runbook: str, texts: Mapping[str, str]) -> tuple[Judgement, tuple[Finding, ...]]:
        """A runbook carried out with those of the inputs that it takes."""
        return await self._carried_out(runbook, await self._inputs(runbook, texts))

    async def _carried_out(self, runbook: str, inputs: Inputs) -> tuple[Judgement, tuple[Finding, ...]]:
        plan = self.catalog.plan(self.catalog.runbook(runbook), self.system)
        probes = self.catalog.registry.probes
        checks = [one for one in plan.checks if all(need in inputs for need in probes[one.check.probe].needs)]
        findings = await self.checks.run(checks, self.system.name, inputs)
        return judge(plan, findings), findings

    async def scenario(self, one: Scenario) -> Row:
        """Breaks, looks with the runbook and with the whole tree, heals, and looks again."""
        faults, tree, problems = self.platform.faults, self.ground.tree, []
        inputs = one.inputs or self.ground.asked
        # Before anything is broken: of what is gone nothing can be found.
        resolved = {runbook: await self._inputs(runbook, inputs) for runbook in {one.runbook, tree} - {""}}
        if one.fault:
            await faults.break_(one.fault)
        try:
            own, findings = await self._carried_out(one.runbook, resolved[one.runbook])
            whole = (await self._carried_out(tree, resolved[tree]))[0] if tree else own
        finally:
            if one.fault:
                await faults.heal(one.fault)
        first = own.causes[0] if own.causes else None
        named, first_in_tree = first.id if first else own.verdict.value, _first(whole)
        offered = tuple(remedy.action for remedy in first.remedies) if first else ()
        if named != one.cause:
            problems.append(f"named {named} instead of {one.cause}: {_codes(findings)}")
        if tree and first_in_tree != one.in_tree:
            problems.append(f"the tree names {first_in_tree} instead of {one.in_tree}")
        if offered != one.remedies:
            problems.append(
                f"offers {', '.join(offered) or 'nothing'} instead of {', '.join(one.remedies) or 'nothing'}"
            )
        if own.unexplained or whole.unexplained:
            problems.append(f"unexplained: {', '.join((*own.unexplained, *whole.unexplained))}")
        after = await self._healed(one, {**inputs, **one.rightly}, problems)
        return Row(
            one.name, one.runbook, named, first_in_tree if tree else "", ", ".join(offered), after, tuple(problems)
        )

    async def _healed(self, one: Scenario, inputs: Mapping[str, str], problems: list[str]) -> str:
        """What is found after the fault was healed; once for each fault."""
        if one.fault in self.whole_again:
            return "as above"
        judged, findings = await self.judged(one.runbook, inputs)
        if judged.verdict is not Verdict.NO_FAULT:
            problems.append(f"healed, and still: {_first(judged)} {' '.join(judged.unexplained)} {_codes(findings)}")
        elif one.fault:
            self.whole_again.add(one.fault)
        return judged.verdict.value

    async def outage(self, name: str) -> Row:
        """Takes something away: neither health nor a fault of the data may be concluded."""
        found, problems = [], []
        asked = self.ground.asked
        inputs = {runbook: await self._inputs(runbook, asked) for runbook in self.ground.outages[name]}
        await self.platform.faults.break_(name)
        try:
            for runbook, resolved in inputs.items():
                judged, findings = await self._carried_out(runbook, resolved)
                found.append(judged.verdict.value)
                if judged.verdict is not Verdict.UNCLEAR or judged.causes:
                    problems.append(f"{runbook}: {judged.verdict.value} {_first(judged)} {_codes(findings)}")
        finally:
            await self.platform.faults.heal(name)
        return Row(name, ", ".join(inputs), ", ".join(dict.fromkeys(found)), problems=tuple(problems))

    async def healthy(self, tenant: str) -> Row:
        """Looks with every runbook at a tenant of whom nothing is wrong."""
        return await self._raises_nothing(
            f"healthy: {tenant}", "all", self.runbooks, self.ground.asked_in_health(tenant)
        )

    async def harmless(self) -> list[Row]:
        """Places what only looks like a fault, one after the other and then all at once."""
        rows, world = [], self.platform.world
        if tree := self.ground.tree:
            for decoy in self.ground.harmless:
                await decoy.break_(world)
                rows.append(await self._raises_nothing(decoy.title, tree, [tree], self.ground.asked))
                await decoy.heal(world)
        for decoy in self.ground.harmless:
            await decoy.break_(world)
        looked = [tree] if tree else self.runbooks
        rows.append(await self._raises_nothing("All of these at once", tree or "all", looked, self.ground.asked))
        for decoy in self.ground.harmless:
            await decoy.heal(world)
        return rows

    async def _raises_nothing(self, what: str, title: str, runbooks: Iterable[str], inputs: Mapping[str, str]) -> Row:
        problems = []
        for runbook in runbooks:
            judged, findings = await self.judged(runbook, inputs)
            if judged.verdict is not Verdict.NO_FAULT or judged.unexplained:
                problems.append(f"{runbook}: {judged.verdict.value} {_first(judged)} {_codes(findings)}")
        return Row(what, title, "no fault found" if not problems else "; ".join(problems), problems=tuple(problems))

    async def _inputs(self, runbook: str, texts: Mapping[str, str]) -> Inputs:
        taken = self.catalog.plan(self.catalog.runbook(runbook), self.system).runbook.inputs
        wanted = {name: text for name, text in texts.items() if name in taken}
        return await found_inputs(self.access, self.system, wanted)

    async def matrix(self) -> AsyncIterator[Row]:
        """Every line."""
        for tenant in self.ground.tenants:
            yield await self.healthy(tenant)
        for row in await self.harmless():
            yield row
        for one in self.ground.scenarios:
            yield await self.scenario(one)
        for name in self.ground.outages:
            yield await self.outage(name)


async def found_inputs(access: Access, system: System, texts: Mapping[str, str]) -> Inputs:
    """Inputs as they are looked up in a system: tenants and users by its own queries, the rest as it is."""
    given: dict[str, Input] = {}
    for name, text in texts.items():
        lookup = {"tenant": system.tenants, "user": system.users}.get(name)
        kind = InputType({"action": "permission"}.get(name, name if name in set(InputType) else "text"))
        if lookup is None:
            given[name] = Input(type=kind, shown=text, binds={name: text})
            continue
        rows = await access.look(system.name, Inputs()).rows(lookup.find, text=text)
        if rows.first is None:
            raise LookupError(f"{system.name} has no {name} {text}")
        columns = {f"{name}_{column}": value for column, value in rows.first.items()}
        shown = str(rows.first[lookup.shown])
        given[name] = Input(type=kind, shown=shown, binds={name: rows.column()[0], **columns})
    return Inputs(given=given)


@asynccontextmanager
async def bench(
    platform: Platform, ground: Ground, *, systems: Path | None = None, sleep: Sleep = asyncio.sleep
) -> AsyncIterator[Bench]:
    """The shipped runbooks on a running system; `systems` is another folder for the system files."""
    catalog = Catalog.read(_ROOT, load("probes", "actions"), system_files=systems)
    system = catalog.system(ground.system)
    access = Access({system.name: system}, platform.environment, lambda: datetime.now(UTC), sleep)
    try:
        yield Bench(platform, ground, catalog, access)
    finally:
        await access.close()


@asynccontextmanager
async def zena_bench(platform: ZenaManage, folder: Path) -> AsyncIterator[Bench]:
    """The runbooks on ZenaManage, whose users do at once what they would do while somebody waits."""
    systems = await asyncio.to_thread(write_systems, _ROOT / "systems", folder, platform.world.kind)
    async with bench(platform, ZENAMANAGE, systems=systems, sleep=platform.users.pass_time) as made:
        yield made


def draw(rows: Iterable[Row]) -> Table:
    """The matrix for a terminal."""
    table = Table(show_edge=False, pad_edge=False)
    for title in ("Broken", "Runbook", "Named first", "The whole tree names", "Offers", "Healed", ""):
        table.add_column(title, overflow="fold")
    for row in rows:
        verdict = "[green]✔[/green]" if not row.problems else f"[red]✖ {'; '.join(row.problems)}[/red]"
        in_tree = "the same" if row.in_tree == f"{row.runbook}.{row.found}" else row.in_tree
        table.add_row(row.what, row.runbook, row.found, in_tree, row.remedies, row.healed, verdict)
    return table


def _first(judged: Judgement) -> str:
    return f"{judged.causes[0].runbook}.{judged.causes[0].id}" if judged.causes else ""


def _codes(findings: Iterable[Finding]) -> str:
    return " ".join(f"{one.check}={one.code}" for one in findings if one.status.value != "ok")


_FAST = {"fsync": "off", "synchronous_commit": "off"}


async def _run_embedded(out: Console) -> int:
    """ZenaManage alone, on the database of the demo, without the faults that it cannot show."""
    with tempfile.TemporaryDirectory(prefix="accuracy-") as name:
        folder = Path(name)
        async with (
            postgres(folder / "postgres", settings=_FAST) as server,
            valkey() as cache,
            zenamanage(server, cache, traffic_seconds=None, work_seconds=0.1) as product,
            zena_bench(product, folder / "systems") as made,
        ):
            shown = [one for one in made.ground.scenarios if product.faults.can_show(one.fault)]
            made.ground = replace(made.ground, scenarios=shown)
            rows = [row async for row in made.matrix()]
    wrong = [row for row in rows if row.problems]
    out.print(draw(rows))
    out.print(f"\n{len(rows) - len(wrong)} of {len(rows)} as they should be")
    return 1 if wrong else 0


async def _run(out: Console) -> int:
    started = time.monotonic()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="accuracy-") as name:
        folder = Path(name)
        async with (
            postgres(folder / "postgres", settings=_FAST) as database,
            valkey() as cache,
            aiops(database, cache, traffic_seconds=None) as platform,
            bench(platform, AIOPS) as made,
        ):
            rows += [row async for row in made.matrix()]
        async with (
            mariadb(folder / "mariadb") as server,
            valkey() as cache,
            zenamanage(server, cache, traffic_seconds=None, work_seconds=0.1) as product,
            zena_bench(product, folder / "systems") as made,
        ):
            rows += [row async for row in made.matrix()]
    wrong = [row for row in rows if row.problems]
    out.print(draw(rows))
    took = time.monotonic() - started
    grounds = (AIOPS, ZENAMANAGE)
    out.print(
        f"\n{len(rows) - len(wrong)} of {len(rows)} as they should be: "
        f"{sum(len(one.scenarios) for one in grounds)} ways to break two systems, "
        f"{sum(len(one.outages) for one in grounds)} outages, "
        f"{sum(len(one.harmless) + 1 for one in grounds)} that only look like faults, "
        f"{sum(len(one.tenants) for one in grounds)} healthy tenants; {took:.0f} s",
        soft_wrap=True,
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    # What is taken away breaks off what waits for it, as it should; the driver would say so each time.
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    run = _run_embedded if "--embedded" in sys.argv[1:] else _run
    sys.exit(asyncio.run(run(Console(highlight=False))))
