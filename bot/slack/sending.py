"""Sends and changes messages: paced, with files, and with what Slack refuses put into our own words."""

import asyncio
import time
from collections import OrderedDict

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackFailed
from bot.slack.pacing import Bucket, Sleep, Timer
from bot.slack.paper import File, Message

log = structlog.get_logger()

GONE = frozenset({"message_not_found", "thread_not_found", "cannot_reply_to_message"})
CLOSED = frozenset({"channel_not_found", "not_in_channel", "is_archived", "user_not_in_channel", "restricted_action"})
_CHANNELS_PACED = 1_000


class MessageGone(SlackFailed):
    """The message, or the one whose thread it belongs into, is not there any more."""


class PlaceClosed(SlackFailed):
    """The bot can't write there."""


class Sender:
    """The few calls with which messages come to Slack."""

    def __init__(self, client: AsyncWebClient, timer: Timer = time.monotonic, sleep: Sleep = asyncio.sleep) -> None:
        self.client, self._timer, self._sleep = client, timer, sleep
        self._paces: OrderedDict[str, Bucket] = OrderedDict()

    async def post(self, channel: str, message: Message, thread: str = "") -> str:
        """Posts a message; returns its ts. A thread that is gone is no reason to say nothing. Raises SlackFailed."""
        await self._pace(channel).take()
        try:
            return await self._post(channel, message, thread)
        except MessageGone:
            if not thread:
                raise
            log.info("slack.thread_gone", channel=channel, thread=thread)
            return await self._post(channel, message, "")

    async def update(self, channel: str, ts: str, message: Message) -> None:
        """Changes a message. Raises SlackFailed."""
        try:
            await self.client.chat_update(channel=channel, ts=ts, text=message.text, blocks=message.blocks)
        except SlackApiError as error:
            raise translated(error) from error

    async def whisper(self, channel: str, person: str, message: Message, thread: str = "") -> None:
        """Shows a message to one person in a channel. Raises SlackFailed."""
        try:
            await self.client.chat_postEphemeral(
                channel=channel, user=person, text=message.text, blocks=message.blocks, thread_ts=thread or None
            )
        except SlackApiError as error:
            raise translated(error) from error

    async def direct(self, person: str) -> str:
        """The conversation with one person. Raises SlackFailed."""
        try:
            opened = await self.client.conversations_open(users=person)
        except SlackApiError as error:
            raise translated(error) from error
        return str(opened["channel"]["id"])

    async def upload(self, channel: str, thread: str, files: tuple[File, ...]) -> None:
        """Puts files into a thread. Raises SlackFailed."""
        wanted = [{"filename": one.name, "title": one.title, "content": one.content} for one in files]
        try:
            await self.client.files_upload_v2(channel=channel, thread_ts=thread or None, file_uploads=wanted)
        except SlackApiError as error:
            raise translated(error) from error

    async def _post(self, channel: str, message: Message, thread: str) -> str:
        try:
            posted = await self.client.chat_postMessage(
                channel=channel, text=message.text, blocks=message.blocks, thread_ts=thread or None,
                unfurl_links=False, unfurl_media=False,
            )  # fmt: skip
        except SlackApiError as error:
            raise translated(error) from error
        return str(posted["ts"])

    def _pace(self, channel: str) -> Bucket:
        if channel not in self._paces:
            self._paces[channel] = Bucket(1.0, 4, self._timer, self._sleep)
            if len(self._paces) > _CHANNELS_PACED:
                self._paces.popitem(last=False)
        return self._paces[channel]


def translated(error: SlackApiError) -> SlackFailed:
    """What Slack refused, in our own tree of errors."""
    code = str(error.response.get("error", "")) if error.response is not None else ""
    if code in GONE:
        return MessageGone("The message is not there any more.")
    if code in CLOSED:
        return PlaceClosed("The bot can't write in that channel; invite it there, then try again.")
    if code in {"ratelimited", "rate_limited"}:
        return SlackFailed("Slack asks for a pause; what is missing is drawn in a minute.")
    return SlackFailed(f"Slack did not accept a message ({code or 'no answer'}); tell those who run this bot.")
