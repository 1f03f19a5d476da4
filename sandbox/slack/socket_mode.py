"""Socket Mode: hands out addresses of WebSockets, sends envelopes through them, and waits for their acknowledgement."""

import asyncio
import itertools
import json
import uuid
from collections.abc import Callable
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from sandbox.slack.delivery import EVENTS, Answer, Parcel
from sandbox.slack.records import Json
from sandbox.slack.refusals import SlackRefusal

MOST_CONNECTIONS = 10
TICKET_SECONDS = 30.0


class SocketMode:
    """The connections of the app. Each envelope goes to one of them, in turn."""

    def __init__(self, app_id: str, clock: Callable[[], float], new_ticket: Callable[[], str]) -> None:
        self._app_id = app_id
        self._clock = clock
        self._new_ticket = new_ticket
        self._tickets: dict[str, float] = {}
        self._connections: list[WebSocket] = []
        self._turn = itertools.count()
        self._is_connected = asyncio.Event()
        self._waiting: dict[str, tuple[WebSocket, asyncio.Future[Answer]]] = {}

    @property
    def count(self) -> int:
        """How many connections there are."""
        return len(self._connections)

    def hand_out_ticket(self) -> str:
        """A ticket for one connection. Raises SlackRefusal when there are ten already."""
        if self.count >= MOST_CONNECTIONS:
            raise SlackRefusal("too_many_websockets")
        ticket = self._new_ticket()
        self._tickets[ticket] = self._clock() + TICKET_SECONDS
        return ticket

    async def serve(self, websocket: WebSocket) -> None:
        """One connection, from its greeting to its end."""
        if self._tickets.pop(websocket.path_params["ticket"], 0.0) < self._clock():
            await websocket.close(4401, "ticket is unknown, used or too old")
            return
        await websocket.accept()
        self._connections.append(websocket)
        await websocket.send_text(json.dumps(self._hello()))
        self._is_connected.set()
        try:
            while True:
                self._take(await websocket.receive_text())
        except (WebSocketDisconnect, RuntimeError):
            pass  # the app went away, or was sent away: both end the connection
        finally:
            self._forget(websocket)

    async def carry(self, parcel: Parcel, seconds: float) -> Answer:
        """See Carrier. Waits for a connection when there is none at the moment."""
        try:
            return await asyncio.wait_for(self._carry(parcel), seconds)
        except TimeoutError:
            return Answer(is_acknowledged=False, failure="operation_timeout" if self.count else "dispatch_failed")

    async def drop(self, *, politely: bool) -> None:
        """Close every connection; politely, the app is asked to open new ones and gets nothing more through these."""
        for connection in list(self._connections):
            if politely:
                self._retire(connection)
                await connection.send_text(json.dumps(self._disconnect("refresh_requested")))
            else:
                await self._close(connection, 1011)

    async def close(self) -> None:
        """Close every connection for good."""
        for connection in list(self._connections):
            await self._close(connection, 1001)

    async def _carry(self, parcel: Parcel) -> Answer:
        while True:
            await self._is_connected.wait()
            connection = self._connections[next(self._turn) % self.count]
            envelope_id = str(uuid.uuid4())
            future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            self._waiting[envelope_id] = (connection, future)
            try:
                await connection.send_text(json.dumps(_envelope(parcel, envelope_id)))
            except (RuntimeError, WebSocketDisconnect):
                self._forget(connection)
                continue  # it went away before it got anything: the next one takes it
            else:
                return await future
            finally:
                self._waiting.pop(envelope_id, None)

    def _take(self, text: str) -> None:
        try:
            message = json.loads(text)
        except json.JSONDecodeError:
            return  # Slack ignores what it cannot read
        envelope_id = message.get("envelope_id") if isinstance(message, dict) else None
        if envelope_id in self._waiting:
            _, future = self._waiting[envelope_id]
            if not future.done():
                future.set_result(Answer(is_acknowledged=True, payload=message.get("payload")))

    def _retire(self, connection: WebSocket) -> None:
        if connection in self._connections:
            self._connections.remove(connection)
        if not self._connections:
            self._is_connected.clear()

    def _forget(self, connection: WebSocket) -> None:
        self._retire(connection)
        for owner, future in self._waiting.values():
            if owner is connection and not future.done():
                future.set_result(Answer(is_acknowledged=False, failure="connection_closed"))

    async def _close(self, connection: WebSocket, code: int) -> None:
        self._forget(connection)
        if connection.application_state is WebSocketState.CONNECTED:
            with suppress(RuntimeError, WebSocketDisconnect):  # it went away by itself in the meantime
                await connection.close(code)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": self.count,
            "debug_info": {"host": "local", "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": self._app_id},
        }

    def _disconnect(self, reason: str) -> Json:
        return {"type": "disconnect", "reason": reason, "debug_info": {"host": "local"}}


def _envelope(parcel: Parcel, envelope_id: str) -> Json:
    envelope: Json = {
        "envelope_id": envelope_id,
        "payload": parcel.payload,
        "type": parcel.kind,
        "accepts_response_payload": parcel.takes_answer,
    }
    if parcel.kind == EVENTS:
        envelope |= {"retry_attempt": parcel.attempt, "retry_reason": parcel.reason}
    return envelope
