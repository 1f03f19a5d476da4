"""Deciding on a request: approve, deny, cancel, expire, settle; each a compare-and-swap with its audit event."""

from bot.approvals.asking import Asking, event
from bot.approvals.standing import Standing
from bot.errors import InputError, Refused, Stale, UnknownName
from bot.model.audit import Event
from bot.model.people import BACKSTOP, Actor, Person
from bot.model.policy import Decision, Verdict
from bot.model.request import Choice, Request, State, Vote
from bot.model.talk import Subject, SubjectKind
from bot.model.values import Clock, Json
from bot.redaction import redact
from bot.store import Store, Work, requests


class Voting:
    """Everything that people and the clock do to a request before it runs, and to one whose outcome is unknown."""

    def __init__(self, standing: Standing, asking: Asking, store: Store, clock: Clock) -> None:
        self._standing, self._asking, self._store, self._clock = standing, asking, store, clock

    async def get(self, id: str) -> Request:
        """The request as it stands. Raises UnknownName when there is none of this id."""
        async with self._store.work() as work:
            return await self._locked(work, id, lock=False)

    async def approve(self, person: Person, id: str) -> Request:
        """Counts an approval; the last one that was needed has the request executed."""
        actor, decision = await self._checked(person, id)
        async with self._store.work() as work:
            request = await self._pending(work, id)
            if any(vote.person.id == person.id and vote.choice is Choice.APPROVE for vote in request.votes):
                raise Stale("You have approved this already.")
            vote = Vote(person=person, roles=decision.by, choice=Choice.APPROVE, at=self._clock())
            await requests.vote(work, request, vote)
            others = tuple(one for one in request.votes if one.person.id != person.id)
            request = request.model_copy(update={"votes": (*others, vote)})
            missing = request.approvals - len(request.approved_by)
            if missing > 0:
                work.record(self._event("request.voted", request, actor, f"approved; {missing} more needed"))
            else:
                request = await requests.move(work, request, State.APPROVED, self._clock())
                work.record(self._event("request.approved", request, actor, "approved"))
                await work.defer("requests.execute", id=id)
            await work.redraw(_card(id))
        return request

    async def deny(self, person: Person, id: str, reason: str) -> Request:
        """Denies the request for good, with a reason."""
        if not reason.strip():
            raise InputError("Say why you deny this; the asker is told.")
        actor, decision = await self._checked(person, id)
        reason = str(redact(reason.strip()))
        async with self._store.work() as work:
            request = await self._pending(work, id)
            vote = Vote(person=person, roles=decision.by, choice=Choice.DENY, reason=reason, at=self._clock())
            await requests.vote(work, request, vote)
            request = await requests.move(work, request, State.DENIED, self._clock(), state_reason=reason)
            work.record(self._event("request.denied", request, actor, "denied", reason=reason))
            await work.redraw(_card(id))
        return request

    async def cancel(self, person: Person, id: str) -> Request:
        """Takes a request back; only its asker can."""
        async with self._store.work() as work:
            request = await self._locked(work, id)
            if request.asker.id != person.id:
                raise Refused(f"Only {request.asker.name} can cancel this; you can deny it if you may decide.")
            if request.state not in {State.PENDING, State.APPROVED}:
                raise Stale(f"This can't be cancelled any more: it is {request.state.value}.")
            request = await requests.move(work, request, State.CANCELLED, self._clock())
            actor = Actor(person=person, system=request.system, tenant=request.tenant)
            work.record(self._event("request.cancelled", request, actor, "taken back by its asker"))
            await work.redraw(_card(id))
        return request

    async def expire(self, id: str) -> Request | None:
        """Ends a request that nobody decided in time; None when it was decided, or its time is not over."""
        async with self._store.work() as work:
            request = await self._locked(work, id)
            if request.state is not State.PENDING or request.expires > self._clock():
                return None
            return await self._expired(work, request)

    async def refresh(self, person: Person, id: str) -> Request:
        """Computes the preview anew while the request is pending; a changed effect makes it outdated."""
        request = await self.get(id)
        await self._standing.actor(person, request.system, request.inputs)
        if request.state is not State.PENDING:
            raise Stale(f"This request is {request.state.value}; its preview is no longer refreshed.")
        wanted = self._asking.want(request.action, request.params, request.system, request.inputs)
        preview = await self._asking.preview(wanted)
        actor = Actor(person=person, system=request.system, tenant=request.tenant)
        async with self._store.work() as work:
            request = await self._pending(work, id)
            if new := set(preview.items) - set(request.preview.items):
                says = f"the effect changed: {request.preview.says} → {preview.says}; ask again"
                request = await requests.move(work, request, State.OUTDATED, self._clock(), state_reason=says)
                work.record(self._event("request.outdated", request, actor, says, new=len(new)))
            else:
                request = await requests.move(work, request, State.PENDING, self._clock(), preview=preview)
                work.record(self._event("request.previewed", request, actor, f"previewed again: {preview.says}"))
            await work.redraw(_card(id))
        return request

    async def settle(self, person: Person, id: str, to: State, reason: str) -> Request:
        """Says how a request with unknown outcome ended; somebody who may approve it, but not its asker."""
        if not reason.strip():
            raise InputError("Say how you know; the reason stands in the audit trail.")
        actor, _ = await self._checked(person, id, State.UNKNOWN)
        reason = str(redact(reason.strip()))
        async with self._store.work() as work:
            request = await self._locked(work, id)
            if request.state is not State.UNKNOWN:
                raise Stale(f"This is settled already: it is {request.state.value}.")
            request = await requests.move(work, request, to, self._clock(), state_reason=f"{person.name}: {reason}")
            work.record(self._event("request.settled", request, actor, f"settled as {to.value}", reason=reason))
            await work.redraw(_card(id))
        return request

    async def _checked(self, person: Person, id: str, state: State = State.PENDING) -> tuple[Actor, Decision]:
        """Whether the person may decide, read before the row is locked. Raises Refused, and that is on record."""
        request = await self.get(id)
        if request.state is not state:
            raise Stale(_moved(request))
        if state is State.UNKNOWN and not request.by:
            request = request.model_copy(update={"by": self._standing.allowed_at_once(request)})
        actor, decision = await self._standing.voting(person, request)
        if decision.verdict is not Verdict.ALLOW:
            raise Refused(f"You can't decide this: {decision.reason}.", request.rule)
        return actor, decision

    async def _pending(self, work: Work, id: str) -> Request:
        request = await self._locked(work, id)
        if request.state is not State.PENDING:
            raise Stale(_moved(request))
        if request.expires <= self._clock():
            raise Stale("This expired a moment ago; ask again if it is still needed.")
        return request

    async def _expired(self, work: Work, request: Request) -> Request:
        says = f"nobody decided in time; {request.asker.name} was told"
        request = await requests.move(work, request, State.EXPIRED, self._clock(), state_reason=says)
        actor = Actor(person=BACKSTOP, system=request.system, tenant=request.tenant)
        work.record(self._event("request.expired", request, actor, says))
        await work.redraw(_card(request.id))
        return request

    async def _locked(self, work: Work, id: str, *, lock: bool = True) -> Request:
        request = await requests.get(work, id, lock=lock)
        if request is None:
            raise UnknownName("request", id)
        return request

    def _event(self, verb: str, request: Request, actor: Actor, says: str, reason: str = "", **detail: Json) -> Event:
        policy = self._standing.catalog.policies.current().digest
        return event(verb, request, actor, self._clock, says=f"{request.label}: {says}", reason=reason, policy=policy,
                     **detail)  # fmt: skip


def _card(id: str) -> Subject:
    return Subject(kind=SubjectKind.REQUEST, id=id)


def _moved(request: Request) -> str:
    last = request.votes[-1].person.name if request.votes else ""
    who = f" by {last}" if last and request.state in {State.APPROVED, State.DENIED, State.RUNNING, State.DONE} else ""
    return f"Nothing to decide any more: this is {request.state.value}{who}."
