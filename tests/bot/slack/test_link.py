"""Signed HTTP instead of Socket Mode, and tokens that Slack refuses."""

import asyncio
from datetime import UTC, datetime

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from bot.errors import ConfigurationError, SlackFailed
from bot.model.facts import Sentence
from bot.model.talk import Tell
from bot.slack.door import connect
from bot.slack.link import identify, make_app, make_client
from bot.slack.post import Poster
from bot.slack.signed_http import http_route
from bot.slack.socket_mode import Socket
from sandbox.slack import Client, Workspace, serve
from tests.bot.slack.conftest import MANIFEST
from tests.bot.slack.stand_ins import Guests, StandInBot


async def test_the_door_opens_for_signed_requests_only() -> None:
    async with serve(Workspace(manifest=MANIFEST)) as served, Client(served.address) as client:
        bot = StandInBot()
        web = make_client(served.bot_token, served.api_url)
        app = make_app(web, served.signing_secret)
        bot.on("command", "help", lambda _: Tell(fact=Sentence(text="Signed and heard")))
        door = connect(app, bot, Guests(), Poster(web, bot))
        server = uvicorn.Server(uvicorn.Config(Starlette(routes=[http_route(app)]), port=0, log_level="error"))
        serving = asyncio.create_task(server.serve())
        async with asyncio.timeout(20):
            while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
                await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        address = f"http://127.0.0.1:{port}/slack/events"
        served.workspace.request_url = address
        sam = await client.person("sam")
        await sam.says("/backstop help")
        await sam.sees(containing="Signed and heard")
        stamp = str(int(datetime.now(UTC).timestamp()))
        headers = {"x-slack-request-timestamp": stamp, "x-slack-signature": "v0=00"}
        async with httpx.AsyncClient(trust_env=False) as stranger:
            body = {"command": "/backstop", "text": "help", "user_id": "U0SAM", "trigger_id": "1", "channel_id": "C"}
            assert (await stranger.post(address, data=body, headers=headers)).status_code == 401
        assert len(bot.calls) == 1
        await door.stop()
        server.should_exit = True
        await serving


async def test_the_bot_knows_who_it_is() -> None:
    async with serve(Workspace(manifest=MANIFEST)) as served:
        me = await identify(make_client(served.bot_token, served.api_url))
        assert me.team == served.team_id
        assert me.user == served.workspace.bot_user_id
        with pytest.raises(ConfigurationError, match="refuses the bot token"):
            await identify(make_client("xoxb-wrong", served.api_url))
        with pytest.raises(ConfigurationError, match="app-level token"):
            await Socket(make_app(make_client(served.bot_token, served.api_url)), "xapp-wrong").start()
        gone = served.api_url
    with pytest.raises(SlackFailed, match="does not answer"):
        await identify(make_client("xoxb-1", gone))
