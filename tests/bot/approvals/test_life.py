"""The life of requests in any order of events: an allowed state, at most one execution, and a trail that agrees."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar

import pytest
import uvloop
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from bot.errors import ActionFailed, BackstopError
from bot.model.people import BACKSTOP, Person
from bot.model.request import MOVES, Choice, Permit, Preview, Request, State
from tests.bot.approvals.engine import ADA, OLGA, OSCAR, SAM, STAFF, TOM, Engine, Shared, World, staff
from tests.databases import Databases

T = TypeVar("T")
PEOPLE = st.sampled_from([SAM, OLGA, TOM, ADA, OSCAR])
STANDS_IN = {"deputy": "oscar@example.com", "stands_for": "olga@example.com", "until": "2999-01-01"}
CASTS: tuple[dict[str, Any], ...] = (
    {"people": STAFF}, {"people": STAFF, "deputies": [STANDS_IN]}, {"people": STAFF[1:]},
    {"people": staff(sam="viewer", olga="viewer", ada="super_admin")},
    {"people": staff(sam="operator", tom="operator")},
)  # fmt: skip
_VERB_OF = {
    State.APPROVED: {"request.approved", "request.asked"}, State.DENIED: {"request.denied"},
    State.PENDING: {"request.asked", "request.returned"}, State.EXPIRED: {"request.expired"},
    State.CANCELLED: {"request.cancelled"}, State.OUTDATED: {"request.outdated", "action.finished"},
    State.RUNNING: {"action.started"}, State.DONE: {"action.finished", "request.settled"},
    State.FAILED: {"action.finished", "request.settled"}, State.UNKNOWN: {"action.finished"},
}  # fmt: skip


class Life(RuleBasedStateMachine):
    """Two replicas and five people who do whatever comes to their minds, and a clock that runs."""

    runner: asyncio.Runner
    address: str
    requests = Bundle("requests")
    permits = Bundle("permits")

    def run(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Does it; being told no is one way to end."""
        try:
            return self.runner.run(work)
        except BackstopError:
            return None

    @initialize()
    def begin(self) -> None:
        self.shared = Shared()
        self.shared.files.change(*self.shared.files.rules, limits=[{"per_person": 100, "failures": 100}])
        self.shared.new_id = _ids  # type: ignore[method-assign]  # unique in the whole database, which is kept
        self.number = len(_known)
        self.engines = [Engine(self.address, self.shared, f"{self.number}-{_ids()}") for _ in range(2)]
        self.mine: set[str] = set()
        for engine in self.engines:
            self.runner.run(engine.presence.hold())

    def teardown(self) -> None:
        if hasattr(self, "engines"):
            self.runner.run(self.tell_the_same_story(sorted(self.mine)))
            for engine in self.engines:
                self.runner.run(engine.close())

    @rule(target=requests, who=PEOPLE, tenant=st.sampled_from("xy"), glass=st.booleans())
    def ask_for(self, who: Person, tenant: str, glass: bool) -> str:
        return self.ask(who, tenant, glass=glass)

    def ask(self, who: Person, tenant: str, *, glass: bool) -> str:
        """Files a request; gives its id, or nothing where it is refused."""
        request = self.run(self.engines[0].ask(who, f"{tenant}-{self.engines[0].presence.replica}", break_glass=glass))
        if request is None:
            return ""
        self.mine.add(request.id)
        return request.id

    @rule(id=requests, who=PEOPLE, at=st.integers(0, 1))
    def vote(self, id: str, who: Person, at: int) -> None:
        self.approve(id, who, at)

    def approve(self, id: str, who: Person, at: int) -> None:
        """Approves in one of the replicas."""
        self.run(self.engines[at].voting.approve(who, id))

    @rule(id=requests, who=PEOPLE, other=PEOPLE)
    def approve_at_once(self, id: str, who: Person, other: Person) -> None:
        async def both() -> None:
            first, second = self.engines
            await asyncio.gather(
                first.voting.approve(who, id), second.voting.approve(other, id), first.voting.deny(who, id, "no"),
                return_exceptions=True,
            )  # fmt: skip

        self.run(both())

    @rule(id=requests, who=PEOPLE)
    def withdraw(self, id: str, who: Person) -> None:
        self.run(self.engines[0].voting.withdraw(who, id))

    @rule(id=requests, who=PEOPLE)
    def deny(self, id: str, who: Person) -> None:
        self.run(self.engines[1].voting.deny(who, id, "no"))

    @rule(id=requests, who=PEOPLE)
    def cancel(self, id: str, who: Person) -> None:
        self.run(self.engines[0].voting.cancel(who, id))

    @rule(id=requests, who=PEOPLE, to=st.sampled_from([State.DONE, State.FAILED, State.PENDING]))
    def settle(self, id: str, who: Person, to: State) -> None:
        self.run(self.engines[0].voting.settle(who, id, to, "seen"))

    @rule(id=requests, who=PEOPLE)
    def refresh(self, id: str, who: Person) -> None:
        self.run(self.engines[0].voting.refresh(who, id))

    @rule(id=requests)
    def work(self, id: str) -> None:
        async def workers() -> None:
            await asyncio.gather(*(engine.executing.execute(id) for engine in self.engines), return_exceptions=True)

        self.run(workers())

    @rule(target=permits, id=requests)
    def claim_and_stop(self, id: str) -> Permit | None:
        return self.run(self.engines[1].claims.claim(id))

    @rule(permit=consumes(permits))
    def go_on(self, permit: Permit | None) -> None:
        if permit is not None:
            self.run(self.engines[1].executing.run(permit))

    @rule()
    def crash(self) -> None:
        self.runner.run(self.engines[1].close())
        self.engines[1] = Engine(self.address, self.shared, f"{self.number}-{_ids()}")
        self.runner.run(self.engines[1].presence.hold())

    @rule()
    def sweep(self) -> None:
        self.run(self.engines[0].sweeping.sweep())

    @rule(people=st.sampled_from(CASTS))
    def roles_change(self, people: dict[str, Any]) -> None:
        self.shared.files.change(people=people)

    @rule(id=requests)
    def a_press_is_delivered_twice(self, id: str) -> None:
        async def twice() -> None:
            first, second = self.engines
            await asyncio.gather(*(one.voting.approve(OLGA, id) for one in (first, second)), return_exceptions=True)

        self.run(twice())

    @rule(id=requests)
    def expire(self, id: str) -> None:
        async def both() -> None:
            await asyncio.gather(*(one.voting.expire(id) for one in self.engines), return_exceptions=True)

        self.run(both())

    @rule(id=requests, who=PEOPLE)
    def sign_off(self, id: str, who: Person) -> None:
        self.run(self.engines[0].voting.sign_off(who, id, "seen"))

    @rule(target=requests, id=requests, who=PEOPLE)
    def undo(self, id: str, who: Person) -> str:
        async def asked() -> Request:
            asking = self.engines[0].asking
            wanted = asking.want_undone(await self.engines[0].voting.get(id))
            return (await asking.file(await asking.prepare(who, wanted), "back"))[0]

        request = self.run(asked())
        if request is None:
            return ""
        self.mine.add(request.id)
        return request.id

    @rule(target=requests, who=PEOPLE)
    def ask_and_have_it_approved(self, who: Person) -> str:
        """Whatever roles and policy are now: what comes of it is approved more often than by chance."""
        id = self.ask(who, _ids(), glass=False)
        for other in (OLGA, TOM, ADA):
            self.approve(id, other, 0)
        return id

    @rule(id=requests)
    def crash_between_effect_and_record(self, id: str) -> None:
        async def half() -> None:
            executing = self.engines[1].executing
            permit = await self.engines[1].claims.claim(id)
            if permit is not None and isinstance(await executing._look_again(permit), Preview):
                await executing._apply(permit)

        self.run(half())
        self.crash()

    @rule()
    def policy_breaks_or_heals(self) -> None:
        self.shared.files.is_broken = not self.shared.files.is_broken

    @rule(
        left=st.sampled_from([["a", "b"], ["a"], ["a", "b", "c"], []]), fails=st.sampled_from(["", "cleanly", "oddly"])
    )
    def world_changes(self, left: list[str], fails: str) -> None:
        kinds = {"cleanly": ActionFailed("It failed."), "oddly": RuntimeError("odd")}
        self.shared.world.left, self.shared.world.fails = left, kinds.get(fails)

    @rule(minutes=st.integers(1, 40))
    def time_goes_by(self, minutes: int) -> None:
        self.shared.ahead += timedelta(minutes=minutes)

    @rule(id=requests)
    def freeze_between_effect_and_record(self, id: str) -> None:
        async def half() -> None:
            executing = self.engines[1].executing
            permit = await self.engines[1].claims.claim(id)
            if permit is not None and isinstance(await executing._look_again(permit), Preview):
                ending = await executing._apply(permit)
                self.shared.ahead += timedelta(minutes=4)
                await self.engines[0].sweeping.sweep()
                await executing._record(permit, ending)

        self.run(half())

    @rule(id=requests)
    def look(self, id: str) -> None:
        self.run(self.tell_the_same_story([id] if id else []))

    @invariant()
    def executed_at_most_once(self) -> None:
        if hasattr(self, "shared"):
            world: World = self.shared.world
            assert len(world.applied) == len(set(world.applied))

    async def tell_the_same_story(self, ids: list[str]) -> None:
        """The states that the trail tells, one after the other, are allowed moves and end where the request is."""
        engine = self.engines[0]
        for id in ids:
            request = await engine.voting.get(id)
            self.agrees(request, [row.event for row in await engine.audit.of_request(request)])

    def agrees(self, request: Request, events: list[Any]) -> None:
        """One request against its events."""
        state: State | None = None
        for event in events:
            told = State(event.detail.get("state", state))
            if told is not state:
                assert state is None or told in MOVES[state], (request.id, state, told)
                assert event.verb in _VERB_OF[told], (event.verb, told)
                assert (event.verb == "request.settled") is (state is State.UNKNOWN), (state, event.verb)
                state = told
        assert state is request.state
        starts = sum(event.verb == "action.started" for event in events)
        assert (request.id in self.shared.world.applied) <= (starts == 1), request.id
        if request.state is State.DONE and request.outcome and request.outcome.says == "touched":
            assert request.id in self.shared.world.applied
        assert votes_of(events) == {vote.person.id: vote.choice for vote in request.votes}, request.id
        if request.id in self.shared.world.applied and not request.is_break_glass:
            assert request.asker.id not in votes_of(events)
            started = next(event for event in events if event.verb == "action.started")
            assert "allowed at once" in events[0].says or started.detail["approved_by"], request.id


def votes_of(events: list[Any]) -> dict[str, Choice]:
    """Who voted what in the end, as the trail tells it."""
    votes: dict[str, Choice] = {}
    for event in events:
        if event.verb in {"request.voted", "request.approved"}:
            is_back = "taken back" in event.says
            votes[event.person.id] = Choice.WITHDRAWN if is_back else Choice.APPROVE
        elif event.verb == "request.denied" and event.person != BACKSTOP:
            votes[event.person.id] = Choice.DENY
    return votes


_known: list[str] = []


def _ids() -> str:
    _known.append(f"L{len(_known):07}")
    return _known[-1]


@pytest.fixture(scope="module")
async def address(databases: Databases) -> str:
    """One database for all examples, since their subjects and ids differ."""
    return (await databases.make()).running


def test_any_interleaving(address: str) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        Life.runner, Life.address = runner, address
        run_state_machine_as_test(
            Life,
            settings=settings(
                max_examples=20, stateful_step_count=35, deadline=None, database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )  # fmt: skip
