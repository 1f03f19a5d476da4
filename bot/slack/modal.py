"""The modal of one conversation: opened at once while its trigger lives, filled or closed when the answer is there."""

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.model.talk import Form
from bot.slack.blocks import Block
from bot.slack.calling import CallFailed, call
from bot.slack.cards.fact import draw_fact
from bot.slack.cards.form import draw_closing, draw_form, draw_waiting
from bot.slack.heard import Heard, packed
from bot.slack.paper import Message
from bot.slack.reply import Reply

log = structlog.get_logger()


class Modal:
    """At most one view; `is_open` says whether there is one. Of a form, `reply` is its acknowledgement."""

    def __init__(self, client: AsyncWebClient, heard: Heard, reply: Reply | None = None) -> None:
        self._client, self._heard, self._reply = client, heard, reply
        self._view = heard.modal
        self._title = reply.title if reply is not None else "Backstop"
        self._is_used = False

    @property
    def is_open(self) -> bool:
        """Whether there is a view to say something in."""
        return bool(self._view)

    async def open_waiting(self, title: str = "Backstop") -> None:
        """Opens a modal that says that it takes a moment, unless the press came from one."""
        self._title = title
        if self._view:
            await self._replace(draw_waiting(title))
        else:
            await self._open(draw_waiting(title))

    async def ask(self, form: Form) -> bool:
        """Shows a form; False when no modal can be opened any more."""
        self._title = form.title
        view = draw_form(form, draw_fact(form.about) if form.about else None, packed(self._heard))
        return await self._replace(view) if self._view else await self._open(view)

    async def say(self, said: Message) -> bool:
        """Shows a closing word; False when the modal is not there any more."""
        return bool(self._view) and await self._replace(draw_closing(self._title, said))

    def close(self) -> bool:
        """Closes it, which Slack allows with the acknowledgement of a form alone; False when that is over."""
        if self._reply is None or not self._reply.take(response_action="clear"):
            return False
        self._view = ""
        return True

    async def _open(self, view: Block) -> bool:
        if not self._heard.trigger or self._is_used:
            return False
        self._is_used = True
        try:
            opened = await call(self._client.views_open(trigger_id=self._heard.trigger, view=view))
        except CallFailed as error:
            log.info("modal.not_opened", code=error.code, handler=self._heard.name)
            return False
        self._view = str(opened["view"]["id"])
        return True

    async def _replace(self, view: Block) -> bool:
        if self._reply is not None:
            if self._reply.take(response_action="update", view=view):
                return True
            await self._reply.settle()
        try:
            await call(self._client.views_update(view_id=self._view, view=view))
        except CallFailed as error:
            log.info("modal.gone", code=error.code, handler=self._heard.name)
            self._view = ""
            return False
        return True
