"""Workers that are killed or frozen at each step, a database that restarts, a Slack that is away: the truth is told."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from bot.approvals.record import card
from bot.embedded import postgres
from bot.errors import BackstopError, SlackFailed, Unrecordable
from bot.model.request import Request, State
from bot.store import migrate, requests
from bot.store.drawings import Drawings
from bot.store.provisioning import RUNNING, Addresses, provision
from tests.bot.approvals.engine import OLGA, SAM, Engine, Shared, action
from tests.supported import ROOT

STEPS = ("before claim", "claimed", "before effect", "after effect", "recorded")
KILLED = {"before claim": State.DONE, "claimed": State.UNKNOWN, "before effect": State.UNKNOWN,
          "after effect": State.UNKNOWN, "recorded": State.DONE}  # fmt: skip


@pytest.fixture
async def survivor(addresses: Addresses) -> AsyncIterator[Engine]:
    """The replica that is left."""
    made = Engine(addresses.running, Shared(), "survivor")
    await made.presence.hold()
    yield made
    await made.close()


@asynccontextmanager
async def child(
    addresses: Addresses, request: Request, effects: Path, step: str, kind: str = "once"
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker that stands at this step."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bot.execution.worker_child", addresses.running, request.id, str(effects), step,
        kind, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        cwd=ROOT,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        assert line.decode().strip() == f"at {step}"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def approved(engine: Engine) -> Request:
    """A request that waits for a worker."""
    request = await engine.ask(SAM)
    return await engine.voting.approve(OLGA, request.id)


async def released(engine: Engine, request: Request) -> None:
    """Waits until the database knows that the killed process is gone."""
    async with engine.store.work() as work:
        owner = await requests.owner_of(work, request.id)
    async with asyncio.timeout(10):
        while owner and not await engine.presence.is_gone(owner):  # noqa: ASYNC110  # another process lets go of it
            await asyncio.sleep(0.05)


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
async def test_killed(survivor: Engine, addresses: Addresses, tmp_path: Path, step: str) -> None:
    request, effects = await approved(survivor), tmp_path / "effects"
    async with child(addresses, request, effects, step) as process:
        process.kill()
        await process.wait()
    await released(survivor, request)
    survivor.shared.ahead = timedelta(seconds=40)  # so that an approved request counts as forgotten
    await survivor.sweeping.sweep()
    ended = await survivor.voting.get(request.id)
    assert ended.state is KILLED[step]
    assert len(lines(effects)) + len(survivor.shared.world.applied) == (step not in {"claimed", "before effect"})
    if ended.state is State.UNKNOWN:
        assert "the bot stopped while it ran" in ended.state_reason
        with pytest.raises(BackstopError, match="only looking is allowed"):
            await survivor.ask(SAM)
        settled = await survivor.voting.settle(OLGA, request.id, State.FAILED, "looked at it")
        assert settled.state is State.FAILED
    await told(survivor, request)
    assert (await survivor.verbs(request)).count("action.started") == 1


async def test_an_idempotent_action_is_run_again(survivor: Engine, addresses: Addresses, tmp_path: Path) -> None:
    survivor.standing.registry.actions["touch"] = action(idempotent=True)
    request, effects = await approved(survivor), tmp_path / "effects"
    async with child(addresses, request, effects, "after effect", "idempotent") as process:
        process.kill()
        await process.wait()
    await released(survivor, request)
    await survivor.sweeping.sweep()
    assert (await survivor.voting.get(request.id)).state is State.DONE
    starts = [row.event for row in await survivor.audit.of_request(request) if row.event.verb == "action.started"]
    assert [one.detail["fence"] for one in starts] == [1, 2]
    await told(survivor, request)


@pytest.mark.parametrize("step", ["claimed", "after effect"])
async def test_frozen_for_long_and_thawed(survivor: Engine, addresses: Addresses, tmp_path: Path, step: str) -> None:
    request, effects = await approved(survivor), tmp_path / "effects"
    async with child(addresses, request, effects, step) as process:
        os.kill(process.pid, signal.SIGSTOP)
        await survivor.sweeping.sweep()
        assert (await survivor.voting.get(request.id)).state is State.RUNNING  # it lives; nothing runs beside it
        survivor.shared.ahead = timedelta(minutes=4)
        await survivor.sweeping.sweep()
        frozen = await survivor.voting.get(request.id)
        assert frozen.state is State.UNKNOWN and "its worker froze" in frozen.state_reason
        await told(survivor, request)
        os.kill(process.pid, signal.SIGCONT)
        await go_on(process)
    thawed = await survivor.voting.get(request.id)
    assert (thawed.state, thawed.state_reason) == (State.UNKNOWN, frozen.state_reason)
    assert len(lines(effects)) == (step != "claimed")  # what had not begun is not begun any more


async def test_frozen_for_a_moment(survivor: Engine, addresses: Addresses, tmp_path: Path) -> None:
    request, effects = await approved(survivor), tmp_path / "effects"
    async with child(addresses, request, effects, "before effect") as process:
        os.kill(process.pid, signal.SIGSTOP)
        await survivor.sweeping.sweep()
        os.kill(process.pid, signal.SIGCONT)
        await go_on(process)
    assert (await survivor.voting.get(request.id)).state is State.DONE
    assert lines(effects) == [request.id]


async def go_on(process: asyncio.subprocess.Process) -> None:
    """Lets the child go on to its end."""
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(b"\n")
    await process.stdin.drain()
    assert (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip() == "ended"


async def test_slack_is_away_between_vote_and_execution(survivor: Engine) -> None:
    request = await approved(survivor)
    survivor.shared.workspace.away = SlackFailed("Slack did not say who you are.")
    await survivor.executing.execute(request.id)
    waiting = await survivor.voting.get(request.id)
    assert waiting.state is State.APPROVED
    assert waiting.state_reason.startswith("It waits to be begun: Slack did not say")
    assert survivor.shared.world.applied == []
    survivor.shared.workspace.away = None
    await survivor.executing.execute(request.id)
    assert (await survivor.voting.get(request.id)).state is State.DONE
    assert survivor.shared.world.applied == [request.id]


async def test_the_database_restarts_while_an_action_runs(tmp_path: Path) -> None:
    shared = Shared()
    shared.world.gate = asyncio.Event()
    async with postgres(tmp_path / "pg") as server:
        made = await asyncio.to_thread(provision, server.url(), ("owner-word", "running-word"), "bot")
        await asyncio.to_thread(migrate, made.owner, RUNNING)
        engine = Engine(made.running, shared, "steady")
        await engine.presence.hold()
        request = await approved(engine)
        running = asyncio.create_task(engine.executing.execute(request.id))
        async with asyncio.timeout(10):
            while (await engine.voting.get(request.id)).state is not State.RUNNING:  # noqa: ASYNC110  # only asked for
                await asyncio.sleep(0.02)
        await crash(server.url())
        with pytest.raises(Unrecordable):
            await engine.voting.get(request.id)
        shared.world.gate.set()  # the action ends while there is nowhere to write that down
        await asyncio.wait_for(running, 30)
        assert shared.world.applied == [request.id]
        done = await engine.voting.get(request.id)
        assert done.state is State.DONE and done.outcome is not None
        assert (await engine.verbs(request))[-2:] == ["action.started", "action.finished"]
        await told(engine, request)
        await engine.close()


async def crash(superuser: str) -> None:
    """Kills a process of the server, which then ends all the others and recovers as after a crash."""
    async with await psycopg.AsyncConnection.connect(superuser, autocommit=True) as connection:
        pid = connection.info.backend_pid
        os.kill(pid, signal.SIGKILL)
        with suppress(psycopg.Error):
            await connection.execute("SELECT 1")
