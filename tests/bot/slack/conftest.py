"""A local workspace with the Slack side of the bot in it, over real Socket Mode."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.slack.door import Door, connect
from bot.slack.link import make_app, make_client
from bot.slack.post import Poster
from bot.slack.socket_mode import Socket
from sandbox.slack import Client, Served, Workspace, serve
from sandbox.slack.acting import Person
from tests.bot.slack.stand_ins import Guests, StandInBot

MANIFEST = Path(__file__).parents[3] / "manifest.yml"


@dataclass
class Scene:
    """Everything that a test may want to look at or to bend."""

    served: Served
    client: Client
    bot: StandInBot
    guests: Guests
    poster: Poster
    door: Door

    async def person(self, name: str) -> Person:
        """Somebody in the workspace."""
        return await self.client.person(name)

    def channel(self, name: str) -> str:
        """The id of a channel."""
        found = self.served.workspace.channel_named(name)
        assert found is not None
        return str(found.id)


@asynccontextmanager
async def opened(**settings: Any) -> AsyncIterator[Scene]:
    """A workspace with the door in it; `settings` are those of the door."""
    async with serve(Workspace(manifest=MANIFEST)) as served, Client(served.address) as client:
        bot, guests = StandInBot(), Guests()
        web = make_client(served.bot_token, served.api_url)
        app = make_app(web)
        poster = Poster(web, bot)
        for word in ("help", "diagnose", "approvals", "audit", "escalate"):
            bot.on("command", word, alias="" if word == "help" else f"/{word}")
        door = connect(app, bot, guests, poster, **settings)
        socket = Socket(app, served.app_token)
        await socket.start()
        await client.until_connected()
        try:
            yield Scene(served, client, bot, guests, poster, door)
        finally:
            await socket.stop()
            await door.stop()
            await poster.stop()


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """A fresh workspace."""
    async with opened() as scene:
        yield scene


@pytest.fixture
async def sam(scene: Scene) -> Person:
    """Sam from support."""
    return await scene.person("sam")
