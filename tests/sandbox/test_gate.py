"""A gate leaves nobody connected whom it does not attend to."""

import asyncio
import socket

import pytest

from sandbox.gate import Gate, Passage, gate


async def knock(there: Gate, ours: socket.socket) -> asyncio.StreamWriter:
    """Somebody whose connection was taken, and who was not attended to yet."""
    reader, writer = await asyncio.open_connection(sock=ours)
    there._receive(reader, writer)
    return writer


@pytest.mark.parametrize("is_shut_first", [True, False])
async def test_who_comes_while_it_is_shut_is_hung_up_on(is_shut_first: bool) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        async with gate(1) as there:
            if is_shut_first:
                await there.set(Passage.REFUSED)
            writer = await knock(there, ours)
            await there.set(Passage.REFUSED)
            await asyncio.sleep(0)
            assert writer.is_closing()
