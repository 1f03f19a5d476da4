"""Diagnoses from their first line to their record; those that run in this process are kept in memory as they grow."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import timedelta

import structlog

from bot import metrics
from bot.audit import evidence_digest
from bot.catalog import Catalog, Plan, PlannedCheck
from bot.diagnosis.checks import Checks
from bot.diagnosis.judging import judge
from bot.errors import UnknownName, Unrecordable
from bot.model.audit import Event
from bot.model.diagnosis import Awaited, Diagnosis, NamedCause, Verdict
from bot.model.finding import Finding, Status
from bot.model.inputs import Inputs
from bot.model.people import BACKSTOP, Actor, Via
from bot.model.runbook import Runbook, Severity
from bot.model.system import System
from bot.model.talk import Subject, SubjectKind
from bot.model.values import Clock, NewId
from bot.registry import Registry
from bot.store import Store, Work, diagnoses, drawings, watches

log = structlog.get_logger()

_UNRECORDED = 200  # diagnoses that are kept in memory, because they are nowhere else

Changed = Callable[[Subject], None]


class Diagnoses:
    """Starts, carries out and gives back diagnoses."""

    def __init__(
        self, catalog: Catalog, registry: Registry, checks: Checks, store: Store, clock: Clock, new_id: NewId,
        timer: Callable[[], float], replica: str,
    ) -> None:  # fmt: skip
        self._catalog, self._registry, self._checks, self._store = catalog, registry, checks, store
        self._clock, self._new_id, self._timer, self._replica = clock, new_id, timer, replica
        self._running: dict[str, Diagnosis] = {}
        self._unrecorded: OrderedDict[str, Diagnosis] = OrderedDict()  # ended while the database was away
        self._late: dict[str, tuple[Diagnosis, Actor, str]] = {}  # of these, what had begun on record

    async def begin(
        self, actor: Actor, runbook: Runbook, system: System, inputs: Inputs, policy: str, again_of: str = "",
        watch: str = "",
    ) -> Diagnosis:  # fmt: skip
        """A diagnosis on its way, on record; where the record cannot be written, it is marked so and goes on."""
        plan = self._catalog.plan(runbook, system)
        asked, left_out = self._asked(plan, inputs)
        diagnosis = Diagnosis(
            id=self._new_id(), runbook=runbook.name, title=runbook.title, system=system.name,
            system_title=system.title, inputs=inputs, asked_by=actor.person, started=self._clock(), again_of=again_of,
            watch=watch,
            awaited=tuple(Awaited(check=one.id, label=self._checks.label(one)) for one in asked), left_out=left_out,
            guidance=runbook.guidance, next=runbook.next,
        )  # fmt: skip
        try:
            async with self._store.work() as work:
                await diagnoses.save(work, diagnosis, self._replica)
                work.record(_event("diagnosis.started", diagnosis, actor, policy))
        except Unrecordable as error:
            log.warning("diagnosis.not_recorded", diagnosis=diagnosis.id, exc_info=error)
            diagnosis = diagnosis.model_copy(update={"recorded": False})
        self._running[diagnosis.id] = diagnosis
        return diagnosis

    async def carry_out(self, id: str, actor: Actor, policy: str, changed: Changed) -> Diagnosis:
        """Runs the checks of a diagnosis that was begun here, tells `changed` of each, and records what was found."""
        begun = self._running[id]
        plan = self.plan_of(begun)
        asked, _ = self._asked(plan, begun.inputs)
        subject, started = Subject(kind=SubjectKind.DIAGNOSIS, id=id), self._timer()

        def ended(finding: Finding) -> None:
            now = self._running[id]
            left = tuple(one for one in now.awaited if one.check != finding.check)
            self._running[id] = now.model_copy(update={"findings": (*now.findings, finding), "awaited": left})
            changed(subject)

        try:
            findings = await self._checks.run(asked, begun.system, begun.inputs, ended)
            judged = judge(plan, findings)
            causes, withheld = self._possible(judged.causes, begun.inputs)
            done = begun.model_copy(
                update={
                    "findings": findings, "awaited": (), "verdict": judged.verdict, "causes": causes,
                    "withheld": withheld, "unexplained": judged.unexplained,
                    "took": timedelta(seconds=self._timer() - started),
                }
            )  # fmt: skip
            return await self._finish(done, actor, policy)
        finally:
            self._running.pop(id, None)

    async def get(self, id: str) -> Diagnosis:
        """The diagnosis as it stands now. Raises UnknownName when there is none of this id."""
        if held := self._running.get(id) or self._unrecorded.get(id):
            return held
        async with self._store.work() as work:
            found = await diagnoses.get(work, id)
        if found is None:
            raise UnknownName("diagnosis", id)
        return found

    def plan_of(self, diagnosis: Diagnosis) -> Plan:
        """What the diagnosis carried out, as the runbook says today."""
        return self._catalog.plan(self._catalog.runbook(diagnosis.runbook), self._catalog.system(diagnosis.system))

    async def _finish(self, done: Diagnosis, actor: Actor, policy: str) -> Diagnosis:
        metrics.diagnoses.labels(done.runbook, done.verdict.value).inc()
        metrics.diagnosis_seconds.labels(done.runbook).observe(done.took.total_seconds())
        try:
            done = await self._record(done, actor, policy)
        except Unrecordable as error:
            log.warning("diagnosis.not_recorded", diagnosis=done.id, exc_info=error)
            if done.recorded:
                self._late[done.id] = (done, actor, policy)
            done = done.model_copy(update={"recorded": False})
        if not done.recorded:
            self._unrecorded[done.id] = done
            if len(self._unrecorded) > _UNRECORDED:
                forgotten, _ = self._unrecorded.popitem(last=False)
                self._late.pop(forgotten, None)
        self._running[done.id] = done
        return done

    async def record_late(self) -> None:
        """Records how diagnoses ended while that could not be written. Raises Unrecordable while it still cannot."""
        for id, (done, actor, policy) in list(self._late.items()):
            await self._record(done, actor, policy)
            self._late.pop(id, None)
            self._unrecorded.pop(id, None)

    async def _record(self, done: Diagnosis, actor: Actor, policy: str) -> Diagnosis:
        async with self._store.work() as work:
            done = await self._compare(work, done)
            await diagnoses.save(work, done, self._replica)
            work.record(_event("diagnosis.finished", done, actor, policy))
            await work.redraw(Subject(kind=SubjectKind.DIAGNOSIS, id=done.id))
            # What a watch finds is escalated when it is posted, not again at each turn.
            is_fault = done.verdict is Verdict.FAULT and not done.watch
            if is_fault and self._catalog.runbook(done.runbook).hurry is Severity.CRITICAL:
                work.defer("escalation.consider", id=done.id)
        return done

    async def _compare(self, work: Work, done: Diagnosis) -> Diagnosis:
        """Adds what differs since the same question found nothing wrong, and how what is at fault has moved since."""
        if done.verdict is Verdict.NO_FAULT:
            return done
        tenant = str(done.inputs.binds.get("tenant", ""))
        last = await diagnoses.last(work, done.runbook, done.system, tenant, done.started)
        if last is not None and last.verdict is not Verdict.NO_FAULT:
            done = done.model_copy(update={"last_at": last.started, "trend": _trend(last, done)})
        healthy = await diagnoses.last_healthy(work, done.runbook, done.system, tenant, done.started)
        if healthy is None:
            return done
        changes = tuple(
            f"{finding.label}: {before.seen} → {finding.seen}"
            for finding in done.findings
            if (before := healthy.finding(finding.check)) is not None and before.code != finding.code
        )
        return done.model_copy(update={"healthy_at": healthy.started, "changes": changes})

    def _asked(self, plan: Plan, inputs: Inputs) -> tuple[tuple[PlannedCheck, ...], tuple[str, ...]]:
        """The checks that can be run with these inputs, and what was left out, in words."""
        asked: list[PlannedCheck] = []
        left_out = [f"{self._checks.label(one)} ({why})" for one, why in plan.lacking]
        for one in plan.checks:
            missing = [name for name in self._registry.probes[one.check.probe].needs if name not in inputs]
            if missing:
                left_out.append(_without(self._checks.label(one), missing))
            else:
                asked.append(one)
        return tuple(asked), tuple(left_out)

    def _possible(self, causes: Iterable[NamedCause], inputs: Inputs) -> tuple[tuple[NamedCause, ...], tuple[str, ...]]:
        """The causes with the remedies that can be asked for with these inputs; and the others, in words."""
        actions, withheld = self._registry.actions, []
        possible = []
        for cause in causes:
            remedies = []
            for one in cause.remedies:
                if missing := [name for name in actions[one.action].needs if name not in inputs]:
                    withheld.append(_without(actions[one.action].label, missing))
                else:
                    remedies.append(one)
            possible.append(cause.model_copy(update={"remedies": tuple(remedies)}))
        return tuple(possible), tuple(dict.fromkeys(withheld))


def _without(label: str, missing: Iterable[str]) -> str:
    return f"{label} (say {' '.join(f'{name}=…' for name in missing)})"


def _trend(before: Diagnosis, now: Diagnosis) -> tuple[str, ...]:
    """What was at fault then and still is, with what was seen each time."""
    return tuple(
        f"{finding.label}: {earlier.seen} → {finding.seen}"
        for finding in now.findings
        if finding.status is Status.FAIL
        and (earlier := before.finding(finding.check)) is not None
        and earlier.code == finding.code
        and earlier.seen != finding.seen
    )


async def mark_cut_off(work: Work, diagnosis: Diagnosis, clock: Clock) -> None:
    """Marks a diagnosis whose process is gone, and has that drawn; a watch's turn is taken again at once."""
    if await diagnoses.cut_off(work, diagnosis):
        if diagnosis.watch:
            await watches.hurry(work, diagnosis.watch, clock())
        work.record(
            Event(
                verb="diagnosis.cut_off", person=BACKSTOP, at=clock(), outcome="unknown", system=diagnosis.system,
                tenant=_tenant(diagnosis), subject=f"diagnosis {diagnosis.id}",
                says=f"{diagnosis.title}: the bot stopped while it looked",
            )
        )  # fmt: skip
        subject, asker = Subject(kind=SubjectKind.DIAGNOSIS, id=diagnosis.id), diagnosis.asked_by
        if asker.via is Via.SLACK and not await drawings.is_shown(work, subject):
            # Its process stopped before it showed anything: whoever asked is told directly.
            await drawings.add(work, subject, clock, person=asker.id)
        await work.redraw(subject)


