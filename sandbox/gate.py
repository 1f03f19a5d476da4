"""A TCP gate before a server: while it stands open nobody notices it; shut, the server is gone for those outside."""

import asyncio
import contextlib
import enum
import socket
from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit

_HOST = "127.0.0.1"
_CHUNK = 65_536
_RUBBISH = b"<html><head><title>Welcome to nginx!</title></head><body><h1>Welcome to nginx!</h1></body></html>"


class Passage(enum.Enum):
    """What happens to those who come to a gate."""

    OPEN = "open"
    REFUSED = "refused"
    """Nobody listens, and who was connected is cut off."""
    STUCK = "stuck"
    """Connections are accepted, and nothing comes back until the gate opens."""
    ASTRAY = "astray"
    """Some other web server answers, cheerfully and with 200."""


class Gate:
    """Stands on its own port before the server on `target`."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.passage = Passage.OPEN
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._visitors: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._socket = _bound_socket(0)
        self.port: int = self._socket.getsockname()[1]

    async def set(self, passage: Passage) -> None:
        """Open or shut the gate; the port stays the same and stays ours."""
        if passage is self.passage and self._server is not None:
            return
        self.passage = passage
        if passage in (Passage.REFUSED, Passage.ASTRAY):
            await self._send_away()
        if passage is Passage.STUCK:
            self._flowing.clear()
        else:
            self._flowing.set()
        if passage is Passage.REFUSED:
            await self._stop_listening()
        elif self._server is None:
            self._server = await asyncio.start_server(self._receive, sock=self._socket)

    async def close(self) -> None:
        """Stop listening, and cut off whoever is connected."""
        self.passage = Passage.REFUSED
        await self._stop_listening()
        self._socket.close()
        await self._send_away()

    async def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            # Bound, but not listening: who connects is refused, and no other program is given the port.
            self._socket = _bound_socket(self.port)

    async def _send_away(self) -> None:
        visitors = tuple(self._visitors)
        for visitor in visitors:
            visitor.cancel()
        await asyncio.gather(*visitors, return_exceptions=True)

    def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.passage is Passage.REFUSED:  # it knocked before, and is let in only now
            writer.transport.abort()
            return
        task = asyncio.create_task(self._attend(reader, writer))
        self._visitors.add(task)
        task.add_done_callback(self._visitors.discard)
        # Who is turned away before the task has run a step is never attended to, and would stay connected.
        task.add_done_callback(lambda _: None if writer.is_closing() else writer.transport.abort())

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with _hanging_up(writer):
            if self.passage is Passage.ASTRAY:
                await reader.read(_CHUNK)
                writer.write(b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\nConnection: close\r\n")
                writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(_RUBBISH), _RUBBISH))
                await writer.drain()
                return
            await self._flowing.wait()
            inner_reader, inner_writer = await asyncio.open_connection(_HOST, self.target)
            async with _hanging_up(inner_writer), asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, inner_writer))
                both.create_task(self._pump(inner_reader, writer))

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while chunk := await source.read(_CHUNK):
            await self._flowing.wait()
            sink.write(chunk)
            await sink.drain()
        if sink.can_write_eof():
            sink.write_eof()


@contextlib.asynccontextmanager
async def _hanging_up(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    """Close a connection at the end; one that broke off on either side is an ordinary end."""
    try:
        yield
        writer.close()
    except* OSError:
        writer.transport.abort()
    finally:
        if not writer.is_closing():
            writer.transport.abort()


def _bound_socket(port: int) -> socket.socket:
    # Called TCP by its name, else asyncio leaves Nagle's algorithm on, and each answer 40 ms late.
    bound = socket.socket(proto=socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((_HOST, port))
    return bound


@contextlib.asynccontextmanager
async def gate(target: int) -> AsyncIterator[Gate]:
    """An open gate before the server on port `target` of this machine."""
    it = Gate(target)
    await it.set(Passage.OPEN)
    try:
        yield it
    finally:
        await it.close()


def through(gate_: Gate, url: str) -> str:
    """The same address, by way of the gate."""
    parts = urlsplit(url)
    login, at, _ = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{login}{at}{_HOST}:{gate_.port}"))
