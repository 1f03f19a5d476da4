"""Runs one approved request: looks whether it is still what was approved, runs the action, records the outcome."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.access.access import Access
from bot.approvals import Asking
from bot.catalog import Catalog
from bot.diagnosis import Checks, judge
from bot.errors import ActionFailed, BackstopError, NotThere, Stale, SystemRefused, Unrecordable
from bot.execution.claims import Claims
from bot.model.finding import ALWAYS
from bot.model.inputs import Inputs
from bot.model.request import Item, Outcome, Permit, Preview, State
from bot.model.values import Clock, write_duration
from bot.registry import Params
from bot.store import Store, diagnoses

log = structlog.get_logger()

Sleep = Callable[[float], Awaitable[None]]

_PAUSES = (0.2, 0.5, 1.0, 2.0, *(4.0,) * 15)  # seconds between attempts to record how a run ended
_BROKEN = "the action broke off; whether it had an effect is not known"


@dataclass(frozen=True)
class Ending:
    """How a run ends, before it is recorded."""

    state: State
    says: str
    outcome: Outcome | None = None


class Executing:
    """The only way from an approval to a change."""

    def __init__(
        self, claims: Claims, asking: Asking, checks: Checks, catalog: Catalog, access: Access, store: Store,
        clock: Clock, sleep: Sleep = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._claims, self._asking, self._checks = claims, asking, checks
        self._catalog, self._access, self._store = catalog, access, store
        self._clock, self._sleep = clock, sleep

    async def execute(self, id: str) -> None:
        """Runs the request of this id, if it is approved and nobody else runs it."""
        permit = await self._claims.claim(id)
        if permit is not None:
            await self.run(permit)

    async def run(self, permit: Permit) -> None:
        """Runs what the permit allows, and records how that ended."""
        with structlog.contextvars.bound_contextvars(request=permit.request.id, fence=permit.fence):
            await self._run(permit)

    async def _run(self, permit: Permit) -> None:
        request = permit.request
        ending = await self._look_again(permit)
        if isinstance(ending, Preview):
            # A subset of what was approved: that is done, and no more.
            permit = permit.model_copy(update={"request": request.model_copy(update={"preview": ending})})
            try:
                if not await self._claims.holds(permit):
                    log.warning("execution.displaced")
                    return
            except Unrecordable:
                ending = Ending(State.FAILED, "nothing was changed: the bot's own database did not answer")
            else:
                ending = await self._apply(permit)
        await self._record(permit, ending)

    async def _record(self, permit: Permit, ending: Ending) -> None:
        """Records how a run ended, also when the bot's own database is away for a while: the change has been made."""
        for pause in (*_PAUSES, None):
            try:
                await self._claims.end(permit, ending.state, ending.says, ending.outcome)
            except Stale:
                # Displaced by another replica that took this process for dead: what is true is its record.
                log.warning("execution.displaced")
            except Unrecordable:
                if pause is None:
                    raise
                await self._sleep(pause)
                continue
            else:
                log.info("execution.ended", action=permit.request.action, state=ending.state.value)
            return

    async def _look_again(self, permit: Permit) -> Ending | Preview:
        """What is still to be done of what was approved, or how the run ends without doing anything."""
        request = permit.request
        try:
            wanted = self._asking.want(request.action, request.params, request.system, request.inputs)
            is_fix = bool(request.diagnosis) and wanted.action.is_fix and not request.undo_of
            looked = self._clock()
            if is_fix and await self._is_healed(permit):
                says = "nothing to do: the fault that this was for is gone"
                return Ending(State.DONE, says, Outcome(says=says, needless=True, gone_at=looked))
            preview = await self._asking.preview(wanted)
        except BackstopError as error:
            return Ending(State.FAILED, f"nothing was changed: {error.sentence}")
        except Exception:
            log.exception("execution.preview_broken")
            return Ending(State.FAILED, "nothing was changed: the effect could not be computed; tell an operator")
        if added := [item for item in preview.items if item not in request.preview.items]:
            what = _difference(request.preview.items, added)
            return Ending(State.OUTDATED, f"the effect changed: {what}; nothing was done, ask again")
        if not preview.items:
            says = f"nothing to do: {preview.says}"
            return Ending(State.DONE, says, Outcome(says=says, needless=True))
        return preview

    async def _apply(self, permit: Permit) -> Ending:
        request = permit.request
        limit = timedelta()
        try:
            wanted = self._asking.want(request.action, request.params, request.system, request.inputs)
            params: Params = wanted.params
            limit = wanted.action.limit
            change = self._access.change(permit, request.inputs)
            async with asyncio.timeout(limit.total_seconds()):
                found = await params.apply(change)  # type: ignore[attr-defined]  # every action has it, see registry
            outcome = Outcome.model_validate(found)
        except TimeoutError:
            says = f"no end within {write_duration(limit)}; whether it had an effect is not known"
            return Ending(State.UNKNOWN, says)
        except (ActionFailed, SystemRefused, NotThere) as error:
            return Ending(State.FAILED, error.sentence)
        except BackstopError as error:
            return Ending(State.UNKNOWN, f"{error.sentence} Whether it had an effect is not known.")
        except Exception:
            log.exception("execution.broken")
            return Ending(State.UNKNOWN, _BROKEN)
        return Ending(State.DONE, outcome.says, outcome)

    async def _is_healed(self, permit: Permit) -> bool:
        """Whether none of the causes that proposed this action is to be seen any more. Not knowing is not healed."""
        request = permit.request
        async with self._store.work() as work:
            diagnosis = await diagnoses.get(work, request.diagnosis)
        if diagnosis is None:
            return False
        proposing = {
            (cause.runbook, cause.id)
            for cause in diagnosis.causes
            if any(remedy.action == request.action for remedy in cause.remedies)
        }
        plan = self._catalog.plan(self._catalog.runbook(diagnosis.runbook), self._catalog.system(diagnosis.system))
        causes = [planned for planned in plan.causes if (planned.runbook.name, planned.cause.id) in proposing]
        named = {check for planned in causes for check in planned.when}
        checks = [planned for planned in plan.checks if planned.id in named]
        if not checks:
            return False
        inputs = Inputs(given={**diagnosis.inputs.given, **request.inputs.given})
        findings = await self._checks.run(checks, request.system, inputs)
        if any(finding.code in ALWAYS for finding in findings):
            return False
        return not any((cause.runbook, cause.id) in proposing for cause in judge(plan, findings).causes)


def _difference(approved: tuple[Item, ...], added: list[Item]) -> str:
    names = {item.name: item for item in approved}
    first = added[0]
    if first.name in names:
        before = names[first.name]
        return f"{first.name}: {first.before} → {first.after} now, {before.before} → {before.after} when approved"
    more = f" and {len(added) - 1} more" if len(added) > 1 else ""
    return f"{first.name}{more} would be changed as well"
