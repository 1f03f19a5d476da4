"""The loopback port by which `artisan.py` reaches the running product; who has no token is sent away."""

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncIterator

from sandbox.zenamanage.console import Console


@contextlib.asynccontextmanager
async def controlled(console: Console, token: str) -> AsyncIterator[int]:
    """Carries out what comes, until the end of the block; the port."""

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer):
            wish = json.loads(await reader.readline() or b"{}")
            if secrets.compare_digest(str(wish.get("token", "")).encode(), token.encode()):
                said = await console.run([str(word) for word in wish["words"]])
                writer.write(json.dumps({"status": said.status, "output": said.output}).encode() + b"\n")
                await writer.drain()

    server = await asyncio.start_server(attend, "127.0.0.1", 0)
    try:
        port: int = server.sockets[0].getsockname()[1]
        yield port
    finally:
        server.close()
