"""Breaks the platform in every way it can be broken, and says whether the runbooks name what was done to it.

`make accuracy` prints the matrix; the tests walk the same one.
"""

import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.access.access import Access
from bot.catalog import Catalog
from bot.diagnosis import Checks, Judgement, judge
from bot.embedded import postgres, valkey
from bot.model.diagnosis import Verdict
from bot.model.finding import Finding
from bot.model.inputs import Input, Inputs, InputType
from bot.model.system import System
from bot.registry import load
from sandbox.aiops import AiOps, aiops
from sandbox.aiops.harmless import HARMLESS
from sandbox.expectations import OUTAGES, SCENARIOS, TENANTS, Scenario

_ROOT = Path(__file__).parents[1]
_TREE = "data-sync"
_EVERYTHING = {"user": "vera@example.com", "action": "edit agents"}


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
    """The platform, and the runbooks that are carried out on it."""

    platform: AiOps
    catalog: Catalog
    access: Access
    system: System
    checks: Checks = field(init=False)

    def __post_init__(self) -> None:
        """Takes the clock of the machine."""
        self.checks = Checks(self.catalog.registry, self.access, time.monotonic)

    async def judged(self, runbook: str, texts: Mapping[str, str]) -> tuple[Judgement, tuple[Finding, ...]]:
        """A runbook carried out with those of the inputs that it takes."""
        plan = self.catalog.plan(self.catalog.runbook(runbook), self.system)
        wanted = {name: text for name, text in texts.items() if name in plan.runbook.inputs}
        inputs = await found_inputs(self.access, self.system, wanted)
        probes = self.catalog.registry.probes
        checks = [one for one in plan.checks if all(need in inputs for need in probes[one.check.probe].needs)]
        findings = await self.checks.run(checks, self.system.name, inputs)
        return judge(plan, findings), findings

    async def scenario(self, one: Scenario) -> Row:
        """Breaks, looks with the runbook and with the whole tree, heals, and looks again."""
        faults, problems = self.platform.faults, []
        inputs = dict(one.inputs)
        if one.fault:
            await faults.break_(one.fault)
        try:
            own, _ = await self.judged(one.runbook, inputs)
            tree, _ = await self.judged(_TREE, inputs)
        finally:
            if one.fault:
                await faults.heal(one.fault)
        first = own.causes[0] if own.causes else None
        named, first_in_tree = first.id if first else own.verdict.value, _first(tree)
        offered = tuple(remedy.action for remedy in first.remedies) if first else ()
        healed, _ = await self.judged(one.runbook, inputs if one.fault else {**inputs, "status": "success"})
        if named != one.cause:
            problems.append(f"named {named} instead of {one.cause}")
        if first_in_tree != one.in_tree:
            problems.append(f"the tree names {first_in_tree} instead of {one.in_tree}")
        if offered != one.remedies:
            problems.append(
                f"offers {', '.join(offered) or 'nothing'} instead of {', '.join(one.remedies) or 'nothing'}"
            )
        if own.unexplained or tree.unexplained:
            problems.append(f"unexplained: {', '.join((*own.unexplained, *tree.unexplained))}")
        if healed.verdict is not Verdict.NO_FAULT:
            problems.append(f"healed, and still: {_first(healed)} {' '.join(healed.unexplained)}")
        return Row(
            one.name, one.runbook, named, first_in_tree, ", ".join(offered), healed.verdict.value, tuple(problems)
        )

    async def outage(self, name: str) -> Row:
        """Takes something away: neither health nor a fault of the data may be concluded."""
        inputs = {"tenant": TENANTS[0], **_EVERYTHING}
        resolved = await found_inputs(self.access, self.system, inputs)
        await self.platform.faults.break_(name)
        try:
            plan = self.catalog.plan(self.catalog.runbook(_TREE), self.system)
            findings = await self.checks.run(plan.checks, self.system.name, resolved)
        finally:
            await self.platform.faults.heal(name)
        judged = judge(plan, findings)
        is_right = judged.verdict is Verdict.UNCLEAR and not judged.causes
        problems = () if is_right else (f"{judged.verdict.value} {_first(judged)}",)
        return Row(name, _TREE, judged.verdict.value, _first(judged), problems=problems)

    async def healthy(self, tenant: str) -> Row:
        """Looks with every runbook at a tenant of whom nothing is wrong."""
        problems = []
        for runbook in (name for name, book in self.catalog.runbooks.items() if book.family == self.system.family):
            inputs = {"tenant": tenant, "user": "ada@example.com", "action": "edit agents"}
            judged, findings = await self.judged(runbook, inputs)
            if judged.verdict is not Verdict.NO_FAULT or judged.unexplained:
                codes = {one.check: one.code for one in findings if one.status.value in {"fail", "unknown"}}
                problems.append(f"{runbook}: {judged.verdict.value} {_first(judged)} {codes}")
        found = "no fault found" if not problems else "; ".join(problems)
        return Row(f"healthy: {tenant}", "all", found, problems=tuple(problems))

    async def harmless(self) -> list[Row]:
        """Places what only looks like a fault, one after the other and then all at once."""
        rows = []
        for decoy in HARMLESS:
            await decoy.break_(self.platform.world)
            rows.append(await self._raises_nothing(decoy.title))
            await decoy.heal(self.platform.world)
        for decoy in HARMLESS:
            await decoy.break_(self.platform.world)
        rows.append(await self._raises_nothing("All of these at once"))
        for decoy in HARMLESS:
            await decoy.heal(self.platform.world)
        return rows

    async def _raises_nothing(self, what: str) -> Row:
        judged, _ = await self.judged(_TREE, {"tenant": TENANTS[0], **_EVERYTHING})
        is_right = judged.verdict is Verdict.NO_FAULT and not judged.unexplained
        problems = () if is_right else (f"{judged.verdict.value} {_first(judged)} {' '.join(judged.unexplained)}",)
        return Row(what, _TREE, judged.verdict.value, problems=problems)

    async def matrix(self) -> AsyncIterator[Row]:
        """Every line."""
        for tenant in TENANTS:
            yield await self.healthy(tenant)
        for row in await self.harmless():
            yield row
        for one in SCENARIOS:
            yield await self.scenario(one)
        for name in OUTAGES:
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
async def bench(platform: AiOps) -> AsyncIterator[Bench]:
    """The shipped runbooks on a running platform."""
    catalog = Catalog.read(_ROOT, load("probes", "actions"))
    system = catalog.system("aiops")
    access = Access({system.name: system}, platform.environment, lambda: datetime.now(UTC))
    try:
        yield Bench(platform, catalog, access, system)
    finally:
        await access.close()


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


async def _run(out: Console) -> int:
    started = time.monotonic()
    fast = {"fsync": "off", "synchronous_commit": "off"}
    with tempfile.TemporaryDirectory(prefix="accuracy-") as folder:
        async with (
            postgres(Path(folder) / "postgres", settings=fast) as database,
            valkey() as cache,
            aiops(database, cache, traffic_seconds=None) as platform,
            bench(platform) as made,
        ):
            rows = [row async for row in made.matrix()]
    wrong = [row for row in rows if row.problems]
    out.print(draw(rows))
    took = time.monotonic() - started
    out.print(
        f"\n{len(rows) - len(wrong)} of {len(rows)} as they should be: {len(SCENARIOS)} ways to break it, "
        f"{len(OUTAGES)} outages, {len(HARMLESS) + 1} that only look like faults, {len(TENANTS)} healthy tenants; "
        f"{took:.0f} s",
        soft_wrap=True,
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    # What is taken away breaks off what waits for it, as it should; the driver would say so each time.
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    sys.exit(asyncio.run(_run(Console(highlight=False))))
