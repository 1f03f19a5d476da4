"""Runs checks side by side: each within its own time limit, and none of them able to break the others."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import structlog

from bot import metrics
from bot.access.access import Access
from bot.access.readers import Look
from bot.catalog import PlannedCheck
from bot.errors import BackstopError, NotThere, SystemRefused, SystemUnreachable, TookTooLong
from bot.model.finding import ALWAYS, Finding, Seen
from bot.model.inputs import Inputs, fill
from bot.registry import Probe, Registry

log = structlog.get_logger()

Ended = Callable[[Finding], None]
_LIMIT = 5.0  # seconds for one check that does not say otherwise
_WHOLE = 20.0  # seconds for all checks of a diagnosis
_AT_ONCE = 24  # checks of one system; a slow system keeps only its own checks waiting
_CODES = (
    (TookTooLong, "too_slow"),
    (SystemUnreachable, "unreachable"),
    (SystemRefused, "refused"),
    (NotThere, "not_there"),
)


class Checks:
    """Carries out checks of any system."""

    def __init__(self, registry: Registry, access: Access, timer: Callable[[], float]) -> None:
        self._registry, self._access, self._timer = registry, access, timer
        self._places: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(_AT_ONCE))

    def label(self, planned: PlannedCheck) -> str:
        """How a check is called in the table."""
        return planned.check.label or self._registry.probes[planned.check.probe].label

    async def run(
        self, checks: Sequence[PlannedCheck], system: str, inputs: Inputs, ended: Ended = lambda _: None
    ) -> tuple[Finding, ...]:
        """Runs all checks at once; `ended` is told each finding as it comes. Findings come back in the given order.

        Raises UnknownName for a system that is not catalogued.
        """
        look = self._access.look(system, inputs)
        tasks = [asyncio.create_task(self._one(planned, system, look, ended)) for planned in checks]
        try:
            return tuple(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()

    async def _one(self, planned: PlannedCheck, system: str, look: Look, ended: Ended) -> Finding:
        limit = planned.check.timeout.total_seconds() if planned.check.timeout else _LIMIT
        probe = self._registry.probes[planned.check.probe]
        started = self._timer()
        try:
            async with asyncio.timeout(_WHOLE), self._places[system]:
                started = self._timer()
                async with asyncio.timeout(limit):
                    seen = await self._look(probe, planned, system, look)
        except TimeoutError:
            seen = Seen(code="too_slow", seen=f"no answer within {limit:g} s")
        finding = Finding(
            check=planned.id, probe=probe.name, label=self.label(planned), status=probe.status(seen.code),
            took=timedelta(seconds=self._timer() - started), **dict(seen),
        )  # fmt: skip
        metrics.probe_seconds.labels(probe.name).observe(finding.took.total_seconds())
        if finding.code in ALWAYS:
            metrics.probe_failures.labels(probe.name, system, finding.code).inc()
        ended(finding)
        return finding

    async def _look(self, probe: Probe, planned: PlannedCheck, system: str, look: Look) -> Seen:
        try:
            params = probe.params.model_validate(_filled(planned.check.params, look.inputs))
            seen = await probe.look(look, params)
            if not isinstance(seen, Seen):
                raise TypeError(f"{probe.name} returned {type(seen).__name__}")
            probe.status(seen.code)
        except BackstopError as error:
            code = next((code for kind, code in _CODES if isinstance(error, kind)), "broken")
            # The first sentence says what is the matter; what to do next stands below the table, once.
            return Seen(code=code, seen=error.sentence.partition(". ")[0].removesuffix("."))
        except Exception:  # a fault in one probe must not hide what the others see
            log.exception("check.broken", check=planned.id, probe=probe.name, system=system)
            return Seen(code="broken", seen="this check is broken; tell an operator")
        return seen


def _filled(params: Mapping[str, Any], inputs: Inputs) -> dict[str, Any]:
    """The params with every `{input}` place filled."""

    def filled(value: Any) -> Any:
        if isinstance(value, str):
            return fill(value, inputs.binds)
        if isinstance(value, Mapping):
            return {name: filled(one) for name, one in value.items()}
        if isinstance(value, (list, tuple)):
            return tuple(filled(one) for one in value)
        return value

    return {name: filled(value) for name, value in params.items()}
