"""The same app over signed HTTP requests instead of Socket Mode."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest
import uvicorn
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.slack import Client, Workspace, serve
from tests.sandbox.slack.conftest import MANIFEST, Scene
from tests.sandbox.slack.parrot import JSON, build_parrot


class QuietServer(uvicorn.Server):
    """A server that leaves signals alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@asynccontextmanager
async def http_app(app: AsyncApp, seen: list[Request]) -> AsyncIterator[str]:
    """Serve a Bolt app; its request URL."""
    handler = AsyncSlackRequestHandler(app)

    async def take(request: Request) -> Response:
        seen.append(request)
        return await handler.handle(request)

    listener = socket.create_server(("127.0.0.1", 0))
    application = Starlette(routes=[Route("/slack/events", take, methods=["POST"])])
    server = QuietServer(uvicorn.Config(application, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait for
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/slack/events"
    finally:
        server.should_exit = True
        await serving
        listener.close()


@pytest.fixture
async def seen() -> list[Request]:
    """The requests that reached the app."""
    return []


@pytest.fixture
async def http_scene(seen: list[Request]) -> AsyncIterator[Scene]:
    """A workspace with the parrot behind a request URL."""
    workspace = Workspace(manifest=MANIFEST, ack_seconds=1.0, retry_delays=(0.0,))
    async with serve(workspace) as served, Client(served.address) as client:
        web = AsyncWebClient(token=served.bot_token, base_url=served.api_url)
        app = AsyncApp(client=web, signing_secret=served.signing_secret)
        heard = build_parrot(app)
        async with http_app(app, seen) as address:
            workspace.request_url = address
            yield Scene(served, client, web, heard)


async def test_whole_conversation_works_over_http(http_scene: Scene, seen: list[Request]) -> None:
    scene = http_scene
    sam = await scene.client.person("sam")
    said = await sam.says("/echo hello")
    message = await sam.sees(containing="You said hello", after=said)
    await sam.presses(message, "Open form")
    form = await sam.modal(title="A form")
    assert (await sam.submits(form, {"Reason": "because"})).errors == {"Reason": "Say more than that."}
    assert [one.value for one in await sam.suggests(form, "Tenant", "tenant")] == ["tenant-a", "tenant-b", "tenant-c"]
    await sam.submits(form, {"Reason": "enough"})
    await sam.sees_directly(containing="Reason: enough")
    whois = await sam.says("/whois @olga")
    await sam.sees(containing="You mean @olga", after=whois)
    parent = await sam.says("@parrot hello")
    await sam.sees(thread=parent, containing="You called?")
    types = {request.headers["content-type"] for request in seen}
    assert types == {"application/json", "application/x-www-form-urlencoded"}


async def test_socket_mode_is_off_then(http_scene: Scene) -> None:
    web = AsyncWebClient(base_url=http_scene.served.api_url)
    with pytest.raises(SlackApiError, match="socket_mode_not_enabled"):
        await web.apps_connections_open(app_token=http_scene.served.app_token)


async def test_request_with_another_secret_is_refused_by_the_app(http_scene: Scene) -> None:
    http_scene.workspace.signing_secret = "somebody else's"
    sam = await http_scene.client.person("sam")
    assert (await sam.says("/echo x", heard=False)).failure == "http_error"
    assert http_scene.heard.of("command") == []


async def test_unacknowledged_event_comes_again_with_headers(http_scene: Scene, seen: list[Request]) -> None:
    sam = await http_scene.client.person("sam")
    right = http_scene.workspace.signing_secret
    http_scene.workspace.signing_secret = "wrong at first"
    await sam.says("@parrot hello")

    async def second_try() -> JSON | None:
        found = await http_scene.client.deliveries("app_mention")
        return found[1] if len(found) > 1 and "acknowledged" in found[1] else None

    await http_scene.client.wait_for(second_try, lambda: "There was no second try.", 3.0)
    assert "x-slack-retry-num" not in seen[0].headers
    assert seen[1].headers["x-slack-retry-num"] == "1"
    assert seen[1].headers["x-slack-retry-reason"] == "http_error"
    http_scene.workspace.signing_secret = right


async def test_app_that_is_not_there_fails_at_once(http_scene: Scene) -> None:
    http_scene.workspace.request_url = "http://127.0.0.1:9/slack/events"
    sam = await http_scene.client.person("sam")
    assert (await sam.says("/echo x", heard=False)).failure == "dispatch_failed"
