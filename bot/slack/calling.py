"""One call of Slack's Web API; what Slack refuses, and that it does not answer, is an error of our own tree."""

from collections.abc import Awaitable
from typing import TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot import metrics
from bot.errors import SlackFailed

T = TypeVar("T")

_GONE = frozenset({"message_not_found", "thread_not_found", "cannot_reply_to_message"})
_CLOSED = frozenset({"channel_not_found", "not_in_channel", "is_archived", "user_not_in_channel", "restricted_action"})
NO_ANSWER = "no_answer"


class CallFailed(SlackFailed):
    """A call that Slack refused; `code` is Slack's word for why, `no_answer` when there was none."""

    def __init__(self, sentence: str, code: str) -> None:
        self.code = code
        super().__init__(sentence)


class MessageGone(CallFailed):
    """The message, or the one whose thread it belongs into, is not there any more."""


class PlaceClosed(CallFailed):
    """The bot can't write there."""


async def call(calling: Awaitable[T]) -> T:
    """What Slack answers. Raises CallFailed."""
    outcome = "ok"
    try:
        return await calling
    except SlackApiError as error:
        outcome = str(error.response.get("error") or NO_ANSWER)
        raise _translated(outcome) from error
    except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError) as error:
        outcome = NO_ANSWER
        raise _translated(NO_ANSWER) from error
    finally:
        metrics.slack_calls.labels(outcome).inc()


def _translated(code: str) -> CallFailed:
    if code in _GONE:
        return MessageGone("The message is not there any more.", code)
    if code in _CLOSED:
        return PlaceClosed("The bot can't write in that channel; invite it there, then try again.", code)
    if code in {"ratelimited", "rate_limited"}:
        return CallFailed("Slack asks for a pause; what is missing is drawn in a minute.", code)
    if code == NO_ANSWER:
        return CallFailed("Slack did not answer; what is missing is drawn when it does.", code)
    return CallFailed(f"Slack did not accept this ({code}); tell those who run this bot.", code)
