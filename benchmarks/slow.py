"""A service that answers late: passes HTTP on, and each answer comes after a fixed time."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit


@contextlib.asynccontextmanager
async def slow(address: str, seconds: float) -> AsyncIterator[str]:
    """An address that leads to `address`, with every piece of an answer `seconds` late."""
    target = urlsplit(address)
    visitors: set[asyncio.Task[None]] = set()

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection(target.hostname, target.port)
        with contextlib.closing(writer), contextlib.closing(inner_writer):
            await asyncio.gather(_pump(reader, inner_writer, 0), _pump(inner_reader, writer, seconds))

    def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visitor = asyncio.create_task(attend(reader, writer))
        visitors.add(visitor)
        visitor.add_done_callback(visitors.discard)

    server = await asyncio.start_server(receive, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for visitor in visitors:
            visitor.cancel()
        await asyncio.gather(*visitors, return_exceptions=True)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, seconds: float) -> None:
    with contextlib.suppress(ConnectionError):
        while chunk := await source.read(65_536):
            await asyncio.sleep(seconds)
            sink.write(chunk)
            await sink.drain()
        sink.close()
