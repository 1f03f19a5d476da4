"""Looks at WebSocket servers: a handshake, and a subscription with the bot's own account, then closed."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import aiohttp

from bot.access.fields import ABSENT, field_of
from bot.access.ports import inside
from bot.errors import ConfigurationError, SystemRefused, SystemUnreachable, TookTooLong
from bot.model.connections import SocketConnection, SocketMessages
from bot.model.inputs import fill
from bot.model.values import Json, write_duration
from bot.redaction import redact, redact_text

_MESSAGES = 50  # that are listened to until the answer to a subscription
_SIZE = 65_536
_FAREWELL = 0.5  # seconds for the server to close as well


@dataclass(frozen=True)
class SocketSeen:
    """What came of a handshake and, where a channel was asked for, of the subscription.

    `status` is that of HTTP; `subscribed` is None when the server said neither yes nor no.
    """

    opened: bool
    status: int
    took: timedelta
    subscribed: bool | None = None
    reason: str = ""
    answer: Json = None


class SocketReader:
    """Looks at one server."""

    def __init__(self, place: str, url: str, connection: SocketConnection, token: str) -> None:
        self._place, self._url, self._connection, self._token = place, url, connection, token
        if not url.startswith(("ws://", "wss://")):
            raise ConfigurationError(f"The address of {inside(place)} is not one of a WebSocket server.")

    async def look(self, *, with_token: bool = True, channel: str = "") -> SocketSeen:
        """Connects, subscribes to a channel where one is given, and hangs up.

        A refused handshake is an answer. Raises SystemUnreachable, TookTooLong or SystemRefused.
        """
        limit = self._connection.timeout
        started = time.monotonic()
        try:
            # Twice, for the handshake and the subscription have the limit each.
            async with asyncio.timeout(2 * limit.total_seconds()), aiohttp.ClientSession() as session:
                return await self._seen(session, started, with_token, channel)
        except aiohttp.WSServerHandshakeError as problem:
            return SocketSeen(False, problem.status, _since(started), reason=redact_text(problem.message)[:200])
        except TimeoutError as problem:
            raise TookTooLong(f"{self._place} did not answer within {write_duration(limit)}.") from problem
        except (aiohttp.ClientConnectionError, OSError) as problem:
            raise SystemUnreachable(f"{self._place} cannot be reached; nobody answers on its port.") from problem
        except aiohttp.ClientError as problem:
            raise SystemRefused(f"{self._place} answered with something that is no WebSocket.") from problem

    async def _seen(self, session: aiohttp.ClientSession, started: float, with_token: bool, channel: str) -> SocketSeen:
        connection = self._connection
        token = {connection.token_name: self._token} if with_token and self._token else {}
        async with session.ws_connect(
            self._url, params=token if connection.token_in == "query" else None,  # noqa: S105 - a place
            headers=token if connection.token_in == "header" else None, max_msg_size=_SIZE,  # noqa: S105 - a place
            timeout=aiohttp.ClientWSTimeout(ws_close=_FAREWELL),
        ) as socket:  # fmt: skip
            opened = _since(started)
            if not channel:
                return SocketSeen(True, 101, opened)
            if connection.messages is None:
                raise ConfigurationError(f"The file of {inside(self._place)} does not say how to subscribe.")
            await socket.send_str(json.dumps(_filled(connection.messages.subscribe, channel)))
            try:
                async with asyncio.timeout(connection.timeout.total_seconds()):
                    subscribed, answer = await _answer(socket, connection.messages)
            except TimeoutError:
                return SocketSeen(True, 101, opened, None, "no answer to the subscription")
            reason = "" if subscribed else _reason(answer, connection.messages)
            return SocketSeen(True, 101, _since(started), subscribed, reason, redact(answer))

    async def ping(self) -> str:
        """Says that a handshake works; raises as `look` does, and SystemRefused when it is refused."""
        seen = await self.look()
        if not seen.opened:
            raise SystemRefused(f"{self._place} refuses the bot's account with {seen.status}.")
        return f"answers in {write_duration(seen.took)}"

    async def close(self) -> None:
        """Nothing is kept open."""


async def _answer(socket: "aiohttp.ClientWebSocketResponse", messages: SocketMessages) -> tuple[bool | None, Json]:
    """The first message that is an answer to the subscription; others, such as events, are passed over."""
    for _ in range(_MESSAGES):
        message = await socket.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            break
        try:
            said = json.loads(message.data)
        except ValueError:
            continue
        if _fits(said, messages.subscribed):
            return True, said
        if messages.refused and _fits(said, messages.refused):
            return False, said
    return None, None


def _fits(said: Json, wanted: Mapping[str, Json]) -> bool:
    return all(field_of(said, name) == value for name, value in wanted.items())


def _reason(answer: Json, messages: SocketMessages) -> str:
    reason = field_of(answer, messages.reason)
    return "no answer to the subscription" if reason is ABSENT or reason is None else redact_text(str(reason))[:200]


def _filled(template: Json, channel: str) -> Json:
    if isinstance(template, str):
        return fill(template, {"channel": channel})
    if isinstance(template, Mapping):
        return {name: _filled(value, channel) for name, value in template.items()}
    if isinstance(template, (list, tuple)):
        return [_filled(value, channel) for value in template]
    return template


def _since(started: float) -> timedelta:
    return timedelta(seconds=time.monotonic() - started)
