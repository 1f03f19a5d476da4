"""The HTTP door: signed requests of Slack, and what a supervisor asks (alive? ready? with which figures?)."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.errors import BackstopError, Refused, UnknownName
from bot.metrics import CONTENT_TYPE

Ready = Callable[[], Awaitable[dict[str, str]]]

_LAST_SECONDS = 5  # for requests that are being answered when the bot stops
_LARGEST = 1_000_000  # bytes; Slack's largest payload is a view of 250 kB, sent in its own encoding


def make_http(*routes: BaseRoute, is_ready: Ready, figures: Callable[[], Awaitable[bytes]]) -> ASGIApp:
    """The application. `is_ready` gives what is wrong by name; nothing wrong means ready. `figures` are the metrics."""

    async def alive(_: Request) -> Response:
        return PlainTextResponse("alive")

    async def ready(_: Request) -> Response:
        wrong = await is_ready()
        return JSONResponse({"ready": not wrong, "wrong": wrong}, status_code=503 if wrong else 200)

    async def measured(_: Request) -> Response:
        return Response(await figures(), media_type=CONTENT_TYPE)

    asked = [Route("/healthz", alive), Route("/readyz", ready), Route("/metrics", measured)]
    return _Bounded(Starlette(routes=[*asked, *routes]))


def pager_route(
    hear: Callable[[str, bytes, str], Awaitable[None]], refused: Callable[[str], Awaitable[None]] | None = None
) -> BaseRoute:
    """The door for what pagers say by themselves: `hear(pager, body, signatures)` checks who they are.

    `refused` is told of requests that they did not sign.
    """

    async def receive(request: Request) -> Response:
        signatures = request.headers.get("x-pagerduty-signature", "")
        try:
            await hear(request.path_params["pager"], await request.body(), signatures)
        except Refused:
            if refused is not None:
                await refused("/pagers")
            return PlainTextResponse("not signed with the secret of this pager", status_code=401)
        except UnknownName:
            return PlainTextResponse("no such pager", status_code=404)
        except BackstopError:
            return PlainTextResponse("try again later", status_code=503)
        return PlainTextResponse("taken")

    return Route("/pagers/{pager}", receive, methods=["POST"])


class _Bounded:
    """Refuses bodies that are larger than anything Slack sends, before they are read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        length = dict(scope.get("headers") or ()).get(b"content-length", b"0")
        if scope["type"] == "http" and (not length.isdigit() or int(length) > _LARGEST):
            await PlainTextResponse("too large", status_code=413)(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > _LARGEST:
                return {"type": "http.disconnect"}
            return message

        await self._app(scope, counted, send)


class _Server(uvicorn.Server):
    """A server inside the bot's loop: signals are the command line's."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serve(app: ASGIApp, host: str, port: int) -> AsyncIterator[int]:
    """Serves for the time of the block, and gives the port; 0 takes a free one. Raises OSError when it is taken."""
    # Made by hand with its protocol named: else asyncio leaves Nagle's algorithm on, 40 ms for each answer.
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    server = _Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=_LAST_SECONDS,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if serving.done():
                await serving
            await asyncio.sleep(0.005)
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = True
        await serving
        listener.close()
