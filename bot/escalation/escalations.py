"""Opens escalations: when somebody asks, or by itself; a second one about the same joins the first."""

from collections.abc import Sequence
from datetime import timedelta

import structlog

from bot.approvals import Standing
from bot.catalog import Catalog
from bot.errors import BackstopError, InputError, SlackFailed, UnknownName
from bot.escalation.grounds import Grounds
from bot.escalation.offering import Offering
from bot.escalation.record import card, event, tried
from bot.escalation.routing import about, route_for, scheduled
from bot.model.audit import Event
from bot.model.diagnosis import Diagnosis, Verdict
from bot.model.escalation import (
    Bundle,
    Escalation,
    EscalationState,
    GivenFile,
    Note,
    Trigger,
    Trouble,
)
from bot.model.people import BACKSTOP, Actor, Directory, Person
from bot.model.policy import EscalationFile
from bot.model.request import Helped, Request, State
from bot.model.runbook import Severity
from bot.model.talk import Subject, SubjectKind
from bot.model.values import Clock, Json, NewId
from bot.redaction import redact
from bot.store import Store, Work, bundles, diagnoses, drawings, escalations, requests

log = structlog.get_logger()

_AGAIN = timedelta(seconds=30)  # until Slack is asked again where channels are
_LOST = timedelta(minutes=2)  # after that nobody considers a request any more who began to


