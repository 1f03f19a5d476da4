"""Joins the bot to Slack: client and Bolt app."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.http_retry import HttpResponse
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from bot import metrics
from bot.errors import ConfigurationError, SlackFailed
from bot.slack.calling import NO_ANSWER, CallFailed, call

log = structlog.get_logger()

SLACK = "https://slack.com/api/"
_SECONDS = 15  # for one call of the Web API
_KEPT_SECONDS = 15  # how long a connection is kept for the next call: less than servers usually keep one
SILENT = "Slack does not answer; is there a way to it from here?"


@dataclass(frozen=True)
class Identity:
    """Who the bot is, as Slack says."""

    team: str
    user: str
    scopes: frozenset[str]
    date: str = ""  # Slack's clock, when it answered


@asynccontextmanager
async def open_client(token: str, address: str = SLACK) -> AsyncIterator[AsyncWebClient]:
    """A client like that of `make_client` whose calls share connections, for the time of the block.

    A connection that is lost while it waits for its next call is made anew, and that call sent again.
    """
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    kept = aiohttp.TCPConnector(keepalive_timeout=_KEPT_SECONDS)
    # A jar would carry cookies from one call to the next, and to whatever host a file goes to.
    async with aiohttp.ClientSession(connector=kept, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield make_client(token, address, session)


def make_client(token: str, address: str = SLACK, session: aiohttp.ClientSession | None = None) -> AsyncWebClient:
    """A client of the Web API that waits as long as Slack asks when it was too quick.

    `address` is another one for a local workspace. Without a session each call makes a connection of its own.
    """
    retries = [AsyncConnectionErrorRetryHandler(), _Pausing(max_retry_count=3)]
    return AsyncWebClient(
        token=token, base_url=address, timeout=_SECONDS, session=session, retry_handlers=retries
    )  # fmt: skip


class _Pausing(AsyncRateLimitErrorRetryHandler):
    """Waits as long as Slack asks; each time is counted."""

    async def can_retry_async(self, *, response: HttpResponse | None = None, **asked: Any) -> bool:
        """Whether the call is made once more."""
        if response is not None and response.status_code == 429:
            metrics.slack_rate_limited.inc()
        return bool(await super().can_retry_async(response=response, **asked))


def make_app(client: AsyncWebClient, signing_secret: str = "") -> AsyncApp:
    """A Bolt app on this client. Socket Mode needs no signing secret; without one no HTTP request is believed."""
    # Bolt else looks every 10 ms whether a listener has acknowledged. Ours only hand over, so their end is soon enough;
    # and what a listener raises is an answer then, where it would be lost.
    return AsyncApp(
        name="backstop",  # else Bolt searches the call stack for one, which takes a tenth of a second
        process_before_response=True,
        client=client,
        signing_secret=signing_secret or secrets.token_hex(32),
        raise_error_for_unhandled_request=False,
    )


async def identify(client: AsyncWebClient) -> Identity:
    """Who the bot is. Raises ConfigurationError for a token that Slack refuses, SlackFailed when it does not answer."""
    try:
        answer = await call(client.auth_test())
    except CallFailed as error:
        if error.code == NO_ANSWER:
            raise SlackFailed(SILENT) from error
        says = f"Slack refuses the bot token ({error.code}); install the app and copy it anew."
        raise ConfigurationError(says) from error
    headers: Mapping[str, Any] = {name.lower(): value for name, value in answer.headers.items()}
    scopes = frozenset(part.strip() for part in str(headers.get("x-oauth-scopes") or "").split(",") if part.strip())
    return Identity(str(answer["team_id"]), str(answer["user_id"]), scopes, str(headers.get("date") or ""))
