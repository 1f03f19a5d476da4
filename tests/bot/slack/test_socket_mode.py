"""Socket Mode: several connections, renewed without a gap, and no more begun at once than there is room for."""

import asyncio
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app

from bot.model.facts import Sentence
from bot.model.talk import Tell
from bot.slack import socket_mode
from bot.slack.door import connect
from bot.slack.link import make_app, make_client
from bot.slack.post import Poster
from bot.slack.socket_mode import Socket
from sandbox.slack import Client, Workspace, serve
from tests.bot.slack.conftest import MANIFEST
from tests.bot.slack.stand_ins import Guests, StandInBot


async def test_what_breaks_is_made_anew_while_another_one_hears() -> None:
    async with serve(Workspace(manifest=MANIFEST)) as served, Client(served.address) as client:
        web, bot = make_client(served.bot_token, served.api_url), StandInBot()
        bot.on("command", "help", lambda _: Tell(fact=Sentence(text="Heard")))
        app = make_app(web)
        door = connect(app, bot, Guests(), Poster(web, bot))
        socket = Socket(app, served.app_token, connections=2, ping_seconds=0.1)
        await socket.start()
        assert await socket.count() == 2
        assert (await client.workspace())["connections"] == 2
        sam = await client.person("sam")
        for how in ("politely", "abruptly"):
            await client.faults(drop_socket=how)

            async def both() -> bool | None:
                return (await client.workspace())["connections"] == 2 or None

            await client.wait_for(both, lambda: "It did not come back.", 10)
            said = await sam.says("/backstop help")
            await sam.sees(containing="Heard", after=said)
        await socket.stop()
        assert await socket.count() == 0
        await door.stop()


async def test_a_burst_waits_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_mode, "_AT_ONCE", 2)
    monkeypatch.setattr(socket_mode, "_WAITING", 2)
    at_once, most, answered = 0, 0, run_async_bolt_app

    async def slow(*given: Any) -> Any:
        nonlocal at_once, most
        at_once, most = at_once + 1, max(most, at_once + 1)
        await asyncio.sleep(0.02)
        at_once -= 1
        return await answered(*given)

    monkeypatch.setattr(socket_mode, "run_async_bolt_app", slow)
    async with serve(Workspace(manifest=MANIFEST)) as served, Client(served.address) as client:
        web, bot = make_client(served.bot_token, served.api_url), StandInBot()
        bot.on("command", "help", lambda _: None)
        app = make_app(web)
        door = connect(app, bot, Guests(), Poster(web, bot))
        socket = Socket(app, served.app_token)
        await socket.start()
        await client.until_connected()
        sam = await client.person("sam")
        said = await asyncio.gather(*(sam.says("/backstop help") for _ in range(20)))
        assert all(one.is_acknowledged for one in said)  # none is refused, and none is lost
        assert most == 2
        await socket.stop()
        await door.stop()
        assert len(bot.calls) == 20
