"""Joins the bot to Slack: client, Bolt app, Socket Mode, or signed HTTP as a Starlette route."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.errors import ConfigurationError, SlackFailed
from bot.slack.calling import NO_ANSWER, CallFailed, call

log = structlog.get_logger()

SLACK = "https://slack.com/api/"
_SECONDS = 15  # for one call of the Web API
_SILENT = "Slack does not answer; is there a way to it from here?"


@dataclass(frozen=True)
class Identity:
    """Who the bot is, as Slack says."""

    team: str
    user: str
    scopes: frozenset[str]


def make_client(token: str, address: str = SLACK) -> AsyncWebClient:
    """A client of the Web API that waits as long as Slack asks when it was too quick.

    `address` is another one for a local workspace.
    """
    retries = [AsyncConnectionErrorRetryHandler(), AsyncRateLimitErrorRetryHandler(max_retry_count=3)]
    return AsyncWebClient(token=token, base_url=address, timeout=_SECONDS, retry_handlers=retries)


def make_app(client: AsyncWebClient, signing_secret: str = "") -> AsyncApp:
    """A Bolt app on this client. Socket Mode needs no signing secret; without one no HTTP request is believed."""
    return AsyncApp(
        client=client, signing_secret=signing_secret or secrets.token_hex(32), raise_error_for_unhandled_request=False
    )


async def identify(client: AsyncWebClient) -> Identity:
    """Who the bot is. Raises ConfigurationError for a token that Slack refuses, SlackFailed when it does not answer."""
    try:
        answer = await call(client.auth_test())
    except CallFailed as error:
        if error.code == NO_ANSWER:
            raise SlackFailed(_SILENT) from error
        says = f"Slack refuses the bot token ({error.code}); install the app and copy it anew."
        raise ConfigurationError(says) from error
    headers: Mapping[str, Any] = {name.lower(): value for name, value in answer.headers.items()}
    scopes = frozenset(part.strip() for part in str(headers.get("x-oauth-scopes") or "").split(",") if part.strip())
    return Identity(str(answer["team_id"]), str(answer["user_id"]), scopes)


class Socket:
    """Socket Mode: Slack is reached from inside, and no address of ours has to be open."""

    def __init__(self, app: AsyncApp, app_token: str) -> None:
        self._app, self._token = app, app_token
        self._handler: AsyncSocketModeHandler | None = None  # it opens a session when it is made

    async def start(self) -> None:
        """Connects, and stays so.

        Raises ConfigurationError for a token that Slack refuses, SlackFailed when it does not answer.
        """
        try:
            # Socket Mode itself would try a wrong token again and again, and say so in the log alone.
            await call(self._app.client.apps_connections_open(app_token=self._token))
        except CallFailed as error:
            if error.code == NO_ANSWER:
                raise SlackFailed(_SILENT) from error
            says = f"Slack refuses the app-level token ({error.code}); it needs connections:write."
            raise ConfigurationError(says) from error
        self._handler = AsyncSocketModeHandler(self._app, self._token)
        await self._handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt has no types there

    async def is_connected(self) -> bool:
        """Whether there is a connection now."""
        return self._handler is not None and bool(await self._handler.client.is_connected())

    async def stop(self) -> None:
        """Disconnects."""
        if self._handler is None:
            return
        await self._handler.close_async()  # type: ignore[no-untyped-call]  # as above
        # aiohttp closes its transports in the turns of the loop that follow.
        await asyncio.sleep(0)


def http_route(app: AsyncApp, path: str = "/slack/events") -> Route:
    """The door for signed HTTP requests; Bolt checks each signature before anything is read."""
    handler = AsyncSlackRequestHandler(app)

    async def receive(request: Request) -> Response:
        return await handler.handle(request)

    return Route(path, receive, methods=["POST"])
