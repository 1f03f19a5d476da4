"""Tells one person something where they are, or everybody in the thread that it is about."""

import aiohttp
import structlog
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.errors import SlackFailed
from bot.slack import limits
from bot.slack.blocks import context
from bot.slack.calling import call
from bot.slack.heard import Heard
from bot.slack.paper import Message
from bot.slack.sending import Sender
from bot.slack.text import join, mark

log = structlog.get_logger()

_SECONDS = 10


class Teller:
    """Finds a way to a person: to them alone in the channel, by the address that Slack gave, or directly."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def privately(self, heard: Heard, message: Message) -> None:
        """Tells the person alone; files come directly, since nobody can be shown one alone. Raises SlackFailed."""
        if message.attachments and not heard.place.channel.startswith("D"):
            message = _pointing_at_files(message)
        if not await self._in_place(heard, message) and not await self._by_address(heard, message):
            await self._sender.post(await self._sender.direct(heard.user), message)
        if message.attachments:
            await self._sender.upload(await self._sender.direct(heard.user), "", message.attachments)

    async def openly(self, heard: Heard, message: Message) -> None:
        """Tells everybody in the thread of what was pressed, or where it was said. Raises SlackFailed."""
        if not heard.place.channel:
            await self.privately(heard, message)
            return
        is_in_message = bool(heard.message) and not heard.is_ephemeral
        thread = heard.place.thread or (heard.message if is_in_message else "")
        ts = await self._sender.post(heard.place.channel, message, thread)
        if message.attachments:
            await self._sender.upload(heard.place.channel, thread or ts, message.attachments)

    async def by_address(self, heard: Heard, text: str) -> None:
        """Says one plain sentence without any work: when there is too much to do."""
        if heard.response_url:
            await self._respond(heard, text=text)
        elif heard.place.channel:
            await call(self._sender.client.chat_postEphemeral(channel=heard.place.channel, user=heard.user, text=text))

    async def _in_place(self, heard: Heard, message: Message) -> bool:
        channel = heard.place.channel
        if not channel:
            return False
        try:
            if channel.startswith("D"):
                await self._sender.post(channel, message, heard.place.thread)
            else:
                await self._sender.whisper(channel, heard.user, message, heard.place.thread)
        except SlackFailed as error:
            log.info("telling.not_in_place", channel=channel, sentence=error.sentence)
            return False
        return True

    async def _by_address(self, heard: Heard, message: Message) -> bool:
        return bool(heard.response_url) and await self._respond(heard, text=message.text, blocks=message.blocks)

    async def _respond(self, heard: Heard, **content: object) -> bool:
        body = {"response_type": "ephemeral", "replace_original": False, **content}
        # By the connections of the Web API, which are open already; where there are none it makes one of its own.
        hook = AsyncWebhookClient(heard.response_url, timeout=_SECONDS, session=self._sender.client.session)
        try:
            answer = await hook.send_dict(body)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            log.info("telling.no_answer", error=type(error).__name__)
            return False
        return answer.status_code == 200


def _pointing_at_files(message: Message) -> Message:
    """The same with a word about where its files are: not here, where everybody would see them."""
    names = ", ".join(one.name for one in message.attachments)
    says = mark("*In your direct messages with me:* {names}", names=names)
    blocks = [*message.blocks[: limits.BLOCKS_IN_MESSAGE - 1], context(says)]
    return Message(join(" · ", [message.text, says]), blocks, message.attachments)