def _event(verb: str, diagnosis: Diagnosis, actor: Actor, policy: str) -> Event:
    finished = diagnosis.verdict is not Verdict.RUNNING
    causes = "; ".join(cause.title for cause in diagnosis.causes)
    found = f"{diagnosis.title}: {diagnosis.verdict.value}{f' ({causes})' if causes else ''}"
    return Event(
        verb=verb, person=actor.person, at=diagnosis.started + diagnosis.took, roles=tuple(sorted(actor.roles)),
        system=diagnosis.system, tenant=_tenant(diagnosis), subject=f"diagnosis {diagnosis.id}", policy=policy,
        says=found if finished else f"{diagnosis.title}: looking",
        detail={
            "runbook": diagnosis.runbook, "verdict": diagnosis.verdict.value,
            **({"watch": diagnosis.watch} if diagnosis.watch else {}),
            "inputs": {name: one.shown for name, one in diagnosis.inputs.given.items()},
            "codes": {finding.check: finding.code for finding in diagnosis.findings},
            "causes": [f"{cause.runbook}.{cause.id}" for cause in diagnosis.causes],
            "unknown": [one.check for one in diagnosis.findings if one.status is Status.UNKNOWN],
            "evidence_digest": evidence_digest(diagnosis.findings) if finished else "",
        },
    )  # fmt: skip


def _tenant(diagnosis: Diagnosis) -> str:
    return str(diagnosis.inputs.binds.get("tenant", ""))
