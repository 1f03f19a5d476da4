"""Ports, WebSocket servers and slow endpoints: what is there, what refuses, and what does not answer."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import WSMsgType, web

from bot.access.answers import HttpAnswer
from bot.access.ports import PortReader, host_and_port
from bot.access.sockets import SocketReader
from bot.access.timings import timed
from bot.errors import ConfigurationError, SystemRefused, SystemUnreachable, TookTooLong
from bot.model.connections import Secret, SocketConnection

TOKEN = "bots-own-token"
MESSAGES = {
    "subscribe": {"action": "subscribe", "channel": "{channel}"},
    "subscribed": {"event": "subscribed"},
    "refused": {"event": "refused"},
    "reason": "why",
}


@contextlib.asynccontextmanager
async def listening(handler: Callable[..., Coroutine[Any, Any, Any]]) -> AsyncIterator[int]:
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def test_a_port_answers_or_not() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with listening(hang_up) as port:
        reader = PortReader("The web_port of One", f"127.0.0.1:{port}", timedelta(seconds=1))
        assert await reader.connects() < timedelta(seconds=1)
        assert (await reader.ping()).startswith("connects in")
    with pytest.raises(SystemUnreachable, match=f"Nobody listens on port {port} of the web_port of One"):
        await reader.connects()


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("mysql://x:y@db/z", ("db", 3306)), ("host:81", ("host", 81)), ("wss://host/app", ("host", 443)),
        ("redis://:p@cache:7000/1", ("cache", 7000)), ("[::1]:80", ("::1", 80)),
    ],
)  # fmt: skip
def test_where_an_address_leads(url: str, where: tuple[str, int]) -> None:
    assert host_and_port("x", url) == where


@pytest.mark.parametrize("url", ["host", "", "hunter2://host", "host:port"])
def test_an_address_without_a_port_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        host_and_port("The port", url)
    assert "hunter2" not in caught.value.sentence


async def answer(request: web.Request) -> web.StreamResponse:
    """A server that knows one token and one channel."""
    if TOKEN not in {request.query.get("token"), request.headers.get("X-Token")}:
        return web.Response(status=401)
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        if message.type is not WSMsgType.TEXT:
            break
        channel = json.loads(message.data)["channel"]
        if channel == "quiet":
            continue
        await socket.send_str("no json")
        await socket.send_json({"event": "task.created", "secret": "x"})
        if channel == "tenant:a:tasks":
            await socket.send_json({"event": "subscribed", "channel": channel, "token": "x"})
        else:
            await socket.send_json({"event": "refused", "why": "tenant mismatch"})
    return socket


async def page(_: web.Request) -> web.Response:
    return web.Response(text="no socket")


@pytest.fixture(scope="module")
async def url() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/app", answer)
    app.router.add_get("/page", page)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"ws://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def reader(url: str, token: str = TOKEN, **more: Any) -> SocketReader:
    connection = SocketConnection.model_validate(
        {"kind": "websocket", "url": Secret(env="X"), "timeout": "500ms", "messages": MESSAGES, **more}
    )
    return SocketReader("The socket of one", url, connection, token)


@pytest.mark.parametrize("more", [{}, {"token_in": "header", "token_name": "X-Token"}])
async def test_a_handshake_with_and_without_the_token(url: str, more: dict[str, Any]) -> None:
    seen = await reader(f"{url}/app", **more).look()
    assert (seen.opened, seen.status, seen.subscribed) == (True, 101, None)
    refused = await reader(f"{url}/app", **more).look(with_token=False)
    assert (refused.opened, refused.status) == (False, 401)
    assert (await reader(f"{url}/app", **more).ping()).startswith("answers in")
    with pytest.raises(SystemRefused, match="refuses the bot's account with 401"):
        await reader(f"{url}/app", "wrong", **more).ping()


async def test_a_subscription_is_answered_refused_or_left_unanswered(url: str) -> None:
    seen = await reader(f"{url}/app").look(channel="tenant:a:tasks")
    assert (seen.subscribed, seen.reason) == (True, "")
    assert seen.answer == {"event": "subscribed", "channel": "tenant:a:tasks", "token": "[removed]"}
    refused = await reader(f"{url}/app").look(channel="tenant:b:tasks")
    assert (refused.opened, refused.subscribed, refused.reason) == (True, False, "tenant mismatch")
    quiet = await reader(f"{url}/app").look(channel="quiet")
    assert (quiet.opened, quiet.subscribed) == (True, None)
    assert quiet.reason == "no answer to the subscription"


async def test_what_is_no_socket_and_what_is_not_there(url: str) -> None:
    assert (await reader(f"{url}/page").look()).opened is False
    with pytest.raises(SystemUnreachable, match="nobody answers on its port"):
        await reader("ws://127.0.0.1:1/app").look()
    with pytest.raises(ConfigurationError):
        reader("http://127.0.0.1:1/app")
    with pytest.raises(ConfigurationError, match="does not say how to subscribe"):
        await reader(f"{url}/app", messages=None).look(channel="x")


async def test_a_server_that_says_nothing_costs_its_limit_only() -> None:
    async def silent(reader_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader_.read()
        writer.close()

    async with listening(silent) as port:
        with pytest.raises(TookTooLong):
            await reader(f"ws://127.0.0.1:{port}/app").look()


def http(seconds: float, status: int = 200) -> HttpAnswer:
    return HttpAnswer("GET /", status, {}, "", None, timedelta(seconds=seconds))


async def test_an_endpoint_is_timed_a_few_times() -> None:
    answers = [http(0.1 * number, 500 if number == 3 else 200) for number in range(1, 11)]

    async def fetch() -> HttpAnswer:
        return answers.pop(0)

    seen = await timed(fetch, 10)
    assert (seen.p50.total_seconds(), seen.p95.total_seconds()) == (0.5, 1.0)
    assert (seen.failures, seen.asked) == (1, 10)
    assert seen.later_than(timedelta(seconds=0.7)) == 4  # three slow ones, and one that failed soon


async def test_a_slow_endpoint_is_asked_less_often() -> None:
    asked = 0

    async def slow() -> HttpAnswer:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.03)
        return http(0.03)

    seen = await timed(slow, 100, timedelta(seconds=0.05))
    assert seen.asked == asked == 2
    seen = await timed(slow, 100, timedelta(seconds=0.01))  # of one answer alone nothing can be said
    assert seen.asked == 2


async def test_an_endpoint_that_does_not_answer_is_left_alone() -> None:
    asked = 0

    async def dead() -> HttpAnswer:
        nonlocal asked
        asked += 1
        raise TookTooLong("late")

    with pytest.raises(TookTooLong):
        await timed(dead, 10)
    assert asked == 2
