"""Deciding on a request: approve, deny, cancel, expire, settle; each a compare-and-swap with its audit event."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot import metrics
from bot.approvals.asking import Asking, check_length
from bot.approvals.record import card, event, note_refusal
from bot.approvals.standing import Standing
from bot.approvals.telling import Telling
from bot.errors import InputError, Refused, Stale, UnknownName
from bot.model.audit import Event
from bot.model.people import BACKSTOP, Actor, Person
from bot.model.policy import Decision, Verdict
from bot.model.request import Choice, Request, State, Vote
from bot.model.values import Clock, Json
from bot.redaction import redact
from bot.store import Store, Work, requests


class Voting:
    """Everything that people and the clock do to a request before it runs, and to one whose outcome is unknown."""

    def __init__(self, standing: Standing, asking: Asking, telling: Telling, store: Store, clock: Clock) -> None:
        self._standing, self._asking, self._telling = standing, asking, telling
        self._store, self._clock = store, clock

    async def get(self, id: str) -> Request:
        """The request as it stands. Raises UnknownName when there is none of this id."""
        async with self._store.work() as work:
            return await self._found(work, id, lock=False)

    async def approve(self, person: Person, id: str, comment: str = "") -> Request:
        """Counts an approval; the last one that was needed has the request executed."""
        async with self._refusals(person, id, "approving"):
            actor, today = await self._checked(person, id)
            check_length(comment)
            if today.comment and not comment.strip():
                raise InputError("Say why you approve this; the policy asks for it.")
            async with self._store.work() as work:
                request = _as_today(await self._pending(work, id), today)
                if any(actor.is_known_as(vote.person) for vote in request.approved_by):
                    raise Stale("You have approved this already.")
                decision = self._allowed(self._standing.judged(actor, request), request)
                reason, who = str(redact(comment.strip())), actor.person
                vote = Vote(person=who, roles=decision.by, choice=Choice.APPROVE, reason=reason, at=self._clock(),
                            stands_for=decision.stands_for)  # fmt: skip
                request = await self._cast(work, request, vote)
                instead = f" in place of {vote.stands_for}" if vote.stands_for else ""
                missing = request.approvals - len(request.approved_by)
                if missing > 0:
                    request = await requests.move(work, request, State.PENDING, self._clock())
                    says = f"approved{instead}; {missing} more needed"
                    work.record(self._event("request.voted", request, actor, says, reason=reason))
                    await work.redraw(card(id))
                else:
                    request = await requests.move(work, request, State.APPROVED, self._clock(), state_reason="")
                    says = f"approved{instead}"
                    work.record(self._event("request.approved", request, actor, says, reason=reason))
                    work.defer("requests.execute", id=id)
                    await self._telling.asker(work, request)
            if request.state is State.APPROVED:
                self._time("approved", request)
            return request

    async def withdraw(self, person: Person, id: str) -> Request:
        """Takes one's approval back, while the request is pending."""
        async with self._refusals(person, id, "taking an approval back"), self._store.work() as work:
            request = await self._pending(work, id)
            if not any(vote.person.id == person.id for vote in request.approved_by):
                raise Stale("There is no approval of yours on this request.")
            vote = Vote(person=person, roles=(), choice=Choice.WITHDRAWN, at=self._clock())
            request = await requests.move(work, await self._cast(work, request, vote), State.PENDING, self._clock())
            actor = Actor(person=person, system=request.system, tenant=request.tenant)
            work.record(self._event("request.voted", request, actor, "approval taken back"))
            await work.redraw(card(id))
        return request

    async def deny(self, person: Person, id: str, reason: str) -> Request:
        """Denies the request for good, with a reason."""
        if not reason.strip():
            raise InputError("Say why you deny this; the asker is told.")
        async with self._refusals(person, id, "denying"):
            check_length(reason)
            actor, today = await self._checked(person, id, approves=False)
            reason = str(redact(reason.strip()))
            async with self._store.work() as work:
                request, who = await self._pending(work, id), actor.person
                decision = self._standing.judged(actor, _as_today(request, today), approves=False)
                vote = Vote(person=who, roles=decision.by, choice=Choice.DENY, reason=reason, at=self._clock())
                request = await self._cast(work, request, vote)
                request = await requests.move(work, request, State.DENIED, self._clock(), state_reason=reason)
                work.record(self._event("request.denied", request, actor, "denied", reason=reason))
                await self._telling.asker(work, request)
            self._time("denied", request)
            return request

    async def cancel(self, person: Person, id: str) -> Request:
        """Takes a request back; only its asker can."""
        async with self._refusals(person, id, "cancelling"), self._store.work() as work:
            request = await self._found(work, id)
            if request.asker.id != person.id:
                raise Refused(f"Only {request.asker.name} can cancel this; you can deny it if you may decide.")
            if request.state not in {State.PENDING, State.APPROVED}:
                raise Stale(f"This can't be cancelled any more: it is {request.state.value}.")
            request = await requests.move(work, request, State.CANCELLED, self._clock())
            actor = Actor(person=person, system=request.system, tenant=request.tenant)
            work.record(self._event("request.cancelled", request, actor, "taken back by its asker"))
            await work.redraw(card(id))
        return request

    async def expire(self, id: str) -> Request | None:
        """Ends a request that nobody decided in time, or that could not be begun in as much time after its approval.

        None when that is not so (any more).
        """
        async with self._store.work() as work:
            request, now = await self._found(work, id), self._clock()
            if request.state is State.PENDING and request.expires <= now:
                says = f"nobody decided in time; {request.asker.name} was told"
            elif request.state is State.APPROVED and request.changed + (request.expires - request.created) <= now:
                says = "approved, but it could not be begun in time; nothing was done, ask again"
            else:
                return None
            request = await requests.move(work, request, State.EXPIRED, now, state_reason=says)
            actor = Actor(person=BACKSTOP, system=request.system, tenant=request.tenant)
            work.record(self._event("request.expired", request, actor, says))
            await self._telling.asker(work, request)
        self._time("expired", request)
        return request

    async def end_undo(self, id: str) -> None:
        """Has the card of a request drawn again when the time is over in which it could be undone."""
        async with self._store.work() as work:
            await work.redraw(card(id))

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
                await self._telling.asker(work, request)
            else:
                request = await requests.move(work, request, State.PENDING, self._clock(), preview=preview)
                work.record(self._event("request.previewed", request, actor, f"previewed again: {preview.says}"))
            await work.redraw(card(id))
        return request

    async def settle(self, person: Person, id: str, to: State, reason: str) -> Request:
        """Says how a request with unknown outcome ended; somebody who may approve it, but not its asker."""
        if to not in {State.DONE, State.FAILED}:
            raise Refused("An unknown outcome is settled as done or as failed.", "payload")
        if not reason.strip():
            raise InputError("Say how you know; the reason stands in the audit trail.")
        async with self._refusals(person, id, "settling"):
            check_length(reason)
            actor = await self._judge(person, id, State.UNKNOWN)
            reason = str(redact(reason.strip()))
            async with self._store.work() as work:
                request = await self._found(work, id)
                if request.state is not State.UNKNOWN:
                    raise Stale(f"This is settled already: it is {request.state.value}.")
                says = f"{person.name}: {reason}"
                request = await requests.move(work, request, to, self._clock(), state_reason=says)
                work.record(self._event("request.settled", request, actor, f"settled as {to.value}", reason=reason))
                await self._telling.asker(work, request)
            return request

    async def check_settling(self, person: Person, id: str) -> None:
        """Whether somebody may say how a request ended, before they fill in a form. Raises Refused, Stale."""
        async with self._refusals(person, id, "settling"):
            await self._judge(person, id, State.UNKNOWN)

    async def sign_off(self, person: Person, id: str, reason: str) -> Request:
        """Ends the review of a break-glass: somebody who could have approved it, and did not ask for it."""
        if not reason.strip():
            raise InputError("Say what you saw; it stands in the audit trail.")
        async with self._refusals(person, id, "signing off"):
            check_length(reason)
            actor = await self._judge(person, id, None)
            reason = str(redact(reason.strip()))
            async with self._store.work() as work:
                request, now = await self._found(work, id), self._clock()
                if request.review is None or request.review.signed_by is not None:
                    raise Stale("There is no review due here any more.")
                if request.state in {State.APPROVED, State.RUNNING, State.UNKNOWN}:
                    raise Stale(f"It is {request.state.value} still; sign it off when it has ended.")
                signed = {"signed_by": actor.person, "signed_at": now, "says": reason}
                review = request.review.model_copy(update=signed)
                request = await requests.move(work, request, request.state, now, review=review)
                work.record(self._event("request.reviewed", request, actor, "review signed off", reason=reason))
                await self._telling.asker(work, request)
            return request

    async def _judge(self, person: Person, id: str, state: State | None) -> Actor:
        """Whether the person may say how a request ended. Raises Refused."""
        request = await self.get(id)
        if state is not None and request.state is not state:
            raise Stale(f"There is nothing to settle any more: this is {request.state.value}.")
        by = await self._standing.settlers(request)
        actor = await self._standing.present(person, request)
        return await self._voter(person, actor, request.model_copy(update={"by": by}), approves=False)

    async def _checked(self, person: Person, id: str, *, approves: bool = True) -> tuple[Actor, Request]:
        """Whether the person may decide by today's policy, read before the row is locked. Raises Refused."""
        request = await self.get(id)
        if request.state is not State.PENDING:
            raise Stale(_moved(request))
        decision, (actor,) = await self._standing.today_with(request, [person])
        if decision.verdict is Verdict.APPROVALS:
            terms = {name: getattr(decision, name) for name in ("approvals", "by", "another_team", "comment", "rule")}
            request = request.model_copy(update={**terms, "why": decision.reason})
        if isinstance(actor, BaseException):
            raise actor
        return await self._voter(person, actor, request, approves=approves), request

    async def _voter(self, person: Person, actor: Actor, request: Request, *, approves: bool) -> Actor:
        decision = self._standing.judged(actor, request, approves=approves)
        if decision.verdict is not Verdict.ALLOW:
            raise await self._standing.refusal(person, request, decision)
        return actor

    def _allowed(self, decision: Decision, request: Request) -> Decision:
        if decision.verdict is not Verdict.ALLOW:
            raise Refused(f"You can't decide this: {decision.reason}.", request.rule)
        return decision

    async def _cast(self, work: Work, request: Request, vote: Vote) -> Request:
        await requests.vote(work, request, vote)
        others = tuple(one for one in request.votes if one.person.id != vote.person.id)
        void = tuple(one for one in request.void if one != vote.person.id)
        return request.model_copy(update={"votes": (*others, vote), "void": void})

    async def _pending(self, work: Work, id: str) -> Request:
        request = await self._found(work, id)
        if request.state is not State.PENDING:
            raise Stale(_moved(request))
        if request.expires <= self._clock():
            raise Stale("This expired a moment ago; ask again if it is still needed.")
        return request

    async def _found(self, work: Work, id: str, *, lock: bool = True) -> Request:
        request = await requests.get(work, id, lock=lock)
        if request is None:
            raise UnknownName("request", id)
        return request

    @asynccontextmanager
    async def _refusals(self, person: Person, id: str, tried: str) -> AsyncIterator[None]:
        """Puts every refusal on record by the side of its request; an id that is none is refused too."""
        try:
            yield
        except UnknownName as error:
            raise Refused("This button belongs to no request of this bot; nothing was done.", "payload") from error
        except (Refused, Stale) as error:
            request = await self.get(id)
            await note_refusal(self._store, request, person, tried, error, self._clock, self._standing.digest)
            raise

    def _time(self, decision: str, request: Request) -> None:
        metrics.decisions.labels(decision).observe((request.changed - request.created).total_seconds())

    def _event(self, verb: str, request: Request, actor: Actor, says: str, reason: str = "", **detail: Json) -> Event:
        return event(verb, request, actor, self._clock, says=f"{request.label}: {says}", reason=reason,
                     policy=self._standing.digest, **detail)  # fmt: skip


def _as_today(request: Request, today: Request) -> Request:
    """The request as it is stored now, to be decided on by today's terms."""
    names = ("approvals", "by", "another_team", "comment", "rule", "why")
    return request.model_copy(update={name: getattr(today, name) for name in names})


def _moved(request: Request) -> str:
    last = request.votes[-1].person.name if request.votes else ""
    who = f" by {last}" if last and request.state in {State.APPROVED, State.DENIED, State.RUNNING, State.DONE} else ""
    return f"Nothing to decide any more: this is {request.state.value}{who}."
