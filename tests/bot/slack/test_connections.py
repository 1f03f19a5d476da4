"""Calls of the Web API share connections, and one that was lost meanwhile loses and doubles no message."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from urllib.parse import urlsplit

import aiohttp
import pytest
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.link import make_app, open_client
from bot.slack.paper import Message
from bot.slack.sending import Sender
from bot.slack.text import escape
from sandbox.slack import Client, Served, Workspace, serve
from tests.bot.slack.conftest import MANIFEST


class Wire:
    """The way to a workspace: counts connections, and cuts off those that wait, just when they are used again."""

    def __init__(self, served: Served) -> None:
        self._target = urlsplit(served.api_url).port
        self._waiting: set[asyncio.StreamWriter] = set()
        self._cut: set[asyncio.StreamWriter] = set()
        self.connections = 0

    def cut(self) -> None:
        """Whoever is connected now is cut off with their next call, which the workspace never sees."""
        self._cut |= self._waiting

    async def attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        self._waiting.add(writer)
        theirs, ours = await asyncio.open_connection("127.0.0.1", self._target)
        back = asyncio.create_task(self._pump(theirs, writer))
        while (chunk := await reader.read(65_536)) and writer not in self._cut:
            ours.write(chunk)
        self._waiting.discard(writer)
        back.cancel()
        with suppress(asyncio.CancelledError):
            await back
        ours.close()
        writer.close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while chunk := await source.read(65_536):
            sink.write(chunk)


class Office:
    """A workspace, the wire to it, and a client that goes through the wire."""

    def __init__(self, served: Served, client: Client, wire: Wire, web: AsyncWebClient) -> None:
        self.served, self.client, self.wire, self.web = served, client, wire, web

    async def posted(self) -> list[str]:
        """What stands in the workspace's log of posted messages, in order."""
        return [call["arguments"]["text"] for call in await self.client.calls("chat.postMessage")]


def said(text: str) -> Message:
    """A message of this text."""
    return Message(escape(text), [])


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    """A fresh workspace behind a wire."""
    async with serve(Workspace(manifest=MANIFEST)) as served, Client(served.address) as client:
        wire = Wire(served)
        bound = socket.socket(proto=socket.IPPROTO_TCP)  # called TCP by its name, else Nagle's algorithm stays on
        bound.bind(("127.0.0.1", 0))
        server = await asyncio.start_server(wire.attend, sock=bound)
        address = f"http://127.0.0.1:{bound.getsockname()[1]}/api/"
        async with server, open_client(served.bot_token, address) as web:
            yield Office(served, client, wire, web)


async def test_calls_one_after_the_other_take_one_connection(office: Office) -> None:
    sender = Sender(office.web)
    for text in ("one", "two", "three"):
        await sender.post("#backend-support", said(text))
    await office.web.users_info(user="U0SAM")
    assert office.wire.connections == 1
    assert await office.posted() == ["one", "two", "three"]
    assert office.web.session is not None
    # Files go to another host by the same session: neither the token nor a cookie may go there with them.
    assert dict(office.web.session.headers) == {}
    assert isinstance(office.web.session.cookie_jar, aiohttp.DummyCookieJar)


async def test_calls_at_once_take_as_many_and_keep_them(office: Office) -> None:
    for _ in range(2):
        await asyncio.gather(*(office.web.users_info(user="U0SAM") for _ in range(3)))
    assert office.wire.connections == 3


async def test_the_client_that_bolt_makes_for_a_request_shares_them(office: Office) -> None:
    app, heard = make_app(office.web), asyncio.Event()

    @app.event("app_mention")
    async def hear(client: AsyncWebClient) -> None:
        await client.users_info(user="U0SAM")
        heard.set()

    event = {"type": "app_mention", "user": "U0SAM", "text": "hello", "ts": "1.0", "channel": "C1"}
    body = {"type": "event_callback", "team_id": office.served.team_id, "api_app_id": "A1", "event": event}
    await app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))
    await asyncio.wait_for(heard.wait(), 20)
    assert office.wire.connections == 1


async def test_a_connection_that_was_lost_meanwhile_loses_and_doubles_no_message(office: Office) -> None:
    sender = Sender(office.web)
    await sender.post("#backend-support", said("before"))
    office.wire.cut()
    await sender.post("#backend-support", said("after"))
    assert office.wire.connections == 2
    assert await office.posted() == ["before", "after"]


async def test_connections_end_with_the_block(office: Office) -> None:
    async with open_client(office.served.bot_token, office.web.base_url) as web:
        await web.users_info(user="U0SAM")
    assert web.session is not None
    assert web.session.closed
