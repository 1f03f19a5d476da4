"""Workers that are killed or frozen at each step between approval and outcome: the truth is kept, and told."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from bot.approvals.record import card
from bot.errors import BackstopError
from bot.model.request import OPEN, Request, State
from bot.store.drawings import Drawings
from bot.store.provisioning import Addresses
from bot.wiring.running import RESCUE_SECONDS, again_and_again
from tests.bot.approvals.engine import OLGA, SAM, STAFF, Engine, action
from tests.bot.execution.conftest import Nursery
from tests.bot.execution.worker_child import STEPS

MOVING = OPEN - {State.UNKNOWN}
BEGUN, EFFECTIVE = STEPS.index("claimed"), STEPS.index("after effect")  # from these steps on


async def approved(engine: Engine) -> Request:
    """A request that waits for a worker."""
    request = await engine.ask(SAM)
    return await engine.voting.approve(OLGA, request.id)


async def gone(engine: Engine, owner: str) -> None:
    """Waits until the database knows that the killed process is gone."""
    async with asyncio.timeout(20):
        while not await engine.presence.is_gone(owner):  # noqa: ASYNC110  # another process lets go of it
            await asyncio.sleep(0.02)


async def told(engine: Engine, request: Request) -> None:
    """Every card is to be drawn again, and the asker is among those who have one."""
    drawn = await Drawings(engine.store, engine.shared.clock, engine.presence).of(card(request.id))
    assert all(one.wanted > one.drawn for one in drawn)
    assert SAM.id in {one.person for one in drawn}
    due = {one.id for one in await Drawings(engine.store, engine.shared.clock, engine.presence).due()}
    assert request.id in due


def lines(path: Path) -> list[str]:
    """The effects."""
    return path.read_text(encoding="utf-8").split() if path.exists() else []


@pytest.mark.parametrize("step", STEPS)
async def test_killed(survivor: Engine, addresses: Addresses, nursery: Nursery, tmp_path: Path, step: str) -> None:
    request, effects, number = await approved(survivor), tmp_path / "effects", STEPS.index(step)
    async with nursery.child(addresses, request, effects, step) as child:
        await child.kill()
    await gone(survivor, f"child-{child.pid}")
    survivor.shared.ahead = timedelta(seconds=3)  # so that an approved request counts as forgotten
    await survivor.sweeping.sweep()
    ended = await survivor.voting.get(request.id)
    assert ended.state is (State.UNKNOWN if BEGUN <= number < STEPS.index("recorded") else State.DONE)
    assert len(lines(effects)) == (number >= EFFECTIVE)
    assert len(survivor.shared.world.applied) == (number < BEGUN)
    if ended.state is State.UNKNOWN:
        assert "the bot stopped while it ran" in ended.state_reason
        with pytest.raises(BackstopError, match="only looking is allowed"):
            await survivor.ask(SAM)
        settled = await survivor.voting.settle(OLGA, request.id, State.FAILED, "looked at it")
        assert settled.state is State.FAILED
    await told(survivor, request)
    assert (await survivor.verbs(request)).count("action.started") == 1


@pytest.mark.parametrize("step", STEPS)
async def test_frozen_for_long_and_thawed(
    survivor: Engine, addresses: Addresses, nursery: Nursery, tmp_path: Path, step: str
) -> None:
    request, effects, number = await approved(survivor), tmp_path / "effects", STEPS.index(step)
    async with nursery.child(addresses, request, effects, step) as child:
        child.freeze()
        await survivor.sweeping.sweep()
        seen = await survivor.voting.get(request.id)
        if BEGUN <= number < STEPS.index("recording"):
            assert seen.state is State.RUNNING  # it lives; nothing runs beside it
        survivor.shared.ahead = timedelta(minutes=4)
        await survivor.sweeping.sweep()
        frozen = await survivor.voting.get(request.id)
        if BEGUN <= number < STEPS.index("recorded"):
            assert frozen.state is State.UNKNOWN and "its worker froze" in frozen.state_reason
        else:
            assert frozen.state is State.DONE
        await told(survivor, request)
        await child.thaw()
    thawed = await survivor.voting.get(request.id)
    assert (thawed.state, thawed.state_reason) == (frozen.state, frozen.state_reason)
    # What had not begun is not begun any more; between the last look and the change nothing can tell it to stop.
    assert len(lines(effects)) == (number >= STEPS.index("allowed"))
    assert len(survivor.shared.world.applied) == (number < BEGUN)
    assert (await survivor.verbs(request)).count("action.started") == 1


@pytest.mark.parametrize("step", STEPS)
async def test_frozen_for_a_moment(
    survivor: Engine, addresses: Addresses, nursery: Nursery, tmp_path: Path, step: str
) -> None:
    request, effects = await approved(survivor), tmp_path / "effects"
    async with nursery.child(addresses, request, effects, step) as child:
        child.freeze()
        await survivor.sweeping.sweep()
        await child.thaw()
    assert (await survivor.voting.get(request.id)).state is State.DONE
    assert lines(effects) == [request.id] and survivor.shared.world.applied == []


@pytest.mark.parametrize(("step", "idempotent"), [("before claim", False), ("before effect", False), ("claimed", True)])
async def test_what_a_killed_worker_left_is_made_true(
    survivor: Engine, addresses: Addresses, nursery: Nursery, tmp_path: Path, step: str, idempotent: bool
) -> None:
    survivor.standing.registry.actions["touch"] = action(idempotent=idempotent)
    request = await approved(survivor)
    rescuing = asyncio.create_task(again_and_again(survivor.sweeping.rescue, RESCUE_SECONDS))
    try:
        async with nursery.child(addresses, request, tmp_path / "effects", step, idempotent=idempotent) as child:
            await child.kill()
        survivor.shared.ahead = timedelta(seconds=3)
        async with asyncio.timeout(20):
            while (found := await survivor.voting.get(request.id)).state in MOVING:  # noqa: ASYNC110  # only asked for
                await asyncio.sleep(0.05)
    finally:
        rescuing.cancel()
        with suppress(asyncio.CancelledError):
            await rescuing
        await survivor.sweeping.stop()
    assert found.state is (State.UNKNOWN if step == "before effect" else State.DONE)


async def test_an_idempotent_action_is_run_again(
    survivor: Engine, addresses: Addresses, nursery: Nursery, tmp_path: Path
) -> None:
    survivor.standing.registry.actions["touch"] = action(idempotent=True)
    request, effects = await approved(survivor), tmp_path / "effects"
    async with nursery.child(addresses, request, effects, "after effect", idempotent=True) as child:
        await child.kill()
    await gone(survivor, f"child-{child.pid}")
    await survivor.sweeping.sweep()
    assert (await survivor.voting.get(request.id)).state is State.DONE
    starts = [row.event for row in await survivor.audit.of_request(request) if row.event.verb == "action.started"]
    assert [one.detail["fence"] for one in starts] == [1, 2]
    await told(survivor, request)


async def test_it_is_not_run_again_when_a_right_is_gone(
    survivor: Engine, addresses: Addresses, nursery: Nursery, tmp_path: Path
) -> None:
    survivor.standing.registry.actions["touch"] = action(idempotent=True)
    request, effects = await approved(survivor), tmp_path / "effects"
    async with nursery.child(addresses, request, effects, "before effect", idempotent=True) as child:
        await child.kill()
    await gone(survivor, f"child-{child.pid}")
    survivor.shared.files.is_broken = True
    await survivor.sweeping.sweep()
    assert (await survivor.voting.get(request.id)).state is State.RUNNING  # a policy that cannot be read says nothing
    survivor.shared.files.is_broken = False
    survivor.shared.files.change(people={"people": STAFF[:1]})
    await survivor.sweeping.sweep()
    ended = await survivor.voting.get(request.id)
    assert ended.state is State.UNKNOWN and "0 of 1 approvals count with today's roles" in ended.state_reason
    assert survivor.shared.world.applied == []
    await told(survivor, request)
