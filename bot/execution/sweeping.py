"""Finds what a stopped or killed process left behind, and makes it true: runs, expiries, diagnoses."""

import asyncio
from collections.abc import Awaitable
from datetime import datetime, timedelta

import structlog

from bot.approvals import Reminding, Voting
from bot.approvals.standing import NO_ANSWER
from bot.diagnosis import mark_cut_off
from bot.errors import BackstopError, Refused, Stale
from bot.execution.claims import LONGEST_RUN, Claims
from bot.execution.executing import Executing
from bot.model.request import Permit, Request, State
from bot.model.values import Clock
from bot.registry import Registry
from bot.store import Store, diagnoses, requests
from bot.store.presence import Presence

log = structlog.get_logger()

_FORGOTTEN = timedelta(seconds=2)  # an approved request that nobody has begun by then has lost its task
_AGAIN = timedelta(seconds=5)  # until accounts or policy are asked again that could not be read
_PATIENCE = 2.0  # seconds for what is run here; what takes longer goes on beside the next rounds


class Sweeping:
    """Run at start and again and again, in every replica; each step is compare-and-swap."""

    def __init__(
        self, claims: Claims, executing: Executing, voting: Voting, reminding: Reminding, presence: Presence,
        store: Store, registry: Registry, clock: Clock,
    ) -> None:  # fmt: skip
        self._claims, self._executing, self._voting, self._reminding = claims, executing, voting, reminding
        self._presence, self._store, self._registry, self._clock = presence, store, registry, clock
        self._begun: dict[str, asyncio.Task[bool]] = {}
        self._tried: dict[str, datetime] = {}

    async def sweep(self) -> None:
        """One whole round. What fails is logged and tried again in the next, and keeps nothing else from being done."""
        await self.rescue()
        async with self._store.work() as work:
            pending = await requests.in_state(work, State.PENDING, limit=1_000)
        for request in pending:
            if request.expires <= self._clock():
                await self._try(self._voting.expire(request.id), request.id)
        await self._try(self._reminding.remind_all())
        await self._try(self._diagnoses())

    async def rescue(self) -> None:
        """Goes on with what a process left behind that is gone: what it ran, and what it was to run."""
        async with self._store.work() as work:
            running = await requests.in_state(work, State.RUNNING)
            owners = {request.id: await requests.owner_of(work, request.id) for request in running}
            approved = await requests.in_state(work, State.APPROVED)
        for request in running:
            if request.id not in self._begun:
                await self._try(self._look_after(request, owners[request.id]), request.id)
        now = self._clock()
        self._tried = {request.id: self._tried[request.id] for request in approved if request.id in self._tried}
        for request in approved:
            since = max(request.changed, self._tried.get(request.id, request.changed))
            if request.id not in self._begun and since <= now - _FORGOTTEN:
                self._tried[request.id] = now + _AGAIN - _FORGOTTEN
                self._begin(request, self._run(request))
        if self._begun:
            await asyncio.wait(self._begun.values(), timeout=_PATIENCE)

    async def stop(self) -> None:
        """Ends what is run here; what it leaves behind is found by the next."""
        begun = [*self._begun.values()]
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)

    def _begin(self, request: Request, step: Awaitable[object]) -> None:
        task = asyncio.ensure_future(self._try(step, request.id))
        self._begun[request.id] = task
        task.add_done_callback(lambda _: self._begun.pop(request.id, None))

    async def _run(self, request: Request) -> None:
        if await self._voting.expire(request.id) is None:
            await self._executing.execute(request.id)

    async def _try(self, step: Awaitable[object], request: str = "") -> bool:
        try:
            await step
        except BackstopError as error:
            log.warning("sweep.failed", request=request, sentence=error.sentence)
            return False
        except Exception:
            log.exception("sweep.broken", request=request)
            return False
        return True

    async def _look_after(self, request: Request, owner: str) -> None:
        if await self._presence.is_gone(owner):
            self._begin(request, self._recover(request, owner))
        elif request.changed < self._clock() - self._longest(request):
            # It lives, and does not end: frozen, perhaps to go on later. Nothing is run beside it.
            await self._end_unknown(request, owner, "its worker froze while it ran")

    def _longest(self, request: Request) -> timedelta:
        action = self._registry.actions.get(request.action)
        return LONGEST_RUN + (action.limit if action is not None else timedelta())

    async def _recover(self, request: Request, owner: str) -> None:
        action = self._registry.actions.get(request.action)
        why = "the bot stopped while it ran"
        if action is not None and action.idempotent:
            try:
                permit = await self._claims.reclaim(request)
            except Refused as refusal:
                if refusal.rule in NO_ANSWER:
                    raise
                why = f"{why}, and it may not be run again ({refusal.sentence.rstrip('.')})"
            else:
                if permit is not None:
                    await self._executing.run(permit)
                return
        await self._end_unknown(request, owner, why)

    async def _end_unknown(self, request: Request, owner: str, why: str) -> None:
        says = f"{why}; whether it had an effect is not known"
        permit = Permit(request=request, owner=owner, fence=request.fence)
        try:
            await self._claims.end(permit, State.UNKNOWN, says)
        except Stale as error:
            log.info("sweep.outrun", request=request.id, reason=error.sentence)

    async def _diagnoses(self) -> None:
        async with self._store.work() as work:
            left = await diagnoses.running(work, self._presence.replica)
        for diagnosis, owner in left:
            if await self._presence.is_gone(owner):
                async with self._store.work() as work:
                    await mark_cut_off(work, diagnosis, self._clock)
