"""Socket Mode: Slack is reached from inside, and no address of ours has to be open."""

import asyncio
import json
from contextlib import suppress
from time import time

import structlog
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot import metrics
from bot.errors import ConfigurationError, SlackFailed
from bot.slack.calling import NO_ANSWER, CallFailed, call
from bot.slack.link import SILENT

log = structlog.get_logger()

_AT_ONCE = 64  # envelopes of a connection that are being acknowledged
_WAITING = 256  # that were read and not begun; more stay in the network until there is room
_LAST_SECONDS = 2.0  # for acknowledgements when the bot stops
_PING_SECONDS = 5.0  # a connection that answers no ping for four times as long is made anew


class Socket:
    """One or more connections. Slack gives each envelope to one of them, so while one is renewed another one hears."""

    def __init__(
        self, app: AsyncApp, app_token: str, connections: int = 1, ping_seconds: float = _PING_SECONDS
    ) -> None:
        self._app, self._token = app, app_token
        self._most, self._ping_seconds = connections, ping_seconds
        self._clients: list[_Connection] = []

    async def start(self) -> None:
        """Connects, and stays so.

        Raises ConfigurationError for a token that Slack refuses, SlackFailed when it does not answer.
        """
        try:
            # Socket Mode itself would try a wrong token again and again, and say so in the log alone.
            await call(self._app.client.apps_connections_open(app_token=self._token))
        except CallFailed as error:
            if error.code == NO_ANSWER:
                raise SlackFailed(SILENT) from error
            says = f"Slack refuses the app-level token ({error.code}); it needs connections:write."
            raise ConfigurationError(says) from error
        for _ in range(self._most):
            client = _Connection(
                app_token=self._token, web_client=self._app.client, logger=self._app.logger,
                ping_interval=self._ping_seconds,
            )  # fmt: skip
            client.socket_mode_request_listeners.append(self._take)
            self._clients.append(client)
        await asyncio.gather(*(client.connect() for client in self._clients))  # type: ignore[no-untyped-call]  # as below

    async def count(self) -> int:
        """How many connections there are now."""
        return sum([bool(await client.is_connected()) for client in self._clients])

    async def stop(self) -> None:
        """Disconnects."""
        await asyncio.gather(*(client.close() for client in self._clients))
        self._clients.clear()
        # aiohttp closes its transports in the turns of the loop that follow.
        await asyncio.sleep(0)

    async def _take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        with metrics.timed(metrics.acks.labels("socket")):
            answer = await run_async_bolt_app(self._app, request)
            await send_async_response(client, request, answer, time())


class _Connection(SocketModeClient):
    """Slack's client, which begins whatever arrives at once; here what arrives is bounded, and the rest waits."""

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]  # handed through as they are
        self.message_queue = asyncio.Queue(maxsize=_WAITING)
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._begun: set[asyncio.Task[None]] = set()

    async def process_message(self) -> None:
        """Begins the next message as soon as there is room."""
        await self._places.acquire()
        try:
            raw = await self.message_queue.get()
        except BaseException:
            self._places.release()
            raise
        task = asyncio.create_task(self._process(raw))
        self._begun.add(task)
        task.add_done_callback(self._ended)

    async def close(self) -> None:
        """Reads nothing more, has what was read acknowledged, then disconnects."""
        self.auto_reconnect_enabled = False
        if self.message_receiver is not None:
            self.message_receiver.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_SECONDS):
                await self.message_queue.join()
        await super().close()  # type: ignore[no-untyped-call]  # Slack's client has no types there

    async def _process(self, raw: str) -> None:
        await self.run_message_listeners(json.loads(raw) if raw.startswith("{") else {}, raw)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._begun.discard(task)
        self._places.release()
        self.message_queue.task_done()
