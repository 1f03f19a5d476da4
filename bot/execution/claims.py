"""Claims a request for this process, `approved → running`, after the rights of all concerned were read again."""

from bot.approvals import Standing
from bot.approvals.asking import event
from bot.errors import Refused, Stale
from bot.model.audit import Event
from bot.model.people import BACKSTOP, Actor
from bot.model.policy import Verdict
from bot.model.request import Outcome, Permit, Request, State
from bot.model.talk import Subject, SubjectKind
from bot.model.values import Clock, Json
from bot.store import Store, Work, requests
from bot.store.presence import Presence

_OUTCOMES = {State.FAILED: "failed", State.UNKNOWN: "unknown", State.OUTDATED: "refused"}


class Claims:
    """Gives permits, and takes the states that end them."""

    def __init__(self, standing: Standing, store: Store, presence: Presence, clock: Clock) -> None:
        self._standing, self._store, self._presence, self._clock = standing, store, presence, clock

    async def claim(self, id: str) -> Permit | None:
        """A permit for an approved request; None when there is nothing to run, or votes do not count any more."""
        if self._presence.lost.is_set():
            raise Stale("This replica lost its lock; another one takes over.")
        async with self._store.work() as work:
            request = await requests.get(work, id)
        if request is None or request.state is not State.APPROVED:
            return None
        missing = await self._missing(request)
        async with self._store.work() as work:
            try:
                if missing:
                    await self._back(work, request, missing)
                    return None
                return await self._take(work, request)
            except Stale:
                return None  # another worker was first, or it was cancelled

    async def reclaim(self, request: Request) -> Permit | None:
        """A permit for a request whose worker is gone, if its action may be run again."""
        async with self._store.work() as work:
            try:
                return await self._take(work, request, again=True)
            except Stale:
                return None

    async def end(self, permit: Permit, to: State, says: str, outcome: Outcome | None = None) -> Request:
        """Records how a run ended. Raises Stale when this process was displaced meanwhile."""
        async with self._store.work() as work:
            request = await requests.move(
                work, permit.request, to, self._clock(), owner="", state_reason=says, outcome=outcome
            )
            detail = {"result": outcome.model_dump(mode="json", exclude={"attachment"})} if outcome else {}
            work.record(
                self.event("action.finished", request, says, _OUTCOMES.get(to, "ok"), fence=permit.fence, **detail)
            )
            await work.redraw(Subject(kind=SubjectKind.REQUEST, id=request.id))
            if to is State.DONE and request.undo_of:
                await self._mark_undone(work, request)
            elif to is State.DONE and self._standing.registry.actions[request.action].is_fix:
                await work.defer("requests.verify", id=request.id)
        return request

    def event(self, verb: str, request: Request, says: str, outcome: str = "ok", **detail: Json) -> Event:
        """An event of the bot's own doing about a request."""
        actor = Actor(person=BACKSTOP, system=request.system, tenant=request.tenant)
        policy = self._standing.catalog.policies.current().digest
        return event(
            verb, request, actor, self._clock, says=f"{request.label}: {says}", outcome=outcome, policy=policy, **detail
        )

    async def _mark_undone(self, work: Work, undo: Request) -> None:
        """Notes on the first request that it does not hold any more, so that it is not undone twice."""
        first = await requests.get(work, undo.undo_of, lock=True)
        if first is not None:
            await requests.move(work, first, first.state, self._clock(), undone_by=undo.id)
            await work.redraw(Subject(kind=SubjectKind.REQUEST, id=first.id))

    async def _missing(self, request: Request) -> str:
        """Why the request may not run with today's roles and policy; empty when it may."""
        action = self._standing.registry.actions[request.action]
        try:
            asker = await self._standing.actor(request.asker, request.system, request.inputs)
        except Refused as error:
            return f"{request.asker.name} may not ask for this any more: {error.sentence}"
        decision = self._standing.asking(
            asker, action, size=request.preview.size, beneficiary=request.beneficiary,
            granted=self._standing.granted(request),
        )  # fmt: skip
        if decision.verdict is Verdict.NO:
            return f"{request.asker.name} may not ask for this any more: {decision.reason}"
        needed = decision.approvals if decision.verdict is Verdict.APPROVALS else 0
        counted = await self._standing.counted(request.model_copy(update={"by": decision.by or request.by}))
        if len(counted) < needed:
            return f"{len(counted)} of {needed} approvals count with today's roles"
        return ""

    async def _take(self, work: Work, request: Request, *, again: bool = False) -> Permit:
        fence = request.fence + 1
        taken = await requests.move(
            work, request, State.RUNNING, self._clock(), owner=self._presence.replica, fence=fence
        )
        says = "started again after its worker was lost" if again else "started"
        approved = [vote.person.name for vote in taken.approved_by]
        work.record(self.event("action.started", taken, says, fence=fence, approved_by=approved))
        await work.redraw(Subject(kind=SubjectKind.REQUEST, id=request.id))
        return Permit(request=taken, owner=self._presence.replica, fence=fence)

    async def _back(self, work: Work, request: Request, missing: str) -> None:
        """Sends a request back to be decided, or ends it where nobody is to decide."""
        back = bool(request.by) and request.expires > self._clock()
        to = State.PENDING if back else State.DENIED
        request = await requests.move(work, request, to, self._clock(), state_reason=missing)
        work.record(self.event("request.returned" if back else "request.denied", request, missing, outcome="refused"))
        if back:
            await work.defer("requests.expire", at=request.expires, id=request.id)
        await work.redraw(Subject(kind=SubjectKind.REQUEST, id=request.id))
