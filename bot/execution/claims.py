"""Claims a request for this process, `approved → running`, after the rights of all concerned were read again."""

from datetime import timedelta

from bot import metrics
from bot.approvals import Standing, Telling
from bot.approvals.record import card, event
from bot.approvals.standing import NO_ANSWER
from bot.errors import Refused, SlackFailed, Stale
from bot.model.audit import Event
from bot.model.people import BACKSTOP, Actor
from bot.model.policy import Decision, Verdict
from bot.model.request import Outcome, Permit, Request, State, Vote
from bot.model.values import Clock, Json
from bot.store import Store, Work, requests
from bot.store.presence import Presence

_OUTCOMES = {State.FAILED: "failed", State.UNKNOWN: "unknown", State.OUTDATED: "refused"}
# Beside the time limit of the action: whose run takes longer is frozen, or lost its record.
LONGEST_RUN = timedelta(minutes=2)
_LATE = timedelta(seconds=2)  # after which the time to undo is over by every replica's clock


class Claims:
    """Gives permits, and takes the states that end them."""

    def __init__(self, standing: Standing, telling: Telling, store: Store, presence: Presence, clock: Clock) -> None:
        self._standing, self._telling = standing, telling
        self._store, self._presence, self._clock = store, presence, clock

    async def claim(self, id: str) -> Permit | None:
        """A permit for an approved request; None when there is nothing to run, or votes do not count any more."""
        if self._presence.lost.is_set():
            raise Stale("This replica lost its lock; another one takes over.")
        async with self._store.work() as work:
            read = await requests.get(work, id)
        if read is None or read.state is not State.APPROVED:
            return None
        missing, waits = "", ""
        counted: tuple[Vote, ...] = ()
        today: Decision | None = None
        try:
            missing, counted, today = await self._missing(read)
        except SlackFailed as error:
            waits = error.sentence
        except Refused as error:
            if error.rule in NO_ANSWER:
                waits = error.sentence  # the old authority does not hold, and neither does an unread new one
            else:
                missing = error.sentence
        async with self._store.work() as work:
            request = await requests.get(work, id, lock=True)
            if request is None or request.state is not State.APPROVED or request.changed != read.changed:
                return None  # another worker was first, it was cancelled, or it was decided anew meanwhile
            if waits:
                await self._wait(work, request, waits)
                return None
            if missing:
                await self._back(work, request, missing, counted, today)
                return None
            return await self._take(work, request)

    async def holds(self, permit: Permit) -> bool:
        """Whether a permit is still the one that counts: asked right before the change, since a process may freeze."""
        async with self._store.work() as work:
            request = await requests.get(work, permit.request.id)
        is_late = self._clock() > permit.request.changed + LONGEST_RUN / 2
        is_mine = request is not None and request.state is State.RUNNING and request.fence == permit.fence
        return is_mine and not is_late

    async def reclaim(self, request: Request) -> Permit | None:
        """A permit for a request whose worker is gone and whose action may be run again; None when it was taken.

        Raises Refused when it may not run any more by today's accounts, roles and policy, SlackFailed when they cannot
        be read.
        """
        missing, _, _ = await self._missing(request)
        if missing:
            raise Refused(missing, request.rule)
        async with self._store.work() as work:
            try:
                return await self._take(work, request, again=True)
            except Stale:
                return None

    async def end(self, permit: Permit, to: State, says: str, outcome: Outcome | None = None) -> Request:
        """Records how a run ended. Raises Stale when this process was displaced meanwhile."""
        async with self._store.work() as work:
            now, can_be_undone = self._clock(), to is State.DONE and outcome is not None and outcome.undo is not None
            request = await requests.move(
                work, permit.request, to, now, owner="", state_reason=says, outcome=outcome,
                undo_until=now + permit.request.undo_for if can_be_undone else None,
            )  # fmt: skip
            detail = {"result": outcome.model_dump(mode="json", exclude={"attachment"})} if outcome else {}
            if request.undo_until is not None:
                work.defer("requests.end_undo", at=request.undo_until + _LATE, id=request.id)
            work.record(
                self.event("action.finished", request, says, _OUTCOMES.get(to, "ok"), fence=permit.fence, **detail)
            )
            if request.approvals or to is not State.DONE:
                await self._telling.asker(work, request)
            else:
                await work.redraw(card(request.id))
            if to is State.DONE and request.undo_of:
                await self._mark_undone(work, request)
            elif to is State.DONE and self._standing.registry.actions[request.action].is_fix:
                settled = self._clock() + outcome.settles if outcome and outcome.settles else None
                work.defer("requests.verify", at=settled, id=request.id)
            elif to is State.UNKNOWN:
                work.defer("escalation.consider", id=request.id)
        metrics.executions.labels(request.action, to.value).inc()
        return request

    def event(self, verb: str, request: Request, says: str, outcome: str = "ok", **detail: Json) -> Event:
        """An event of the bot's own doing about a request."""
        actor = Actor(person=BACKSTOP, system=request.system, tenant=request.tenant)
        policy = self._standing.digest
        return event(
            verb, request, actor, self._clock, says=f"{request.label}: {says}", outcome=outcome, policy=policy, **detail
        )

    async def _mark_undone(self, work: Work, undo: Request) -> None:
        """Notes on the first request that it does not hold any more, so that it is not undone twice."""
        first = await requests.get(work, undo.undo_of, lock=True)
        if first is not None:
            await requests.move(work, first, first.state, self._clock(), undone_by=undo.id)
            await work.redraw(card(first.id))

    async def _missing(self, request: Request) -> tuple[str, tuple[Vote, ...], Decision]:
        """Why the request may not run with today's accounts, roles and policy (empty when it may), and what counts.

        Raises Refused when its asker may not ask for it any more.
        """
        decision, voters = await self._standing.today_with(request, [vote.person for vote in request.approved_by])
        if request.is_break_glass or decision.verdict is Verdict.ALLOW:
            return "", request.approved_by, decision
        terms = {"by": decision.by, "another_team": decision.another_team}
        counted = self._standing.counted(request.model_copy(update=terms), voters)
        if len(counted) < decision.approvals:
            return f"{len(counted)} of {decision.approvals} approvals count with today's roles", counted, decision
        return "", counted, decision

    async def _wait(self, work: Work, request: Request, why: str) -> None:
        """Leaves a request approved until its people and the policy can be read; its card says so. Sweeps come back."""
        says = f"It waits to be begun: {why}"
        if request.state_reason != says:
            await requests.move(work, request, State.APPROVED, request.changed, state_reason=says)
            work.record(self.event("request.waits", request, says))
            await work.redraw(card(request.id))

    async def _take(self, work: Work, request: Request, *, again: bool = False) -> Permit:
        fence = request.fence + 1
        taken = await requests.move(
            work, request, State.RUNNING, self._clock(), owner=self._presence.replica, fence=fence
        )
        says = "started again after its worker was lost" if again else "started"
        approved = [vote.person.name for vote in taken.approved_by]
        work.record(self.event("action.started", taken, says, fence=fence, approved_by=approved))
        await work.redraw(card(request.id))
        return Permit(request=taken, owner=self._presence.replica, fence=fence)

    async def _back(
        self, work: Work, request: Request, missing: str, counted: tuple[Vote, ...], today: Decision | None
    ) -> None:
        """Sends a request back to be decided by today's terms, or ends it where its asker may not ask any more."""
        back = today is not None and today.verdict is Verdict.APPROVALS and request.expires > self._clock()
        fields: dict[str, object] = {"state_reason": missing}
        if today is not None and back:
            kept = {vote.person.id for vote in counted}
            void = tuple(vote.person.id for vote in request.approved_by if vote.person.id not in kept)
            fields |= {
                "void": (*request.void, *void), "approvals": today.approvals, "by": today.by, "rule": today.rule,
                "why": today.reason, "another_team": today.another_team, "comment": today.comment,
            }  # fmt: skip
        to = State.PENDING if back else State.DENIED
        request = await requests.move(work, request, to, self._clock(), **fields)
        work.record(self.event("request.returned" if back else "request.denied", request, missing, outcome="refused"))
        if back:
            work.defer("requests.expire", at=request.expires, id=request.id)
        await self._telling.asker(work, request)
