"""After an action: looks again until the checks that mean *helped* hold, or until their time is over."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.catalog import Catalog, Plan
from bot.diagnosis import Checks
from bot.execution.claims import Claims
from bot.model.diagnosis import Diagnosis
from bot.model.finding import Finding, Status
from bot.model.inputs import Inputs
from bot.model.request import Helped, Request, State, Verification
from bot.model.runbook import Verify
from bot.model.talk import Subject, SubjectKind
from bot.model.values import Clock
from bot.store import Store, diagnoses, requests

Sleep = Callable[[float], Awaitable[None]]

_PAUSES = (0.0, 0.5, 1.0, 2.0)  # seconds between looks; the last one repeats


class Verifying:
    """Says whether an action helped, with before and after."""

    def __init__(
        self, claims: Claims, checks: Checks, catalog: Catalog, store: Store, clock: Clock, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._claims, self._checks, self._catalog = claims, checks, catalog
        self._store, self._clock, self._sleep = store, clock, sleep

    async def verify(self, id: str) -> None:
        """Verifies the request of this id, once, if it is done and came from a diagnosis."""
        async with self._store.work() as work:
            request = await requests.get(work, id)
            if request is None or request.state is not State.DONE or request.verification:
                return
            if not request.diagnosis or request.undo_of:
                return
            diagnosis = await diagnoses.get(work, request.diagnosis)
        if diagnosis is None:
            return
        plan = self._catalog.plan(self._catalog.runbook(diagnosis.runbook), self._catalog.system(diagnosis.system))
        wanted = _wanted(plan, diagnosis, request)
        if wanted is None:
            return
        verification = await self._look(plan, wanted, diagnosis, request)
        async with self._store.work() as work:
            found = await requests.get(work, id, lock=True)
            if found is None or found.verification is not None:
                return
            done = await requests.move(work, found, State.DONE, self._clock(), verification=verification)
            after = {finding.check: finding.code for finding in verification.after}
            outcome = {Helped.YES: "ok", Helped.NO: "failed"}.get(verification.helped, "unknown")
            work.record(self._claims.event("request.verified", done, verification.helped.value, outcome, after=after))
            await work.redraw(Subject(kind=SubjectKind.REQUEST, id=id))

    async def _look(self, plan: Plan, wanted: Verify, diagnosis: Diagnosis, request: Request) -> Verification:
        checks = [planned for planned in plan.checks if planned.id in wanted.checks]
        inputs = Inputs(given={**diagnosis.inputs.given, **request.inputs.given})
        until = self._clock() + wanted.within
        after: tuple[Finding, ...] = ()
        turn = 0
        while True:
            pause = _PAUSES[min(turn, len(_PAUSES) - 1)]
            if turn and self._clock().timestamp() + pause > until.timestamp():
                break
            await self._sleep(pause)
            after = await self._checks.run(checks, request.system, inputs)
            if all(finding.code in wanted.checks[finding.check] for finding in after):
                break
            turn += 1
        before = tuple(finding for one in after if (finding := diagnosis.finding(one.check)) is not None)
        return Verification(helped=_helped(wanted, after), before=before, after=after, at=self._clock())


def _wanted(plan: Plan, diagnosis: Diagnosis, request: Request) -> Verify | None:
    """The verification of the runbook whose cause proposed the action."""
    proposing = [
        cause.runbook for cause in diagnosis.causes if any(one.action == request.action for one in cause.remedies)
    ]
    parts = {part.name: part for part in plan.parts}
    for name in (*proposing, plan.runbook.name):
        if name in parts and parts[name].verify is not None:
            return parts[name].verify
    return None


def _helped(wanted: Verify, after: tuple[Finding, ...]) -> Helped:
    wrong = [finding for finding in after if finding.code not in wanted.checks[finding.check]]
    if not wrong:
        return Helped.YES
    return Helped.UNCLEAR if all(finding.status is Status.UNKNOWN for finding in wrong) else Helped.NO
