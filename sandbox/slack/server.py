"""Serves a workspace on 127.0.0.1: Web API, Socket Mode, control API, and the page for people."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

from sandbox.slack.control import door as control
from sandbox.slack.delivery import Delivery
from sandbox.slack.events import Events
from sandbox.slack.file_exchange import give_file, take_upload
from sandbox.slack.page_headers import PageHeaders
from sandbox.slack.panel import Panel
from sandbox.slack.responses import answer_response
from sandbox.slack.signed_http import SignedHttp
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.switchboard import Switchboard
from sandbox.slack.web_api.door import answer_call
from sandbox.slack.workspace import Workspace

HOST = "127.0.0.1"
PAGE = Path(__file__).parent / "page"
SHUTDOWN_SECONDS = 2
KEEP_ALIVE_SECONDS = 75


@dataclass(frozen=True)
class Served:
    """A running workspace: where it is, and what an app needs to be its app."""

    address: str
    workspace: Workspace

    @property
    def api_url(self) -> str:
        """The base address for AsyncWebClient."""
        return f"{self.address}/api/"

    @property
    def bot_token(self) -> str:
        """The app's bot token."""
        return self.workspace.bot_token

    @property
    def app_token(self) -> str:
        """The app-level token for Socket Mode."""
        return self.workspace.app_token

    @property
    def signing_secret(self) -> str:
        """The secret that HTTP requests to the app are signed with."""
        return self.workspace.signing_secret

    @property
    def team_id(self) -> str:
        """The team."""
        return self.workspace.team_id


class _Uvicorn(uvicorn.Server):
    """A server inside somebody else's loop: signals are theirs."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serve(workspace: Workspace, panel: Panel | None = None, port: int = 0) -> AsyncIterator[Served]:
    """Serve the workspace for the time of the block. `port` 0 takes a free one. Raises OSError when it is taken."""
    listener = _listen(port)
    workspace.address = f"http://{HOST}:{listener.getsockname()[1]}"
    sockets = SocketMode(workspace.app_id, workspace.clock, workspace.ids.ticket)
    http = SignedHttp(workspace)
    delivery = Delivery(workspace, sockets=sockets, http=http)
    board = Switchboard(workspace, delivery, Events(workspace, delivery.tell), sockets, panel)
    server = _Uvicorn(
        uvicorn.Config(
            _application(board),
            log_level="warning",
            access_log=False,
            lifespan="off",
            ws="websockets-sansio",
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if serving.done():
                await serving
            await asyncio.sleep(0.001)
        yield Served(workspace.address, workspace)
    finally:
        workspace.changes.end()
        await delivery.close()
        await sockets.close()
        await http.close()
        server.should_exit = True
        await serving
        listener.close()


def _listen(port: int) -> socket.socket:
    # With the protocol left to the system, asyncio would not switch Nagle's algorithm off: 40 ms for every answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
    except OSError:
        listener.close()
        raise
    return listener


def _application(board: Switchboard) -> Starlette:
    async def connect(websocket: WebSocket) -> None:
        await board.sockets.serve(websocket)

    routes: list[BaseRoute] = [
        Route("/api/{method}", answer_call, methods=["GET", "POST"]),
        WebSocketRoute("/socket/{ticket}", connect),
        Route("/response/{key}", answer_response, methods=["POST"]),
        Route("/upload/{file_id}", take_upload, methods=["POST"]),
        Route("/files/{file_id}/{name}", give_file, methods=["GET"]),
        *control.routes(),
        Mount("/", StaticFiles(directory=PAGE, html=True, check_dir=False)),
    ]
    middleware = [
        # A web page elsewhere must not reach this server under a name of its own.
        Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"]),
        Middleware(PageHeaders),
    ]
    application = Starlette(routes=routes, middleware=middleware)
    application.state.board = board
    return application
