"""Sends and changes messages, paced, with their files."""

import asyncio
import time
from collections import OrderedDict

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.calling import MessageGone, call
from bot.slack.pacing import Bucket, Sleep, Timer
from bot.slack.paper import File, Message

log = structlog.get_logger()

_CHANNELS_PACED = 1_000
_BURST = 4  # messages in a channel; after that one a second


class Sender:
    """The few calls with which messages come to Slack. Each raises SlackFailed."""

    def __init__(self, client: AsyncWebClient, timer: Timer = time.monotonic, sleep: Sleep = asyncio.sleep) -> None:
        self.client, self._timer, self._sleep = client, timer, sleep
        self._paces: OrderedDict[str, Bucket] = OrderedDict()

    async def post(self, channel: str, message: Message, thread: str = "") -> str:
        """Posts a message; returns its ts. A thread that is gone is no reason to say nothing."""
        await self._pace(channel).take()
        try:
            return await self._post(channel, message, thread)
        except MessageGone:
            if not thread:
                raise
            log.info("slack.thread_gone", channel=channel, thread=thread)
            return await self._post(channel, message, "")

    async def update(self, channel: str, ts: str, message: Message) -> None:
        """Changes a message."""
        await call(self.client.chat_update(channel=channel, ts=ts, text=message.text, blocks=message.blocks))

    async def whisper(self, channel: str, person: str, message: Message, thread: str = "") -> None:
        """Shows a message to one person in a channel."""
        await call(
            self.client.chat_postEphemeral(
                channel=channel, user=person, text=message.text, blocks=message.blocks, thread_ts=thread or None
            )
        )

    async def direct(self, person: str) -> str:
        """The conversation with one person."""
        opened = await call(self.client.conversations_open(users=person))
        return str(opened["channel"]["id"])

    async def link(self, channel: str, ts: str) -> str:
        """The address of a message."""
        answer = await call(self.client.chat_getPermalink(channel=channel, message_ts=ts))
        return str(answer["permalink"])

    async def upload(self, channel: str, thread: str, files: tuple[File, ...]) -> None:
        """Puts files into a thread."""
        wanted = [{"filename": one.name, "title": one.title, "content": one.content} for one in files]
        await call(self.client.files_upload_v2(channel=channel, thread_ts=thread or None, file_uploads=wanted))

    async def _post(self, channel: str, message: Message, thread: str) -> str:
        posted = await call(
            self.client.chat_postMessage(
                channel=channel, text=message.text, blocks=message.blocks, thread_ts=thread or None,
                unfurl_links=False, unfurl_media=False,
            )
        )  # fmt: skip
        return str(posted["ts"])

    def _pace(self, channel: str) -> Bucket:
        if channel not in self._paces:
            self._paces[channel] = Bucket(1.0, _BURST, self._timer, self._sleep)
            if len(self._paces) > _CHANNELS_PACED:
                self._paces.popitem(last=False)
        return self._paces[channel]
