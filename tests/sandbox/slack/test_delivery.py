"""How deliveries reach the app: acknowledged, repeated, spread over connections, and after they were cut."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import Client, Served, Workspace, serve
from tests.sandbox.slack.conftest import MANIFEST, parrot_scene
from tests.sandbox.slack.parrot import JSON


class Socket:
    """A Socket Mode connection by hand: what comes is seen as it is, and acknowledged only when the test says so."""

    def __init__(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        self._connection = connection

    async def receives(self, seconds: float = 2.0) -> JSON:
        """The next thing that the workspace sends."""
        received: JSON = json.loads(await self._connection.receive_str(timeout=seconds))
        return received

    async def acknowledges(self, envelope: JSON, payload: Any = None) -> None:
        """Acknowledge an envelope."""
        answer = {"envelope_id": envelope["envelope_id"]}
        await self._connection.send_json(answer if payload is None else {**answer, "payload": payload})

    async def is_cut(self) -> int | None:
        """Wait until the workspace closes the connection; its code."""
        await self._connection.receive(timeout=2)
        return self._connection.close_code


@asynccontextmanager
async def connected(served: Served) -> AsyncIterator[Socket]:
    """A connection, greeted."""
    web = AsyncWebClient(base_url=served.api_url)
    address = (await web.apps_connections_open(app_token=served.app_token))["url"]
    async with aiohttp.ClientSession() as session, session.ws_connect(address) as connection:
        yield Socket(connection)


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A workspace without an app."""
    workspace = Workspace(manifest=MANIFEST, ack_seconds=0.2, retry_delays=(0.0, 0.05, 0.1))
    async with serve(workspace) as served:
        yield served


@pytest.fixture
async def client(served: Served) -> AsyncIterator[Client]:
    """A client for people."""
    async with Client(served.address) as client:
        yield client


async def test_connection_is_greeted(served: Served) -> None:
    async with connected(served) as first, connected(served) as second:
        hello = await first.receives()
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        assert hello["connection_info"] == {"app_id": served.workspace.app_id}
        assert (await second.receives())["num_connections"] == 2


async def test_event_is_brought_again_until_it_is_acknowledged(served: Served, client: Client) -> None:
    sam = await client.person("sam")
    async with connected(served) as socket:
        await socket.receives()
        await sam.says("@parrot hello")
        envelopes = [await socket.receives() for _ in range(3)]
        await socket.acknowledges(envelopes[-1])
        assert [(one["retry_attempt"], one["retry_reason"]) for one in envelopes] == [
            (0, ""),
            (1, "timeout"),
            (2, "timeout"),
        ]
        assert len({one["payload"]["event_id"] for one in envelopes}) == 1
        assert len({one["envelope_id"] for one in envelopes}) == 3
        assert [one["accepts_response_payload"] for one in envelopes] == [False] * 3
        with pytest.raises(TimeoutError):
            await socket.receives(0.3)
    assert [entry["acknowledged"] for entry in await client.deliveries("app_mention")] == [False, False, True]


async def test_command_is_brought_once(served: Served, client: Client) -> None:
    sam = await client.person("sam")
    async with connected(served) as socket:
        await socket.receives()
        saying = asyncio.create_task(sam.says("/echo x", heard=False))
        envelope = await socket.receives()
        assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
        assert (await saying).failure == "operation_timeout"
        with pytest.raises(TimeoutError):
            await socket.receives(0.3)


async def test_acknowledgement_may_carry_a_message_for_everybody(served: Served, client: Client) -> None:
    sam, olga = await client.person("sam"), await client.person("olga")
    async with connected(served) as socket:
        await socket.receives()
        for payload, failure in (
            ({"text": "for all", "response_type": "in_channel"}, ""),
            ({"text": "x", "blocks": [{"type": "video"}]}, "invalid_blocks"),
        ):
            saying = asyncio.create_task(sam.says("/echo x", heard=False))
            await socket.acknowledges(await socket.receives(), payload)
            assert failure in (await saying).failure
        assert (await olga.sees(containing="for all")).by == "parrot"


