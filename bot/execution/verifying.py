"""After an action: looks again until the checks that mean *helped* hold, or until their time is over."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.catalog import Catalog, Plan
from bot.diagnosis import Checks
from bot.execution.claims import Claims
from bot.model.diagnosis import Diagnosis
from bot.model.finding import Finding, Status
from bot.model.inputs import Inputs
from bot.model.request import Helped, Request, State, Verification
from bot.model.talk import Subject, SubjectKind
from bot.model.values import Clock
from bot.store import Store, diagnoses, requests

Sleep = Callable[[float], Awaitable[None]]

_SETTLING = 0.3  # seconds
_PAUSES = (0.0, 0.5, 1.0, 2.0)  # seconds between looks; the last one repeats


@dataclass(frozen=True)
class Wanted:
    """The codes that mean *helped*, by the id of the check, and how long they are waited for."""

    codes: Mapping[str, tuple[str, ...]]
    within: timedelta


class Verifying:
    """Says whether an action helped, with before and after."""

    def __init__(
        self, claims: Claims, checks: Checks, catalog: Catalog, store: Store, clock: Clock, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._claims, self._checks, self._catalog = claims, checks, catalog
        self._store, self._clock, self._sleep = store, clock, sleep

    async def verify(self, id: str) -> None:
        """Verifies the request of this id, once, if something was done and it came from a diagnosis."""
        async with self._store.work() as work:
            request = await requests.get(work, id)
            if request is None or request.state is not State.DONE or request.verification:
                return
            if not request.diagnosis or request.undo_of or (request.outcome and request.outcome.needless):
                return
            diagnosis = await diagnoses.get(work, request.diagnosis)
        if diagnosis is None:
            return
        plan = self._catalog.plan(self._catalog.runbook(diagnosis.runbook), self._catalog.system(diagnosis.system))
        wanted = _wanted(plan, diagnosis, request)
        if not wanted.codes:
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
            if verification.helped is Helped.NO:
                work.defer("escalation.consider", id=id)

    async def _look(self, plan: Plan, wanted: Wanted, diagnosis: Diagnosis, request: Request) -> Verification:
        checks = [planned for planned in plan.checks if planned.id in wanted.codes]
        inputs = Inputs(given={**diagnosis.inputs.given, **request.inputs.given})
        until = self._clock() + wanted.within
        after: tuple[Finding, ...] = ()
        at, turn = self._clock(), 0
        while True:
            pause = _PAUSES[min(turn, len(_PAUSES) - 1)]
            if turn and self._clock().timestamp() + pause > until.timestamp():
                break
            await self._sleep(pause)
            at, after = self._clock(), await self._checks.run(checks, request.system, inputs)
            if _holds(wanted, after):
                break
            turn += 1
        if _holds(wanted, after) and any(finding.status is not Status.OK for finding in after):
            # The look itself may have filled what was empty a moment ago: what is shown is how it settled.
            await self._sleep(_SETTLING)
            later, again = self._clock(), await self._checks.run(checks, request.system, inputs)
            at, after = (later, again) if _holds(wanted, again) else (at, after)
        before = tuple(finding for one in after if (finding := diagnosis.finding(one.check)) is not None)
        return Verification(helped=_helped(wanted, after), before=before, after=after, at=at)


def _wanted(plan: Plan, diagnosis: Diagnosis, request: Request) -> Wanted:
    """The verification of the runbook whose cause proposed the action.

    A check that the diagnosis did not make says nothing, and what another cause explains is not held against this
    action: where two things are broken, each remedy is judged by what it is for.
    """
    proposing = [cause for cause in diagnosis.causes if any(request.carries_out(one) for one in cause.remedies)]
    parts = {part.name: part for part in plan.parts}
    for name in (*(cause.runbook for cause in proposing), plan.runbook.name):
        verify = parts[name].verify if name in parts else None
        if verify is None:
            continue
        own = {check for cause in proposing for check in cause.checks}
        others = {check for cause in diagnosis.causes for check in cause.checks} - own
        codes = {plan.names[name].get(check, check): codes for check, codes in verify.checks.items()}
        return Wanted({
            check: codes
            for check, codes in codes.items()
            if (before := diagnosis.finding(check)) is not None and (before.code in codes or check not in others)
        }, verify.within)  # fmt: skip
    return Wanted({}, timedelta())


def _holds(wanted: Wanted, after: tuple[Finding, ...]) -> bool:
    """Whether every check ended in one of the codes that mean *helped*."""
    return all(finding.code in wanted.codes[finding.check] for finding in after)


def _helped(wanted: Wanted, after: tuple[Finding, ...]) -> Helped:
    wrong = [finding for finding in after if finding.code not in wanted.codes[finding.check]]
    if not wrong:
        return Helped.YES
    return Helped.UNCLEAR if all(finding.status is Status.UNKNOWN for finding in wrong) else Helped.NO
