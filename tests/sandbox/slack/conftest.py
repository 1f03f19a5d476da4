"""A workspace with the parrot in it, over real Socket Mode."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import Client, Served, Workspace, serve
from sandbox.slack.acting import Person
from tests.sandbox.slack.parrot import Heard, build_parrot

MANIFEST = Path(__file__).parent / "manifest.yml"


@dataclass
class Scene:
    """A running workspace, the app in it, and a client for people."""

    served: Served
    client: Client
    web: AsyncWebClient
    heard: Heard

    @property
    def workspace(self) -> Workspace:
        """The workspace's state."""
        return self.served.workspace


@asynccontextmanager
async def parrot_scene(**settings: Any) -> AsyncIterator[Scene]:
    """A workspace with these settings, with the parrot connected by a WebSocket."""
    workspace = Workspace(manifest=MANIFEST, **settings)
    async with serve(workspace) as served, Client(served.address) as client:
        web = AsyncWebClient(token=served.bot_token, base_url=served.api_url)
        app = AsyncApp(client=web, raise_error_for_unhandled_request=False)
        heard = build_parrot(app)
        handler = AsyncSocketModeHandler(app, served.app_token)
        await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt has no types there
        await client.until_connected()
        try:
            yield Scene(served, client, web, heard)
        finally:
            await handler.close_async()  # type: ignore[no-untyped-call]  # as above


@pytest.fixture(scope="package")
async def running_scene() -> AsyncIterator[Scene]:
    """A workspace with the parrot in it, shared by the tests that do not bend it."""
    async with parrot_scene() as scene:
        yield scene


@pytest.fixture
async def scene(running_scene: Scene) -> AsyncIterator[Scene]:
    """The shared workspace; what the parrot heard before is forgotten, misbehaviour ends with the test."""
    running_scene.heard.forget()
    yield running_scene
    await running_scene.client.faults(clear=True)
    running_scene.workspace.modals.clear()


@pytest.fixture
def impatience(scene: Scene) -> Iterator[None]:
    """The workspace waits for acknowledgements only a moment: for tests in which none comes."""
    patience = scene.workspace.ack_seconds
    scene.workspace.ack_seconds = 0.2
    yield
    scene.workspace.ack_seconds = patience


@pytest.fixture
async def sam(scene: Scene) -> Person:
    """Sam from support."""
    return await scene.client.person("sam")
