"""The door of the control API: its addresses, and the WebSocket that tells a page what to read again."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from sandbox.slack.control import arranging, pressing, reading, saying, submitting
from sandbox.slack.control.asking import Wish, read_wish
from sandbox.slack.refusals import ControlRefusal
from sandbox.slack.switchboard import Switchboard

COALESCE_SECONDS = 0.03

Fulfilling = Callable[[Wish], Awaitable[Any]]

READING: dict[str, Fulfilling] = {
    "workspace": reading.workspace,
    "view": reading.view,
    "messages": reading.messages,
    "changes": reading.changes,
    "log": reading.log,
    "panel": reading.panel,
}
ACTING: dict[str, Fulfilling] = {
    "say": saying.say,
    "shortcut": saying.use_shortcut,
    "home": saying.open_home,
    "upload": saying.upload,
    "press": pressing.press,
    "options": pressing.suggest,
    "submit": submitting.submit,
    "close": submitting.close,
    "channel": arranging.arrange_channel,
    "member": arranging.arrange_member,
    "person": arranging.arrange_person,
    "group": arranging.arrange_group,
    "faults": arranging.arrange_faults,
    "panel": arranging.break_or_heal,
    "heal": arranging.heal_all,
}


def routes() -> list[BaseRoute]:
    """The addresses of the control API."""
    return [
        Route("/control/{name}", _answer(READING), methods=["GET"]),
        Route("/control/{name}", _answer(ACTING), methods=["POST"]),
        WebSocketRoute("/control/live", tell_live),
    ]


async def tell_live(websocket: WebSocket) -> None:
    """Tell one page what changed, until it goes away."""
    board: Switchboard = websocket.app.state.board
    origin = urlsplit(websocket.headers.get("origin", ""))
    person = board.workspace.person_named(websocket.query_params.get("person", ""))
    if person is None or (origin.netloc and origin.netloc != websocket.headers.get("host")):
        await websocket.close(4403)
        return
    await websocket.accept()
    with board.workspace.changes.subscribe(person.id) as subscription:
        leaving = asyncio.create_task(_until_left(websocket))
        try:
            while not leaving.done():
                waiting = asyncio.create_task(subscription.wait())
                try:
                    await asyncio.wait((waiting, leaving), return_when=asyncio.FIRST_COMPLETED)
                finally:
                    waiting.cancel()
                await asyncio.sleep(COALESCE_SECONDS)
                for notice in subscription.take():
                    await websocket.send_json(notice)
        except (WebSocketDisconnect, RuntimeError):
            pass  # the page was closed while it was being told
        finally:
            leaving.cancel()


async def _until_left(websocket: WebSocket) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await websocket.receive_text()


def _answer(fulfilling: dict[str, Fulfilling]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        fulfil = fulfilling.get(request.path_params["name"])
        if fulfil is None:
            return JSONResponse({"error": "unknown_address", "message": f"No {request.url.path} here."}, 404)
        try:
            return JSONResponse(await fulfil(await read_wish(request)))
        except ControlRefusal as refusal:
            return JSONResponse(refusal.body(), refusal.status)

    return answer
