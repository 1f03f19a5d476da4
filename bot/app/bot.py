"""`Bot`: the services that a handler is given, joined by `bot.wiring`."""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog

from bot.access.access import Access
from bot.app.elsewhere import follow_elsewhere
from bot.app.following import follow_escalation, follow_request
from bot.app.intake import Intake
from bot.app.lookup import Finder
from bot.app.procedure import Procedures, is_step, steps_now
from bot.app.revealing import Revealing
from bot.app.tracing import find_links, trace_diagnosis, trace_escalation, trace_request
from bot.app.watches import Watches
from bot.approvals import Asking, Desk, Standing, Voting
from bot.audit import AuditTrail
from bot.catalog import Catalog
from bot.diagnosis import Diagnoses
from bot.errors import ConfigurationError, Refused
from bot.escalation import Escalations, Handling, Overview, Undelivered
from bot.model.audit import Event
from bot.model.diagnosis import Diagnosis, Verdict
from bot.model.drawing import Drawing
from bot.model.escalation import Bundle, Escalation
from bot.model.inputs import Inputs
from bot.model.people import Directory, Person
from bot.model.request import Request, State
from bot.model.runbook import Runbook
from bot.model.system import System
from bot.model.talk import Place, Subject, SubjectKind
from bot.model.values import Clock
from bot.model.watch import Notice
from bot.registry import Registry
from bot.store import Store, escalations, requests
from bot.store.drawings import Drawings
from bot.store.memory import Deliveries

log = structlog.get_logger()

_DIAGNOSES_AT_ONCE = 8  # of one system in this process; more wait, and show that they do
_BEGUN_AT_ONCE = 8  # of one system: each reads its person's roles there, within that system's time limit


class Canvas(Protocol):
    """Where subjects are drawn; Slack is one."""

    def progress(self, subject: Subject) -> None:
        """Has a running subject drawn again soon; may be left out when there are too many."""
        ...

    async def redraw(self, subject: Subject) -> None:
        """Draws a subject again wherever it is shown."""
        ...

    async def link(self, subject: Subject) -> str:
        """The address of the message that shows a subject to everybody in its channel; empty where there is none."""
        ...


class NoCanvas:
    """Nothing is drawn: for the terminal."""

    def progress(self, subject: Subject) -> None:
        """Draws nothing."""

    async def redraw(self, subject: Subject) -> None:
        """Draws nothing."""

    async def link(self, _: Subject) -> str:
        """Nothing is shown anywhere."""
        return ""


