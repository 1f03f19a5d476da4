"""Finds what a stopped or killed process left behind, and makes it true: runs, expiries, diagnoses."""

from datetime import timedelta

import structlog

from bot.approvals import Voting
from bot.diagnosis import mark_cut_off
from bot.errors import BackstopError
from bot.execution.claims import Claims
from bot.execution.executing import Executing
from bot.model.request import Permit, Request, State
from bot.model.values import Clock
from bot.registry import Registry
from bot.store import Store, diagnoses, requests
from bot.store.presence import Presence

log = structlog.get_logger()

_LATE = timedelta(seconds=30)  # an approved request that nobody runs has lost its task


class Sweeping:
    """Run at start and every few seconds, in every replica; each step is compare-and-swap."""

    def __init__(
        self, claims: Claims, executing: Executing, voting: Voting, presence: Presence, store: Store,
        registry: Registry, clock: Clock,
    ) -> None:  # fmt: skip
        self._claims, self._executing, self._voting = claims, executing, voting
        self._presence, self._store, self._registry, self._clock = presence, store, registry, clock

    async def sweep(self) -> None:
        """One round. What fails is logged and tried again in the next."""
        async with self._store.work() as work:
            running = await requests.in_state(work, State.RUNNING)
            owners = {request.id: await requests.owner_of(work, request.id) for request in running}
            approved = await requests.in_state(work, State.APPROVED)
            pending = await requests.in_state(work, State.PENDING)
        for request in running:
            if await self._presence.is_gone(owners[request.id]):
                await self._recover(request, owners[request.id])
        for request in approved:
            if request.changed < self._clock() - _LATE:
                await self._executing.execute(request.id)
        for request in pending:
            if request.expires <= self._clock():
                await self._voting.expire(request.id)
        await self._diagnoses()

    async def _recover(self, request: Request, owner: str) -> None:
        action = self._registry.actions.get(request.action)
        if action is not None and action.idempotent:
            permit = await self._claims.reclaim(request)
            if permit is not None:
                await self._executing.run(permit)
            return
        says = "the bot stopped while it ran; whether it had an effect is not known"
        try:
            await self._claims.end(Permit(request=request, owner=owner, fence=request.fence), State.UNKNOWN, says)
        except BackstopError as error:
            log.info("sweep.outrun", request=request.id, reason=error.sentence)

    async def _diagnoses(self) -> None:
        async with self._store.work() as work:
            left = await diagnoses.running(work, self._presence.replica)
        for diagnosis, owner in left:
            if await self._presence.is_gone(owner):
                async with self._store.work() as work:
                    await mark_cut_off(work, diagnosis, self._clock)
