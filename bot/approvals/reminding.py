"""Reminds those who may decide, with growing pauses, then tells the next of the ladder; and of reviews that are due."""

from datetime import timedelta

from bot.approvals.record import event
from bot.approvals.standing import Standing
from bot.approvals.telling import Telling, further_part, notice_of
from bot.errors import BackstopError
from bot.model.people import BACKSTOP, Actor
from bot.model.request import Request, State
from bot.model.values import Clock
from bot.store import Store, requests

_LONGEST = timedelta(days=1)  # between two reminders of a review; they do not end until it is signed off


class Reminding:
    """Looked at in every sweep, in every replica: who is second finds that it was done."""

    def __init__(self, standing: Standing, telling: Telling, store: Store, clock: Clock) -> None:
        self._standing, self._telling, self._store, self._clock = standing, telling, store, clock

    async def remind(self, request: Request) -> None:
        """Tells once more about a pending request, if that is due."""
        if not self._is_due(request):
            return
        is_last = request.reminded == len(request.remind)
        roles = request.ladder if is_last else self._telling.first(request)
        told = await self._telling.deciders(request, roles)
        voted = {vote.person.id for vote in request.approved_by}
        part = f"reminder {request.reminded + 1}"
        async with self._store.work() as work:
            found = await requests.get(work, request.id, lock=True)
            if found is None or found.state is not State.PENDING or found.reminded != request.reminded:
                return
            now = self._clock()
            told = told.without(voted)
            mentions = {**found.mentions, **told.mentions(notice_of(part))}
            found = await requests.move(work, found, State.PENDING, now, reminded=found.reminded + 1, mentions=mentions)
            names = [*(one.name for one in (*told.directly, *told.mentioned)), *told.groups]
            to = f"the next of the ladder ({', '.join(roles)})" if is_last else " and ".join(names) or "nobody"
            says = f"{found.label}: told {to} once more"
            actor = Actor(person=BACKSTOP, system=found.system, tenant=found.tenant)
            work.record(event("request.reminded", found, actor, self._clock, says=says, policy=self._standing.digest))
            await self._telling.remind(work, found, told, part)

    async def remind_of_review(self, request: Request) -> None:
        """Tells once more about a break-glass that nobody has signed off, when its review is due; then less often."""
        review = request.review
        if review is None or review.signed_by is not None or self._clock() < review.due:
            return
        told = await self._telling.deciders(request, await self._standing.settlers(request))
        async with self._store.work() as work:
            found = await requests.get(work, request.id, lock=True)
            if found is None or found.review != review or found.state in {State.APPROVED, State.RUNNING}:
                return
            now, pause = self._clock(), min(timedelta(hours=1) * 2**review.reminded, _LONGEST)
            later = review.model_copy(update={"reminded": review.reminded + 1, "due": now + pause})
            part = f"review {later.reminded}"
            mentions = {**found.mentions, **told.mentions(notice_of(part))}
            found = await requests.move(work, found, found.state, found.changed, review=later, mentions=mentions)
            says = f"{found.label}: the review of this break-glass is due"
            actor = Actor(person=BACKSTOP, system=found.system, tenant=found.tenant)
            work.record(event("request.reminded", found, actor, self._clock, says=says, policy=self._standing.digest))
            await self._telling.remind(work, found, told, part)

    async def tell_more(self, id: str, notice: str, roles: str, after: str) -> None:
        """Tells the next page of those who may decide, where there are too many to look up at once.

        `roles` are separated by commas; `after` is the address at which the page before ended.
        """
        async with self._store.work() as work:
            request = await requests.get(work, id)
        if request is None or not _concerns_them(request):
            return
        told = await self._telling.deciders(request, roles.split(","), after)
        async with self._store.work() as work:
            found = await requests.get(work, id, lock=True)
            if found is None or not _concerns_them(found):
                return
            if found.state is State.RUNNING:  # what is written now would be overwritten by how the run ends
                self._telling.later(work, found, notice, told.roles, after)
                return
            told = told.without(vote.person.id for vote in found.approved_by)
            part = further_part(found, notice)
            mentions = {**found.mentions, **told.mentions(part)}
            found = await requests.move(work, found, found.state, found.changed, mentions=mentions)
            says = f"{found.label}: told {len(told.ids)} more of those who may decide"
            actor, policy = Actor(person=BACKSTOP, system=found.system, tenant=found.tenant), self._standing.digest
            work.record(event("request.told", found, actor, self._clock, says=says, policy=policy, told=list(told.ids)))
            await self._telling.go_on(work, found, told, part, notice)

    async def remind_all(self) -> None:
        """Everything that is due now. What fails is tried again in the next round."""
        async with self._store.work() as work:
            pending = await requests.in_state(work, State.PENDING, limit=1_000)
            reviews = await requests.to_review(work)
        problem: BackstopError | None = None
        for request in pending:
            try:
                await self.remind(request)
            except BackstopError as error:
                problem = error
        for request in reviews:
            try:
                await self.remind_of_review(request)
            except BackstopError as error:
                problem = error
        if problem is not None:
            raise problem

    def _is_due(self, request: Request) -> bool:
        now, done = self._clock(), request.reminded
        if request.expires <= now:
            return False
        if done < len(request.remind):
            return now >= request.created + request.remind[done]
        if done > len(request.remind) or not request.ladder:
            return False
        # The ladder follows its last reminder as late as that followed the one before.
        first, last = ([timedelta(0), *request.remind])[-2:] if request.remind else (timedelta(0), timedelta(0))
        return now >= request.created + last + (last - first)


def _concerns_them(request: Request) -> bool:
    """Whether those who may decide are still wanted: for a decision, or for the review of a break-glass."""
    return request.state is State.PENDING or (request.review is not None and request.review.signed_by is None)