@dataclass
class Bot:
    """Everything that handlers do goes through here."""

    catalog: Catalog
    registry: Registry
    clock: Clock
    access: Access
    store: Store
    directory: Directory
    drawings: Drawings
    deliveries: Deliveries
    intake: Intake
    finder: Finder
    standing: Standing
    diagnoses: Diagnoses
    asking: Asking
    procedures: Procedures
    voting: Voting
    desk: Desk
    escalations: Escalations
    handling: Handling
    overview: Overview
    undelivered: Undelivered
    audit: AuditTrail
    watches: Watches
    revealing: Revealing
    canvas: Canvas = field(default_factory=NoCanvas)
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    _places: dict[str, asyncio.Semaphore] = field(default_factory=lambda: _places_for_each(_DIAGNOSES_AT_ONCE))
    _beginning: dict[str, asyncio.Semaphore] = field(default_factory=lambda: _places_for_each(_BEGUN_AT_ONCE))

    async def is_new(self, delivery: str) -> bool:
        """True the first time that a delivery is seen. Raises Unrecordable when that cannot be known."""
        return await self.deliveries.is_new(delivery)

    async def snapshot(self, subject: Subject) -> Diagnosis | Request | Escalation | Bundle | Notice:
        """A subject as it stands now. Raises UnknownName when it does not exist."""
        if subject.kind is SubjectKind.DIAGNOSIS:
            return await self._followed(await self.diagnoses.get(subject.id))
        if subject.kind is SubjectKind.REQUEST:
            request = await self.standing.as_drawn(await self.voting.get(subject.id))
            return await trace_request(self.store, self.canvas.link, request)
        if subject.kind is SubjectKind.BUNDLE:
            return await self.escalations.bundle(subject.id)
        if subject.kind is SubjectKind.WATCH:
            return await self.watches.notice(subject.id)
        return await trace_escalation(self.store, self.canvas.link, await self.escalations.get(subject.id))

    async def links(self, subjects: Iterable[str]) -> dict[str, str]:
        """The addresses of the messages that show these subjects of events, as far as there are any."""
        return await find_links(self.canvas.link, subjects)

    async def _followed(self, diagnosis: Diagnosis) -> Diagnosis:
        """A finished diagnosis with what came of it."""
        if diagnosis.verdict is Verdict.RUNNING or not diagnosis.recorded:
            return diagnosis
        async with self.store.work() as work:
            asked = await requests.of_diagnosis(work, diagnosis.id)
            handed = await escalations.of_diagnosis(work, diagnosis.id)
        runbook = self.catalog.runbooks.get(diagnosis.runbook)
        steps = steps_now(runbook, diagnosis, asked) if runbook else ()
        beside = [one for one in asked if runbook is None or not is_step(runbook, one)]
        elsewhere = await follow_elsewhere(self.store, self.canvas.link, diagnosis)
        came = [
            *(follow_request(one) for one in beside), *elsewhere, *([follow_escalation(handed)] if handed else []),
        ]  # fmt: skip
        followed = diagnosis.model_copy(update={"followed": tuple(came), "procedure": steps})
        return await trace_diagnosis(self.store, followed)

    async def diagnose(
        self, person: Person, runbook: Runbook, system: System, inputs: Inputs, again_of: str = ""
    ) -> tuple[Diagnosis, asyncio.Task[Diagnosis]]:
        """Starts a diagnosis, which goes on by itself. Raises Refused when the person may not look."""
        async with self._beginning[system.name]:
            actor = await self.standing.actor(person, system.name, inputs)
            policy = self.catalog.policies.current().digest
            begun = await self.diagnoses.begin(actor, runbook, system, inputs, policy, again_of)

        async def carry_out() -> Diagnosis:
            with structlog.contextvars.bound_contextvars(run=begun.id):
                async with self._places[system.name]:
                    done = await self.diagnoses.carry_out(begun.id, actor, policy, self.canvas.progress)
                log.info("diagnosis.ended", runbook=done.runbook, system=done.system, verdict=done.verdict.value)
                await self.canvas.redraw(Subject(kind=SubjectKind.DIAGNOSIS, id=begun.id))
            return done

        return begun, self.spawn(carry_out())

    async def pending(self) -> list[Request]:
        """Requests that wait for a decision, the oldest first."""
        async with self.store.work() as work:
            return await requests.in_state(work, State.PENDING)

    async def asked_by(self, person: Person) -> list[Request]:
        """What somebody asked for, newest first."""
        async with self.store.work() as work:
            return await requests.asked_by(work, person)

    async def channel_name(self, place: Place) -> str:
        """The name of a channel that some system is supported in; empty for any other place."""
        for name in dict.fromkeys(name for system in self.catalog.systems.values() for name in system.channels):
            if name == place.channel_name or await self.directory.channel(name) == place.channel:
                return name
        return ""

    async def place_for(self, person: Person, place: Place, system: System) -> Place | None:
        """Where a result about a system belongs: None for where it was asked, else the system's own channel.

        Raises Refused for somebody who is not a member of that channel.
        """
        if await self.channel_name(place) in system.channels:
            return None
        name = system.channels[0]
        channel = await self.directory.channel(name)
        if channel is None:
            raise ConfigurationError(f"The bot can't see #{name}, where {system.title} is supported; invite it there.")
        if not await self.directory.is_member(person.id, channel):
            raise Refused(f"{system.title} is supported in #{name}, and you are not a member there.", "channels")
        return Place(channel=channel, channel_name=name)

    async def note_undrawn(self, drawing: Drawing, why: str, *, is_closed: bool) -> None:
        """Takes note that a drawing could not be sent; `is_closed` says that the bot can't write there."""
        await self.undelivered.note(drawing, why, is_closed=is_closed)

    async def note_refusal(self, person: Person, tried: str, sentence: str, place: Place | None = None) -> None:
        """Puts on record that somebody was refused what they tried (never as they typed it), why, and where."""
        async with self.store.work() as work:
            work.record(
                Event(
                    verb="person.refused", person=person, at=self.clock(), outcome="refused",
                    says=f"{tried} was refused", reason=sentence,
                    detail={
                        "tried": tried, "channel": place.channel if place else "",
                        "place": place.in_words if place else "the terminal",
                    },
                )
            )  # fmt: skip

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Runs something in the background until it ends or the bot stops."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def stop(self) -> None:
        """Waits a moment for what runs, then ends it, and closes every connection."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=5)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self.access.close()
        await self.store.close()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("background.failed", exc_info=task.exception())


def _places_for_each(number: int) -> dict[str, asyncio.Semaphore]:
    """So many places for each system, so that one that is slow keeps only its own people waiting."""
    return defaultdict(lambda: asyncio.Semaphore(number))
