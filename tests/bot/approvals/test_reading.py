"""Asker and voters are read at once before anything runs, and each of them counts as if they were read alone."""

import asyncio

import pytest

from bot.errors import NotAPerson, Refused, SlackFailed
from bot.model.people import Person
from bot.model.request import State
from tests.bot.approvals.engine import ADA, OLGA, SAM, STAFF, TOM, Engine, Shared, Workspace, staff


class Counter(Workspace):
    """A directory that answers when so many were asked for; `errors` are what it says of somebody instead."""

    def __init__(self, together: int, **errors: Exception) -> None:
        super().__init__(SAM, OLGA, TOM, ADA)
        self._together, self._errors = asyncio.Barrier(together), errors

    async def person(self, user_id: str, *, fresh: bool = False) -> Person:
        """See `bot.model.people.Directory`."""
        await asyncio.wait_for(self._together.wait(), 20)
        if user_id in self._errors:
            raise self._errors[user_id]
        return await super().person(user_id, fresh=fresh)


def reads(engine: Engine, directory: Workspace) -> None:
    """From now on people are read in this directory."""
    object.__setattr__(engine.standing, "directory", directory)


async def approved(engine: Engine) -> str:
    """A request of Olga's that Tom and Ada approved."""
    request = await engine.ask(OLGA)
    await engine.voting.approve(TOM, request.id)
    assert (await engine.voting.approve(ADA, request.id)).state is State.APPROVED
    return request.id


async def test_whoever_has_to_be_read_for_a_claim_is_read_at_once(engine: Engine) -> None:
    id = await approved(engine)
    reads(engine, Counter(3))
    permit = await engine.claims.claim(id)
    assert permit is not None
    assert [vote.person.id for vote in permit.request.approved_by] == [TOM.id, ADA.id]


async def test_whoever_has_to_be_read_for_a_vote_is_read_at_once(engine: Engine) -> None:
    request = await engine.ask(OLGA)
    reads(engine, Counter(2))
    assert len((await engine.voting.approve(TOM, request.id)).approved_by) == 1


@pytest.mark.parametrize(
    ("errors", "state", "says"),
    [
        ({TOM.id: NotAPerson("gone")}, State.PENDING, "1 of 2 approvals count"),
        ({TOM.id: SlackFailed("Slack is away")}, State.APPROVED, "It waits to be begun: Slack is away"),
        ({OLGA.id: SlackFailed("Slack is away")}, State.APPROVED, "It waits to be begun: Slack is away"),
        ({OLGA.id: NotAPerson("gone"), TOM.id: SlackFailed("away")}, State.DENIED, "Olga may not ask for this"),
        ({OLGA.id: SlackFailed("away"), TOM.id: NotAPerson("gone")}, State.APPROVED, "It waits to be begun: away"),
    ],
)  # fmt: skip
async def test_what_is_wrong_with_one_of_them_decides(
    engine: Engine, errors: dict[str, Exception], state: State, says: str
) -> None:
    id = await approved(engine)
    reads(engine, Counter(3, **errors))
    assert await engine.claims.claim(id) is None
    request = await engine.voting.get(id)
    assert request.state is state
    assert request.state_reason.startswith(says)
    assert engine.shared.world.applied == []


async def test_a_voter_who_is_not_needed_any_more_need_not_be_known(engine: Engine, shared: Shared) -> None:
    id = await approved(engine)
    shared.files.change(people={"people": [*STAFF[:1], *staff(olga="super_admin")]})  # may run it at once now
    reads(engine, Counter(3, **{TOM.id: SlackFailed("away")}))
    assert await engine.claims.claim(id) is not None


async def test_who_votes_hears_first_what_is_wrong_with_the_request(engine: Engine) -> None:
    request = await engine.ask(OLGA)
    reads(engine, Counter(2, **{OLGA.id: NotAPerson("gone"), TOM.id: NotAPerson("you are gone")}))
    with pytest.raises(Refused, match="Olga may not ask for this any more"):
        await engine.voting.approve(TOM, request.id)
