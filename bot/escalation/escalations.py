"""Opens, acknowledges and resolves escalations."""

from bot.approvals import Standing
from bot.catalog import Catalog
from bot.errors import InputError, Stale, UnknownName
from bot.model.audit import Event
from bot.model.diagnosis import Diagnosis
from bot.model.escalation import Escalation, EscalationState
from bot.model.people import Actor, Person
from bot.model.request import Request
from bot.model.runbook import Severity
from bot.model.talk import Subject, SubjectKind
from bot.model.values import Clock, NewId
from bot.redaction import redact
from bot.store import Store, diagnoses, drawings, escalations, requests


class Escalations:
    """One escalation per diagnosis at a time; who asks again is led to the open one."""

    def __init__(self, standing: Standing, catalog: Catalog, store: Store, clock: Clock, new_id: NewId) -> None:
        self._standing, self._catalog, self._store = standing, catalog, store
        self._clock, self._new_id = clock, new_id

    async def get(self, id: str) -> Escalation:
        """The escalation as it stands. Raises UnknownName when there is none of this id."""
        async with self._store.work() as work:
            found = await escalations.get(work, id)
        if found is None:
            raise UnknownName("escalation", id)
        return found

    async def open(
        self, person: Person, diagnosis: Diagnosis, channel: str, *, severity: Severity, symptom: str, request: str = ""
    ) -> tuple[Escalation, bool]:
        """Opens an escalation of a diagnosis in a channel; returns the open one, and False, when there is one."""
        actor = await self._standing.actor(person, diagnosis.system, diagnosis.inputs)
        runbook = self._catalog.runbook(diagnosis.runbook)
        route = self._catalog.policies.current().escalation.routes[runbook.escalate.route]
        now = self._clock()
        async with self._store.work() as work:
            standing = await escalations.open_about(work, diagnosis.id)
            if standing is not None:
                return standing, False
            tried = await requests.of_diagnosis(work, diagnosis.id)
            escalation = Escalation(
                id=self._new_id(), state=EscalationState.OPEN, route=runbook.escalate.route, route_title=route.title,
                channel=channel, severity=severity, system=diagnosis.system, system_title=diagnosis.system_title,
                tenant=diagnosis.inputs.shown("tenant"), affected=diagnosis.inputs.shown("user"),
                symptom=str(redact(symptom.strip())), diagnosis=diagnosis.id, found=_found(diagnosis),
                tried=tuple(_tried(one) for one in tried), proposed=_proposed(diagnosis), raised_by=person,
                created=now, changed=now,
            )  # fmt: skip
            await escalations.add(work, escalation)
            work.record(
                self._event("escalation.opened", escalation, actor, f"opened with {route.title}", request=request)
            )
            card = _card(escalation)
            await drawings.add(work, card, self._clock, channel=channel)
            await drawings.add(work, Subject(kind=SubjectKind.DIAGNOSIS, id=diagnosis.id), self._clock,
                               part="details", thread_of=card)  # fmt: skip
            await work.redraw(card)
        return escalation, True

    async def acknowledge(self, person: Person, id: str) -> Escalation:
        """Somebody takes it."""
        before = await self.get(id)
        if before.state is not EscalationState.OPEN:
            holder = before.holder.name if before.holder else "somebody"
            raise Stale(f"This escalation is {before.state.value} by {holder} already.")
        after = before.model_copy(
            update={"state": EscalationState.ACKNOWLEDGED, "holder": person, "changed": self._clock()}
        )
        return await self._change("escalation.acknowledged", before, after, person, f"taken by {person.name}")

    async def resolve(self, person: Person, id: str, resolution: str) -> Escalation:
        """Somebody says how it was solved."""
        if not resolution.strip():
            raise InputError("Say what the cause was and how it was solved.")
        before = await self.get(id)
        if before.state is EscalationState.RESOLVED:
            raise Stale("This escalation is resolved already.")
        update = {"state": EscalationState.RESOLVED, "resolution": str(redact(resolution.strip())),
                  "holder": before.holder or person, "changed": self._clock()}  # fmt: skip
        after = before.model_copy(update=update)
        return await self._change("escalation.resolved", before, after, person, f"resolved: {after.resolution}")

    async def _change(self, verb: str, before: Escalation, after: Escalation, person: Person, says: str) -> Escalation:
        async with self._store.work() as work:
            diagnosis = await diagnoses.get(work, before.diagnosis)
        inputs = diagnosis.inputs if diagnosis else None
        actor = (
            await self._standing.actor(person, before.system, inputs)
            if inputs is not None
            else Actor(person=person, system=before.system, tenant=before.tenant or None)
        )
        async with self._store.work() as work:
            await escalations.change(work, before, after)
            work.record(self._event(verb, after, actor, says))
            await work.redraw(_card(after))
        return after

    def _event(self, verb: str, escalation: Escalation, actor: Actor, says: str, request: str = "") -> Event:
        return Event(
            verb=verb, person=actor.person, at=self._clock(), roles=tuple(sorted(actor.roles)),
            system=escalation.system, tenant=escalation.tenant, subject=f"escalation {escalation.id}",
            says=f"Escalation {says}", policy=self._catalog.policies.current().digest,
            detail={
                "state": escalation.state.value, "route": escalation.route, "severity": escalation.severity.value,
                "diagnosis": escalation.diagnosis, "request": request, "resolution": escalation.resolution,
            },
        )  # fmt: skip


def _card(escalation: Escalation) -> Subject:
    return Subject(kind=SubjectKind.ESCALATION, id=escalation.id)


def _found(diagnosis: Diagnosis) -> str:
    causes = "; ".join(cause.title for cause in diagnosis.causes)
    unknown = len(diagnosis.unknowns)
    seen = f" ({unknown} of {len(diagnosis.findings)} checks could not see)" if unknown else ""
    return f"{diagnosis.title}: {causes or diagnosis.verdict.value}{seen}"


def _tried(request: Request) -> str:
    by = f", approved by {', '.join(vote.person.name for vote in request.approved_by)}" if request.approved_by else ""
    ended = request.verification.helped.value if request.verification else request.state.value
    return f"{request.label} by {request.asker.name}{by}: {ended}"


def _proposed(diagnosis: Diagnosis) -> str:
    return next((cause.guidance for cause in diagnosis.causes if cause.guidance), diagnosis.guidance)
