"""The product's WebSocket server: tokens in the address, and one channel per tenant and kind."""

import contextlib
import json
import re
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

_CHANNEL = re.compile(r"tenant:(?P<tenant>[0-9A-Za-z]{26}):(?:tasks|projects)(?::\w+)?")


@dataclass
class SocketServer:
    """Who comes with the right token may subscribe to channels such as `tenant:<id>:tasks`."""

    token: str
    is_running: bool = True
    """False while its process is gone: the gate before it is shut then."""
    refuses_token: bool = False
    asks_for_token: bool = True
    answers: bool = True
    refusal: str = ""
    """Why every subscription is refused; empty: it is not."""
    count: int = 0
    _server: Server | None = field(default=None, repr=False)

    def admit(self, connection: ServerConnection, request: Request) -> Response | None:
        """Lets in who has the token."""
        given = parse_qs(urlsplit(request.path).query).get("token", [""])[0]
        if not self.asks_for_token or (given == self.token and not self.refuses_token):
            return None
        return connection.respond(HTTPStatus.UNAUTHORIZED, "Unauthenticated.\n")

    async def attend(self, connection: ServerConnection) -> None:
        """One connection, until it ends."""
        self.count += 1
        try:
            async for text in connection:
                if self.answers:
                    await connection.send(json.dumps(self._answer(text)))
        except ConnectionClosed:
            pass  # the ordinary end of a connection
        finally:
            self.count -= 1

    def _answer(self, text: str | bytes) -> dict[str, str]:
        try:
            wish = json.loads(text)
            action, channel = str(wish["action"]), str(wish["channel"])
        except (ValueError, TypeError, KeyError):
            return {"event": "error", "reason": "not understood"}
        if action != "subscribe":
            return {"event": "error", "reason": "unknown action"}
        if self.refusal or not _CHANNEL.fullmatch(channel):
            return {"event": "refused", "channel": channel, "reason": self.refusal or "unknown channel format"}
        return {"event": "subscribed", "channel": channel}


@contextlib.asynccontextmanager
async def listening(server: SocketServer) -> AsyncIterator[int]:
    """Serves on a free port of 127.0.0.1 until the end of the block; the port."""
    with socket.socket(proto=socket.IPPROTO_TCP) as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        async with serve(server.attend, sock=bound, process_request=server.admit, close_timeout=1, compression=None):
            yield port
