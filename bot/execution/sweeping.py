"""Finds what a stopped or killed process left behind, and makes it true: runs, expiries, diagnoses."""

from collections.abc import Awaitable
from datetime import timedelta

import structlog

from bot.approvals import Reminding, Voting
from bot.diagnosis import mark_cut_off
from bot.errors import BackstopError, Stale
from bot.execution.claims import LONGEST_RUN, Claims
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
        self, claims: Claims, executing: Executing, voting: Voting, reminding: Reminding, presence: Presence,
        store: Store, registry: Registry, clock: Clock,
    ) -> None:  # fmt: skip
        self._claims, self._executing, self._voting, self._reminding = claims, executing, voting, reminding
        self._presence, self._store, self._registry, self._clock = presence, store, registry, clock

    async def sweep(self) -> None:
        """One round. What fails is logged and tried again in the next, and keeps nothing else from being done."""
        async with self._store.work() as work:
            running = await requests.in_state(work, State.RUNNING)
            owners = {request.id: await requests.owner_of(work, request.id) for request in running}
            approved = await requests.in_state(work, State.APPROVED)
            pending = await requests.in_state(work, State.PENDING, limit=1_000)
        for request in running:
            await self._try(self._look_after(request, owners[request.id]), request.id)
        for request in approved:
            if request.changed < self._clock() - _LATE and await self._try(self._voting.expire(request.id), request.id):
                await self._try(self._executing.execute(request.id), request.id)
        for request in pending:
            if request.expires <= self._clock():
                await self._try(self._voting.expire(request.id), request.id)
        await self._try(self._reminding.remind_all())
        await self._try(self._diagnoses())

    async def _try(self, step: Awaitable[object], request: str = "") -> bool:
        try:
            await step
        except BackstopError as error:
            log.warning("sweep.failed", request=request, sentence=error.sentence)
            return False
        return True

    async def _look_after(self, request: Request, owner: str) -> None:
        if await self._presence.is_gone(owner):
            await self._recover(request, owner)
        elif request.changed < self._clock() - LONGEST_RUN:
            # It lives, and does not end: frozen, perhaps to go on later. Nothing is run beside it.
            await self._end_unknown(request, owner, "its worker froze while it ran")

    async def _recover(self, request: Request, owner: str) -> None:
        action = self._registry.actions.get(request.action)
        if action is not None and action.idempotent:
            permit = await self._claims.reclaim(request)
            if permit is not None:
                await self._executing.run(permit)
            return
        await self._end_unknown(request, owner, "the bot stopped while it ran")

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