async def test_envelopes_go_to_one_connection_each_in_turn(served: Served, client: Client) -> None:
    sam = await client.person("sam")

    async def serve_two(socket: Socket) -> list[str]:
        texts = []
        await socket.receives()
        for _ in range(2):
            envelope = await socket.receives()
            await socket.acknowledges(envelope)
            texts.append(envelope["payload"]["text"])
        return texts

    async with connected(served) as first, connected(served) as second:
        serving = [asyncio.create_task(serve_two(socket)) for socket in (first, second)]
        for number in range(4):
            await sam.says(f"/echo {number}")
        texts = await asyncio.gather(*serving)
        assert sorted(texts[0] + texts[1]) == ["0", "1", "2", "3"]


async def test_ten_connections_are_the_most(served: Served) -> None:
    sockets = [connected(served) for _ in range(10)]
    for socket in sockets:
        await socket.__aenter__()
    with pytest.raises(SlackApiError, match="too_many_websockets"):
        async with connected(served):
            pass
    for socket in sockets:
        await socket.__aexit__(None, None, None)


async def test_ticket_is_good_for_one_connection(served: Served) -> None:
    web = AsyncWebClient(base_url=served.api_url)
    address = (await web.apps_connections_open(app_token=served.app_token))["url"]
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(address) as connection:
            assert (await connection.receive_json())["type"] == "hello"
        for refused in (address, f"{address[:-32]}{'0' * 32}"):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(refused)


async def test_without_a_connection_a_command_fails(client: Client) -> None:
    sam = await client.person("sam")
    said = await sam.says("/echo anybody?", heard=False)
    assert said.failure == "dispatch_failed"
    await sam.sees(containing='/echo failed with the error "dispatch_failed"')


async def test_event_of_a_cut_connection_is_brought_through_the_next(served: Served, client: Client) -> None:
    sam = await client.person("sam")
    async with connected(served) as socket:
        await socket.receives()
        await sam.says("@parrot hello")
        await socket.receives()
        await client.faults(drop_socket=True)
        assert await socket.is_cut() == 1011
    async with connected(served) as socket:
        await socket.receives()
        again = await socket.receives()
        assert (again["retry_attempt"], again["retry_reason"]) == (1, "connection_closed")
        await socket.acknowledges(again)


async def test_app_comes_back_after_its_socket_was_dropped() -> None:
    async with parrot_scene() as scene:
        sam = await scene.client.person("sam")
        for how in (True, "politely"):
            await scene.client.faults(drop_socket=how)
            said = await sam.says(f"/echo after {how}")
            await sam.sees(containing=f"after {how}", after=said)


async def test_deliveries_are_repeated_on_request() -> None:
    async with parrot_scene() as scene:
        sam = await scene.client.person("sam")
        await scene.client.faults(redeliver={"kind": "events", "times": 2})
        await sam.says("@parrot hello")
        bodies = await scene.heard.until("app_mention", 3)
        assert len({body["event_id"] for body in bodies}) == 1
        await scene.client.faults(redeliver={"kind": "commands", "times": 1})
        await sam.says("/echo twice")
        assert len(await scene.heard.until("command", 2)) == 2


async def test_deliveries_are_late_on_request() -> None:
    async with parrot_scene() as scene:
        sam = await scene.client.person("sam")
        await scene.client.faults(delay_seconds={"deliveries": 0.2})
        started = asyncio.get_running_loop().time()
        await sam.says("/echo late")
        assert asyncio.get_running_loop().time() - started >= 0.2


async def test_end_of_the_workspace_ends_what_is_under_way() -> None:
    async with serve(Workspace(manifest=MANIFEST, ack_seconds=60.0)) as served, Client(served.address) as client:
        sam = await client.person("sam")
        await sam.says("@parrot nobody is there")
        await sam.says_directly("nor here")
    left = [task for task in asyncio.all_tasks() if "sandbox/slack" in str(task.get_coro())]
    assert left == []


async def test_workspace_ends_quickly_with_a_page_open_and_somebody_waiting() -> None:
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession() as session:
        async with serve(Workspace(manifest=MANIFEST)) as served:
            page = await session.ws_connect(f"{served.address}/control/live?person=U0SAM")
            version = (await (await session.get(f"{served.address}/control/changes?seconds=0")).json())["version"]
            waiting = asyncio.create_task(session.get(f"{served.address}/control/changes?version={version}&seconds=30"))
            await asyncio.sleep(0.05)
            started = loop.time()
        assert loop.time() - started < 1.5
        assert (await (await waiting).json())["version"] == version
        assert (await page.receive(timeout=1)).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