class Escalations:
    """One escalation per cause and tenant at a time; who asks again is led to the open one."""

    def __init__(
        self, standing: Standing, catalog: Catalog, directory: Directory, offering: Offering, grounds: Grounds,
        store: Store, clock: Clock, new_id: NewId,
    ) -> None:  # fmt: skip
        self._standing, self._catalog, self._directory, self._store = standing, catalog, directory, store
        self.offering, self.grounds, self._clock, self._new_id = offering, grounds, clock, new_id

    async def get(self, id: str) -> Escalation:
        """The escalation as it stands. Raises UnknownName when there is none of this id."""
        async with self._store.work() as work:
            found = await escalations.get(work, id)
        if found is None:
            raise UnknownName("escalation", id)
        return found

    async def bundle(self, id: str) -> Bundle:
        """What was collected, with its files. Raises UnknownName when there is none of this id."""
        async with self._store.work() as work:
            found = await bundles.get(work, id)
        if found is None:
            raise UnknownName("bundle of evidence", id)
        return found

    async def opened(self) -> list[Escalation]:
        """Everything that is not resolved, oldest first."""
        async with self._store.work() as work:
            return await escalations.opened(work)

    def proposed_severity(self, diagnosis: Diagnosis) -> Severity:
        """How much hurry the runbook says there is."""
        return self._catalog.runbook(diagnosis.runbook).hurry

    async def open(
        self, person: Person, diagnosis: Diagnosis, *, severity: Severity, symptom: str = "",
        given: Sequence[GivenFile] = (), why: Trigger = Trigger.PERSON, request: str = "",
    ) -> tuple[Escalation, bool]:  # fmt: skip
        """Opens an escalation of a diagnosis, or joins the one that is open about the same; says whether it is new.

        Raises Refused when the person may not look, InputError while the diagnosis still runs.
        """
        if diagnosis.verdict is Verdict.RUNNING:
            raise InputError("This diagnosis still runs; escalate when it has ended, so that its findings go along.")
        actor = await self._actor(person, diagnosis)
        made = await self._made(person, diagnosis, severity, str(redact(symptom.strip())), tuple(given), why)
        async with self._store.work() as work:
            made = made.model_copy(update={"tried": await self._tried(work, diagnosis.id)})
            open_one = await escalations.open_about(work, made.about)
            if open_one is None and not await escalations.add(work, made):
                open_one = await escalations.open_about(work, made.about)  # somebody was first by a moment
            if open_one is not None:
                return await self._join(work, open_one, made, actor, request), False
            says = f"opened with {made.route_title}: {made.found}"
            work.record(self._event("escalation.opened", made, actor, says, request=request, why=made.why.value))
            await self._show(work, made)
            work.defer("escalation.collect", id=made.id, occasion=diagnosis.id)
            work.defer("escalation.climb", at=made.due, id=made.id)
        return made, True

    async def consider(self, id: str) -> None:
        """Opens an escalation by itself for a request that did not help, or for a diagnosis that is critical.

        `id` is that of the request or of the diagnosis. Done twice, it opens nothing twice.
        """
        async with self._store.work() as work:
            request = await requests.get(work, id)
            diagnosis = await diagnoses.get(work, request.diagnosis if request else id)
            before = await escalations.of_diagnosis(work, diagnosis.id) if diagnosis else None
        why = self._trigger(request, diagnosis)
        if why is None or (before is not None and before.state is EscalationState.RESOLVED):
            return
        try:
            if diagnosis is None:
                if request is None:
                    return
                diagnosis = await self.grounds.of(request, BACKSTOP)
            severity = self.proposed_severity(diagnosis)
            await self.open(BACKSTOP, diagnosis, severity=severity, why=why, request=request.id if request else "")
        except SlackFailed:
            async with self._store.work() as work:
                work.defer("escalation.consider", at=self._clock() + _AGAIN, id=id)

    async def consider_left(self) -> None:
        """Looks at what was asked for by name, ended unknown, and was not looked at since: its task was lost."""
        async with self._store.work() as work:
            unknown = await requests.in_state(work, State.UNKNOWN)
        for one in unknown:
            if not one.diagnosis and one.changed < self._clock() - _LOST:
                try:
                    await self.consider(one.id)
                except BackstopError as error:
                    log.warning("escalation.not_considered", request=one.id, sentence=error.sentence)

    def _trigger(self, request: Request | None, diagnosis: Diagnosis | None) -> Trigger | None:
        automatic = self._standing.policy().escalation.automatic
        if request is not None:
            if request.state is State.UNKNOWN:
                return Trigger.UNKNOWN if automatic.outcome_unknown else None
            is_in_vain = request.verification is not None and request.verification.helped is Helped.NO
            return Trigger.NOT_HELPED if automatic.did_not_help and is_in_vain else None
        is_critical = (
            diagnosis is not None
            and diagnosis.verdict is Verdict.FAULT
            and self.proposed_severity(diagnosis) is Severity.CRITICAL
        )
        return Trigger.CRITICAL if automatic.critical and is_critical else None

    async def _made(
        self, person: Person, diagnosis: Diagnosis, severity: Severity, symptom: str, given: tuple[GivenFile, ...],
        why: Trigger,
    ) -> Escalation:  # fmt: skip
        file, now = self._standing.policy().escalation, self._clock()
        runbook = self._catalog.runbook(diagnosis.runbook)
        causes = tuple(f"{one.runbook}.{one.id}" for one in diagnosis.causes)
        route = route_for(file, runbook, causes, diagnosis.system, severity, now)
        channel, troubles = await self._channel(file, route, diagnosis.system)
        made = Escalation(
            id=self._new_id(), state=EscalationState.OPEN, route=route, route_title=file.routes[route].title,
            channel=channel, severity=severity, system=diagnosis.system, system_title=diagnosis.system_title,
            tenant=diagnosis.inputs.shown("tenant"), affected=await self._affected(diagnosis), symptom=symptom,
            diagnosis=diagnosis.id, found=_found(diagnosis), proposed=_proposed(diagnosis), raised_by=person,
            created=now, changed=now, about=about(diagnosis), runbook=diagnosis.runbook, causes=causes, why=why,
            awaited=(diagnosis.id,), troubles=troubles,
            given=tuple(one.model_copy(update={"occasion": diagnosis.id}) for one in given),
            offers=await self.offering.offers(diagnosis),
        )  # fmt: skip
        return scheduled(file, made, now)

    async def _channel(self, file: EscalationFile, route: str, system: str) -> tuple[str, tuple[Trouble, ...]]:
        """The id of the first channel that the bot can see, and what was the matter with those before."""
        wanted = file.routes[route].channel
        for name in dict.fromkeys((wanted, file.fallback.channel, *self._catalog.system(system).channels)):
            found = await self._directory.channel(name)
            if found is not None:
                says = f"The bot can't see #{wanted}, where this belongs; invite it there. Until then this is here."
                return found, () if name == wanted else (Trouble(key="channel", says=says),)
        says = f"The bot can't see #{wanted}, nor the fallback #{file.fallback.channel}; invite it there."
        return "", (Trouble(key="channel", says=says),)

    async def _affected(self, diagnosis: Diagnosis) -> str:
        """The user who was asked about, with the role that the system knows."""
        user = diagnosis.inputs.shown("user")
        if "@" not in user:
            return user
        somebody = Person(id="", name=user, email=user.casefold())
        try:
            actor = await self._standing.roles.of(somebody, self._catalog.system(diagnosis.system), diagnosis.inputs)
        except BackstopError:
            return user  # the system is away: that is among the findings
        role = "role could not be read" if actor.doubts else "no role"
        return f"{user} ({', '.join(sorted(actor.roles)) or role})"

    async def _join(
        self, work: Work, open_one: Escalation, made: Escalation, actor: Actor, request: str
    ) -> Escalation:  # fmt: skip
        """Adds a second diagnosis, or what was tried since, to the open escalation about the same."""
        is_other = made.diagnosis not in {open_one.diagnosis, *open_one.joined}
        occasion = made.diagnosis if is_other else f"{made.diagnosis} {len(open_one.given)}"
        given = tuple(one.model_copy(update={"occasion": occasion}) for one in made.given)
        update: dict[str, object] = {"given": (*open_one.given, *given)}
        more = [one for one in made.tried if one not in open_one.tried]
        update["tried"] = (*open_one.tried, *more)
        said = [f"Seen by the user: {made.symptom}"] if made.symptom and made.symptom != open_one.symptom else []
        if is_other:
            update |= {"joined": (*open_one.joined, made.diagnosis)}
            said.insert(0, f"Found again: {made.found}")
        if is_other or made.given:
            update |= {"awaited": (*open_one.awaited, occasion)}
        if said:
            note = Note(at=self._clock(), person=actor.person, text="\n".join(said))
            update |= {"notes": (*open_one.notes, note)}
        if not said and not more and not is_other and not made.given:
            return open_one
        joined = open_one.model_copy(update={**update, "changed": self._clock()})
        await escalations.save(work, joined)
        work.record(self._event("escalation.joined", joined, actor, f"joined: {made.found}", request=request,
                                joined=made.diagnosis))  # fmt: skip
        if said:
            await drawings.add(work, card(joined.id), self._clock, part=f"note {len(joined.notes)}",
                               thread_of=card(joined.id))  # fmt: skip
        await drawings.add(work, card(joined.id), self._clock, part="pointer", thread_of=_diagnosis(made.diagnosis))
        if is_other or made.given:
            work.defer("escalation.collect", id=joined.id, occasion=occasion)
        await work.redraw(card(joined.id))
        return joined

    async def _show(self, work: Work, made: Escalation) -> None:
        """Adds the head of the thread, what is offered in it, and a line in the thread of the diagnosis."""
        diagnosis = _diagnosis(made.diagnosis)
        if made.channel:
            await drawings.add(work, card(made.id), self._clock, channel=made.channel)
            await drawings.add(work, card(made.id), self._clock, part="pointer", thread_of=diagnosis)
        else:
            await drawings.add(work, card(made.id), self._clock, thread_of=diagnosis)
        if made.offers:
            await drawings.add(work, card(made.id), self._clock, part="offers", thread_of=card(made.id))
        await work.redraw(card(made.id))

    async def _tried(self, work: Work, diagnosis: str) -> tuple[str, ...]:
        return tuple(tried(one) for one in await requests.of_diagnosis(work, diagnosis))

    async def _actor(self, person: Person, diagnosis: Diagnosis) -> Actor:
        if person == BACKSTOP:
            return Actor(person=person, system=diagnosis.system, tenant=diagnosis.inputs.shown("tenant") or None)
        return await self._standing.actor(person, diagnosis.system, diagnosis.inputs)

    def _event(self, verb: str, escalation: Escalation, actor: Actor, says: str, **detail: Json) -> Event:
        return event(verb, escalation, actor, self._clock, says, self._standing.digest, **detail)


def _diagnosis(id: str) -> Subject:
    return Subject(kind=SubjectKind.DIAGNOSIS, id=id)


def _found(diagnosis: Diagnosis) -> str:
    causes = "; ".join(cause.title for cause in diagnosis.causes)
    unknown = len(diagnosis.unknowns)
    seen = f" ({unknown} of {len(diagnosis.findings)} checks could not see)" if unknown else ""
    return f"{diagnosis.title}: {causes or diagnosis.verdict.value}{seen}"


def _proposed(diagnosis: Diagnosis) -> str:
    return next((cause.guidance for cause in diagnosis.causes if cause.guidance), diagnosis.guidance)
