"""The demo's address: the same each time, also directly after another demo ended."""

import asyncio

import pytest

from bot.embedded.folder import free_port
from sandbox import demo


async def test_what_is_left_of_old_connections_takes_the_usual_port_from_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port = free_port()
    monkeypatch.setattr(demo, "_PORT", port)

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", port):
        assert demo.usual_port() == 0
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b""  # the server hung up first, so the system keeps its end for a minute
        writer.close()
        await writer.wait_closed()
    assert demo.usual_port() == port
