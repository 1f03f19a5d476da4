"""Many at once, with real commits: of those who try the same, one succeeds, and it runs once."""

import asyncio
from datetime import timedelta

from bot.errors import BackstopError, Stale
from bot.model.people import Person
from bot.model.request import Request, State
from tests.bot.approvals.engine import OLGA, SAM, STAFF, TOM, Engine, Shared, person, staff

CROWD = [person(f"op{number}") for number in range(20)]


def _crowd(shared: Shared) -> list[Person]:
    shared.files.change(people={"people": [*STAFF, *staff(**{f"op{number}": "operator" for number in range(20)})]})
    shared.workspace.known |= {one.id: one for one in CROWD}
    return CROWD


async def test_twenty_approvers_at_once(engine: Engine, second: Engine, shared: Shared) -> None:
    crowd = _crowd(shared)
    request = await engine.ask(SAM)
    votes = await asyncio.gather(
        *((engine if n % 2 else second).voting.approve(one, request.id) for n, one in enumerate(crowd)),
        return_exceptions=True,
    )
    assert sum(isinstance(vote, Request) for vote in votes) == 1
    assert sum(isinstance(vote, Stale) for vote in votes) == 19
    verbs = await engine.verbs(request)
    assert [verb for verb in verbs if verb != "request.refused"] == ["request.asked", "request.approved"]
    assert verbs.count("request.refused") == 19


async def test_two_of_twenty_are_counted_once_each(engine: Engine, second: Engine, shared: Shared) -> None:
    crowd = _crowd(shared)
    request = await engine.ask(OLGA)
    assert request.approvals == 2
    twice = [one for one in crowd[:10] for _ in range(2)]
    votes = await asyncio.gather(
        *((engine if n % 2 else second).voting.approve(one, request.id) for n, one in enumerate(twice)),
        return_exceptions=True,
    )
    assert sum(isinstance(vote, Request) for vote in votes) == 2
    approved = await engine.voting.get(request.id)
    assert approved.state is State.APPROVED
    assert len({vote.person.id for vote in approved.approved_by}) == 2


async def test_twenty_workers_at_once(engine: Engine, second: Engine, shared: Shared) -> None:
    request = await engine.ask(SAM)
    await engine.voting.approve(OLGA, request.id)
    await asyncio.gather(*((engine if n % 2 else second).executing.execute(request.id) for n in range(20)))
    assert shared.world.applied == [request.id]
    assert (await engine.verbs(request)).count("action.started") == 1
    assert (await engine.voting.get(request.id)).state is State.DONE


async def test_approve_against_deny(engine: Engine, second: Engine) -> None:
    for number in range(6):
        request = await engine.ask(SAM, f"t{number}")
        both = await asyncio.gather(
            engine.voting.approve(OLGA, request.id), second.voting.deny(TOM, request.id, "no"), return_exceptions=True
        )
        assert sum(isinstance(one, Request) for one in both) == 1
        assert sum(isinstance(one, Stale) for one in both) == 1
        ended = await engine.voting.get(request.id)
        assert (ended.state is State.APPROVED) is isinstance(both[0], Request)
        assert len(ended.votes) == 1


async def test_approve_against_expiry(engine: Engine, second: Engine, shared: Shared) -> None:
    request = await engine.ask(SAM)
    shared.ahead = request.expires - shared.clock() - timedelta(milliseconds=15)
    attempts = [second.voting.expire(request.id) for _ in range(10)]
    approved, *_ = await asyncio.gather(engine.voting.approve(OLGA, request.id), *attempts, return_exceptions=True)
    await asyncio.sleep(0.02)
    await second.voting.expire(request.id)
    ended = await engine.voting.get(request.id)
    assert ended.state is (State.APPROVED if isinstance(approved, Request) else State.EXPIRED)


async def test_many_ask_for_the_same(engine: Engine, second: Engine, shared: Shared) -> None:
    crowd = _crowd(shared)[:10]
    requests = await asyncio.gather(*((engine if n % 2 else second).ask(one) for n, one in enumerate(crowd)))
    assert len({request.id for request in requests}) == 1
    assert (await engine.verbs(requests[0])).count("request.joined") == 9


async def test_nobody_gets_past_a_limit_by_asking_at_once(engine: Engine, second: Engine, shared: Shared) -> None:
    shared.files.change(*shared.files.rules, limits=[{"per_person": 3, "within": "1h"}])
    asked = await asyncio.gather(
        *((engine if n % 2 else second).ask(SAM, f"t{n}") for n in range(10)), return_exceptions=True
    )
    assert sum(isinstance(one, Request) for one in asked) == 3
    assert all("3 is the limit" in one.sentence for one in asked if isinstance(one, BackstopError))
