"""What people do with an escalation: take it, hand it over, add to it, resolve it. Each step is an audit event."""

from collections.abc import Awaitable, Callable, Mapping

from bot.approvals import Standing
from bot.errors import InputError, Refused, Stale, UnknownName
from bot.escalation.paging import Paging
from bot.escalation.record import bundle_card, card, event
from bot.escalation.routing import route_for, scheduled
from bot.model.diagnosis import Diagnosis
from bot.model.escalation import Escalation, EscalationState, Helped, Note
from bot.model.inputs import Inputs
from bot.model.paging import Signal
from bot.model.people import Actor, Directory, Person
from bot.model.runbook import Severity
from bot.model.values import Clock, Json
from bot.redaction import redact
from bot.store import Store, Work, bundles, diagnoses, drawings, escalations

Change = Callable[[Escalation], Escalation]


class Handling:
    """Every change is made on the row as it is then, so that nothing which others do at the same time is lost."""

    def __init__(
        self, standing: Standing, directory: Directory, paging: Paging, store: Store, clock: Clock
    ) -> None:  # fmt: skip
        self._standing, self._directory, self._paging = standing, directory, paging
        self._store, self._clock = store, clock

    async def acknowledge(self, person: Person, id: str) -> Escalation:
        """Somebody takes it: nobody else is called any more."""

        def change(before: Escalation) -> Escalation:
            if not before.is_waiting:
                holder = before.holder.name if before.holder else "somebody"
                raise Stale(f"This escalation is {before.state.value} by {holder} already.")
            return before.model_copy(update={"state": EscalationState.ACKNOWLEDGED, "holder": person, "reminded": 0})

        return await self._change(person, id, "acknowledged", change, f"taken by {person.name}", Signal.ACKNOWLEDGE)

    async def take_over(self, person: Person, id: str) -> Escalation:
        """Somebody takes it from whoever holds it."""

        def change(before: Escalation) -> Escalation:
            _refuse_resolved(before)
            if before.holder is not None and before.holder.id == person.id and not before.is_waiting:
                raise Stale("You hold this escalation already.")
            return before.model_copy(update={"state": EscalationState.ACKNOWLEDGED, "holder": person, "reminded": 0})

        return await self._change(person, id, "taken_over", change, f"taken over by {person.name}", Signal.ACKNOWLEDGE)

    async def hand_over(self, person: Person, id: str, *, route: str = "", email: str = "", why: str) -> Escalation:
        """Hands it to another team, or to a person by e-mail address; they are told, and are to acknowledge it.

        Raises InputError for a route or an address that does not exist, or without a reason.
        """
        why = _said(why, "Say why you hand this over; it stands in the thread.")
        file = self._standing.policy().escalation
        if bool(route) == bool(email):
            raise InputError("Choose either a team or a person.")
        if route and route not in file.routes:
            raise UnknownName("route", route, sorted(file.routes))
        somebody = await self._directory.find(email) if email else None
        if email and somebody is None:
            raise InputError(f"{email[:80]} is nobody in this workspace; check the address.")
        to = somebody.name if somebody else file.routes[route].title
        channel = await self._directory.channel(file.routes[route].channel) if route else None
        if route and channel is None:
            raise InputError(f"The bot can't see #{file.routes[route].channel}; invite it there, then try again.")

        def change(before: Escalation) -> Escalation:
            _refuse_resolved(before)
            update: dict[str, object] = {"state": EscalationState.HANDED_OVER, "holder": somebody, "rung": 0}
            if route:
                update |= {"route": route, "route_title": file.routes[route].title}
            changed = before.model_copy(update={**update, "reminded": 0})
            return _with_note(changed, Note(at=self._clock(), person=person, text=f"Handed over to {to}: {why}"))

        async def show(work: Work, after: Escalation) -> None:
            if somebody is not None:
                await drawings.add(work, card(id), self._clock, person=somebody.id)
            elif channel is not None and channel != after.channel:
                # Those who take over are elsewhere: they get the card and the evidence where they are.
                await drawings.add(work, card(id), self._clock, channel=channel)
                for one in await bundles.of_escalation(work, id):
                    await drawings.add(work, bundle_card(one), self._clock, channel=channel)
                    await work.redraw(bundle_card(one))

        says, detail = f"handed over to {to}", {"to": to}
        return await self._change(person, id, "handed_over", change, says, reason=why, show=show, detail=detail)

    async def note(self, person: Person, id: str, text: str) -> Escalation:
        """Adds what somebody found out."""
        text = _said(text, "Write what you want to add.")

        def change(before: Escalation) -> Escalation:
            return _with_note(before, Note(at=self._clock(), person=person, text=text))

        return await self._change(person, id, "noted", change, f"note by {person.name}", reason=text)

    async def change_severity(self, person: Person, id: str, severity: Severity, why: str) -> Escalation:
        """Says that there is more hurry, or less; while nobody has taken it, the route of that severity begins."""
        why = _said(why, "Say why; it stands in the thread.")
        file = self._standing.policy().escalation

        def change(before: Escalation) -> Escalation:
            _refuse_resolved(before)
            if before.severity is severity:
                raise Stale(f"The severity is {severity.value} already.")
            text = f"Severity {before.severity.value} → {severity.value}: {why}"
            update: dict[str, object] = {"severity": severity}
            runbook = self._standing.catalog.runbook(before.runbook)
            route = route_for(file, runbook, before.causes, before.system, severity, self._clock())
            if before.is_waiting and before.holder is None and route != before.route:
                update |= {"route": route, "route_title": file.routes[route].title, "rung": 0, "reminded": 0}
                text += f" (now with the {file.routes[route].title})"
            changed = before.model_copy(update=update)
            return _with_note(changed, Note(at=self._clock(), person=person, text=text))

        says = f"severity changed to {severity.value}"
        return await self._change(person, id, "severity_changed", change, says, reason=why)

    async def resolve(
        self, person: Person, id: str, resolution: str, *, cause: str = "", helped: Helped | None = None
    ) -> Escalation:
        """Somebody says what the cause was, how it was solved, and whether the runbook helped.

        Where a pager resolved it, what was not said there can still be added.
        """
        resolution = _said(resolution, "Say how it was solved.")
        cause = str(redact(cause.strip()))

        def change(before: Escalation) -> Escalation:
            if before.state is EscalationState.RESOLVED and before.resolution:
                raise Stale("This escalation is resolved already.")
            update: dict[str, object] = {"state": EscalationState.RESOLVED, "cause": cause, "resolution": resolution}
            update |= {"helped": helped, "holder": before.holder or person, "ended": self._clock()}
            if before.state is not EscalationState.RESOLVED:
                update |= {"resolved_by": person, "resolved_at": self._clock()}
            return before.model_copy(update=update)

        detail: dict[str, Json] = {"cause": cause, "resolution": resolution, "helped": helped.value if helped else ""}
        says = f"resolved: {resolution}"
        return await self._change(person, id, "resolved", change, says, Signal.RESOLVE, reason=cause, detail=detail)

    async def looked_again(self, person: Person, id: str, again: Diagnosis) -> None:
        """Puts on record that a runbook was carried out once more in the thread."""
        await self._change(person, id, "looked_again", lambda one: one, "looked again", detail={"again": again.id})

    async def queried(self, person: Person, id: str, query: str) -> None:
        """Puts on record that the rows of a query that is offered are shown in the thread."""
        says = f"rows of {query} shown in the thread"
        await self._change(person, id, "queried", lambda one: one, says, detail={"query": query})

    async def _change(
        self, person: Person, id: str, verb: str, change: Change, says: str, signal: Signal | None = None, *,
        reason: str = "", show: Callable[[Work, Escalation], Awaitable[None]] | None = None,
        detail: Mapping[str, Json] | None = None,
    ) -> Escalation:  # fmt: skip
        async with self._store.work() as work:
            known = await escalations.get(work, id)
            diagnosis = await diagnoses.get(work, known.diagnosis) if known else None
        if known is None:
            raise UnknownName("escalation", id)
        actor = await self._actor(person, known, diagnosis.inputs if diagnosis else Inputs())
        file = self._standing.policy().escalation
        async with self._store.work() as work:
            before = await escalations.get(work, id, lock=True) or known
            after = change(before).model_copy(update={"changed": self._clock()})
            is_moved = after.state is not before.state or after.route != before.route or after.holder != before.holder
            if is_moved or after.rung != before.rung:
                after = scheduled(file, after, self._clock())
                if after.due is not None:
                    work.defer("escalation.climb", at=after.due, id=id)
            if signal is not None:
                after = await self._paging.want(work, after, signal)
            await escalations.save(work, after)
            digest = self._standing.digest
            work.record(event(f"escalation.{verb}", after, actor, self._clock, says, digest, reason=reason,
                              **(detail or {})))  # fmt: skip
            if len(after.notes) > len(before.notes):
                await drawings.add(work, card(id), self._clock, part=f"note {len(after.notes)}", thread_of=card(id))
            if show is not None:
                await show(work, after)
            await work.redraw(card(id))
        return after

    async def _actor(self, person: Person, escalation: Escalation, inputs: Inputs) -> Actor:
        """Who may look at the system may work on its escalations, and so may who is in the channel of those who do."""
        try:
            return await self._standing.actor(person, escalation.system, inputs)
        except Refused as error:
            if error.rule == "policies" or not escalation.channel:
                raise
            if not await self._directory.is_member(person.id, escalation.channel):
                raise
            return Actor(person=person, system=escalation.system, tenant=escalation.tenant or None)


def _with_note(escalation: Escalation, note: Note) -> Escalation:
    return escalation.model_copy(update={"notes": (*escalation.notes, note)})


def _refuse_resolved(escalation: Escalation) -> None:
    if escalation.state is EscalationState.RESOLVED:
        raise Stale("This escalation is resolved; escalate the diagnosis again if the problem is back.")


def _said(text: str, otherwise: str) -> str:
    text = str(redact(text.strip()))
    if not text:
        raise InputError(otherwise)
    return text
