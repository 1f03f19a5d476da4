"""What the bot stands on goes away while requests run: Slack's answers, and PostgreSQL, which crashes or restarts."""

import asyncio
import os
import signal
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from bot.embedded import postgres
from bot.errors import SlackFailed, Unrecordable
from bot.model.request import State
from bot.store import migrate
from bot.store.provisioning import RUNNING, provision
from tests.bot.approvals.engine import OLGA, SAM, Engine, Shared
from tests.bot.execution.test_kill import approved, told


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
        waiting = await engine.voting.approve(OLGA, (await engine.ask(SAM, "t2")).id)
        running = asyncio.create_task(engine.executing.execute(request.id))
        async with asyncio.timeout(20):
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
        shared.ahead = timedelta(seconds=3)
        await engine.sweeping.rescue()
        assert (await engine.voting.get(waiting.id)).state is State.DONE
        assert shared.world.applied == [request.id, waiting.id]
        await told(engine, waiting)
        await engine.close()


async def crash(superuser: str) -> None:
    """Kills a process of the server, which then ends all the others and recovers as after a crash."""
    async with await psycopg.AsyncConnection.connect(superuser, autocommit=True) as connection:
        pid = connection.info.backend_pid
        os.kill(pid, signal.SIGKILL)
        with suppress(psycopg.Error):
            await connection.execute("SELECT 1")
