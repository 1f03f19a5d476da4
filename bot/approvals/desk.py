"""What lies on somebody's desk: what waits for them, what they asked for, what ran lately, reviews and deputies."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.approvals.standing import Standing
from bot.errors import NotAPerson
from bot.model.people import Person
from bot.model.policy import Verdict
from bot.model.request import Request, State
from bot.store import Store, requests

_MOST = 500


@dataclass(frozen=True)
class Desk:
    """Looks up requests as they concern one person, from a short memory of roles: what is pressed is checked afresh."""

    standing: Standing
    store: Store

    async def waiting(self, person: Person) -> list[Request]:
        """Pending requests that a person may decide and has not approved yet, the oldest first."""
        async with self.store.work() as work:
            pending = await requests.in_state(work, State.PENDING, limit=_MOST)
        mine = [one for one in pending if all(vote.person.id != person.id for vote in one.approved_by)]
        return sorted([one for one in mine if await self._may(person, one)], key=lambda one: one.created)

    async def half_approved(self, person: Person) -> list[Request]:
        """Pending requests that a person has approved and that others are still to decide, the oldest first."""
        async with self.store.work() as work:
            pending = await requests.in_state(work, State.PENDING, limit=_MOST)
        mine = [one for one in pending if any(vote.person.id == person.id for vote in one.approved_by)]
        return sorted(mine, key=lambda one: one.created)

    async def to_settle(self, person: Person) -> list[Request]:
        """Requests of unknown outcome that a person may settle, the oldest first."""
        async with self.store.work() as work:
            unknown = await requests.in_state(work, State.UNKNOWN, limit=_MOST)
        return [one for one in unknown if await self._may(person, await self._settled_by(one))]

    async def reviews(self, person: Person) -> list[Request]:
        """What ran by break-glass and is to be signed off by this person, or (their own) by somebody else.

        The oldest first. Own ones are those whose asker they are.
        """
        async with self.store.work() as work:
            due = await requests.to_review(work)
        return [one for one in due if one.asker.id == person.id or await self._may(person, await self._settled_by(one))]

    async def mine(self, person: Person, limit: int = 10, offset: int = 0) -> list[Request]:
        """What a person asked for, newest first."""
        async with self.store.work() as work:
            return await requests.asked_by(work, person, limit, offset)

    async def lately(self, person: Person, limit: int = 10, offset: int = 0) -> list[Request]:
        """What ended lately in systems and tenants that a person may look at, newest first."""
        async with self.store.work() as work:
            ended = await requests.ended_in(work, sorted(self.standing.catalog.systems), _MOST)
        seen: dict[tuple[str, str], bool] = {}
        found: list[Request] = []
        for one in ended:
            key = (one.system, one.tenant)
            if key not in seen:
                seen[key] = await self.standing.may_see(person, *key)
            found += [one] if seen[key] else []
            if len(found) >= offset + limit:
                break
        return found[offset:]

    async def changes_since(self, number: int | None) -> tuple[int, bool]:
        """The number of the last event, and whether requests changed since that of this number (none: no)."""
        async with self.store.work() as work:
            return await requests.changes_since(work, number)

    def deputies(self, person: Person) -> Sequence[str]:
        """Who stands for this person and for whom they stand, in words."""
        mine = self.standing.roles.addresses(person)
        return [
            f"You decide in place of {one.stands_for} until {one.until:%Y-%m-%d}."
            if one.deputy.casefold() in mine
            else f"{one.deputy} decides in your place until {one.until:%Y-%m-%d}."
            for one in self.standing.roles.deputies_of(person)
        ]

    async def _settled_by(self, request: Request) -> Request:
        return request.model_copy(update={"by": await self.standing.settlers(request)})

    async def _may(self, person: Person, request: Request) -> bool:
        try:
            approves = request.state is State.PENDING
            _, decision = await self.standing.voting(person, request, fresh=False, approves=approves)
        except NotAPerson:
            return False
        return decision.verdict is Verdict.ALLOW
