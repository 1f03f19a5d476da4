"""The way in: every listener acknowledges before anything that can raise, then hands over and never raises itself."""

import json
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp

from bot import metrics
from bot.errors import BackstopError
from bot.model.facts import Sentence
from bot.model.people import Directory
from bot.model.talk import Kind
from bot.registry import Handler
from bot.slack import heard as hear
from bot.slack.bounded import Bounded
from bot.slack.cards.form import NO_FORM, draw_closing, draw_waiting
from bot.slack.cards.sentence import draw_sentence
from bot.slack.heard import Body, Heard
from bot.slack.needs import Services
from bot.slack.options import suggested
from bot.slack.pacing import Bucket, RoundRobin, Timer
from bot.slack.post import Poster
from bot.slack.repeats import Repeats
from bot.slack.reply import Reply
from bot.slack.serving import OPEN_FORM, Serving, busy

log = structlog.get_logger()

Ack = Callable[..., Awaitable[Any]]
_ANY = re.compile(r".*", re.DOTALL)
# Commands that may begin a second, and at once: more than Slack shows, which takes one message a second in a channel.
# What has begun makes each round of the loop longer, and acknowledgements wait for two of them; so what is typed waits
# its turn, which goes round among those who type, and who presses a button overtakes it.
_COMMANDS_A_SECOND, _COMMANDS_AT_ONCE = 8.0, 8
_PRESSED = ("button", "shortcut", "command")  # a button may do what a handler of these kinds does


class Door:
    """Listens to everything that Slack delivers. `stop` waits for what is still being done."""

    def __init__(
        self,
        app: AsyncApp,
        bot: Services,
        directory: Directory,
        poster: Poster,
        *,
        work: Bounded | None = None,
        timer: Timer = time.monotonic,
        new_incident: Callable[[], str] = lambda: secrets.token_hex(4),
    ) -> None:
        self._bot, self._directory = bot, directory
        self.work = work or Bounded(pace=RoundRobin(Bucket(_COMMANDS_A_SECOND, _COMMANDS_AT_ONCE, timer)))
        self._apologies = Bounded(at_once=8, waiting=100)
        self._repeats = Repeats(bot, timer)
        self._serving = Serving(app.client, bot, directory, poster, self._repeats, new_incident)
        self.homes = self._serving.homes
        self._aliases = {one.alias: one.name for one in bot.registry.commands() if one.alias}
        self._listen(app)

    async def stop(self) -> None:
        """Takes nothing more, and waits a moment for what runs."""
        await self.work.stop()
        await self._apologies.stop(1.0)

    def _listen(self, app: AsyncApp) -> None:
        app.command(_ANY)(self._command)
        app.action(_ANY)(self._press)
        app.shortcut(_ANY)(self._shortcut)
        app.options(_ANY)(self._options)
        app.view(_ANY)(self._submission)
        app.view_closed(_ANY)(self._closed)
        app.event("app_mention")(self._mention)
        app.event("message")(self._message)
        app.event("app_home_opened")(self._home)

    async def _command(self, ack: Ack, body: dict[str, Any]) -> None:
        await ack()
        self._take(lambda: hear.command(hear.readable(body), self._aliases), "command")

    async def _press(self, ack: Ack, body: dict[str, Any]) -> None:
        await ack()
        self._take(lambda: hear.press(hear.readable(body)), *_PRESSED)

    async def _shortcut(self, ack: Ack, body: dict[str, Any]) -> None:
        await ack()
        self._take(lambda: hear.shortcut(hear.readable(body)), "shortcut")

    async def _mention(self, body: dict[str, Any]) -> None:
        self._take(lambda: hear.mention(hear.readable(body)), "command")

    async def _message(self, body: dict[str, Any]) -> None:
        event = body.get("event") or {}
        is_said = event.get("channel_type") == "im" and event.get("subtype") in {None, "file_share"}
        if is_said and event.get("user") and not event.get("bot_id"):
            self._take(lambda: hear.mention(hear.readable(body)), "command")

    async def _home(self, body: dict[str, Any]) -> None:
        if (body.get("event") or {}).get("tab", "home") == "home":
            self._take(lambda: hear.home(hear.readable(body)), "home")

    async def _closed(self, ack: Ack) -> None:
        await ack()

    async def _options(self, ack: Ack, body: dict[str, Any]) -> None:
        await ack(options=await suggested(self._bot, self._directory, hear.readable(body)))

    async def _submission(self, ack: Ack, body: dict[str, Any]) -> None:
        title = "Backstop"
        try:
            title = str(body["view"]["title"]["text"])
            heard = hear.submission(hear.readable(body))
            handler = self._bot.registry.handlers.get(("form", heard.name))
            if heard.name == NO_FORM or handler is None:
                await ack()
                return
            if wrong := _wrong_fields(handler, heard, body["view"]):
                await ack(response_action="errors", errors=wrong)
                return
            reply = Reply(title)
            if self.work.spawn(self._serving.serve(heard, handler, reply)):
                await ack(**await reply.within({"response_action": "update", "view": draw_waiting(title)}))
                return
            _count(heard.kind, "busy")
            sentence = str(busy())
        except BackstopError as error:
            sentence = error.sentence
        except Exception:
            log.exception("door.submission_failed")
            _count(Kind.FORM, "unreadable")
            sentence = "This form could not be read; open it again."
        said = draw_sentence(Sentence(text=sentence, tone="refusal"))
        await ack(response_action="update", view=draw_closing(title, said))

    def _take(self, read: Callable[[], Heard], *kinds: str) -> None:
        """Reads a delivery and hands it over; it is acknowledged already, so nothing may be raised here."""
        try:
            heard = read()
            if heard.kind is Kind.PRESS:
                if self._repeats.is_double(heard.user, heard.message or heard.modal, heard.name, heard.subject):
                    _count(heard.kind, "double")
                    return
                if heard.name == OPEN_FORM:
                    heard = _said_again(heard)
            handler = self._handler(heard, kinds)
            if handler is not None and handler.kind == "command" and handler.name != heard.name:
                heard = replace(heard, text=f"{heard.name} {heard.text}".strip())  # help, for a word that is none
            if handler is None:
                log.info("door.no_handler", kind=heard.kind.value, handler=heard.name)
                _count(heard.kind, "no_handler")
            elif not self.work.spawn(self._serving.serve(heard, handler), paced_for=_typist(heard)):
                log.warning("door.busy", refused=self.work.refused, delivery=heard.delivery)
                _count(heard.kind, "busy")
                self._apologies.spawn(self._serving.teller.by_address(heard, busy()))
        except Exception:
            log.exception("door.unreadable")
            metrics.deliveries.labels("unknown", "unreadable").inc()

    def _handler(self, heard: Heard, kinds: tuple[str, ...]) -> Handler | None:
        handlers = self._bot.registry.handlers
        if heard.opens_form:
            kinds = ("command",)
        for kind in kinds:
            if found := handlers.get((kind, heard.name)):
                return found
        # Words that are no command are answered with what would be one.
        return handlers.get(("command", "help")) if kinds == ("command",) else None


def connect(app: AsyncApp, bot: Services, directory: Directory, poster: Poster, **settings: Any) -> Door:
    """Lets people in: registers the listeners on an unmodified Bolt app. Stop the returned door before the bot."""
    return Door(app, bot, directory, poster, **settings)


def _wrong_fields(handler: Handler, heard: Heard, view: Body) -> Mapping[str, str]:
    """What is wrong, by the id of the block; what fits to no field is said at the first one."""
    found = handler.check(heard.values) if handler.check else {}
    blocks = [str(block["block_id"]) for block in view["blocks"] if block["type"] == "input"]
    by_name = {block_id.partition("|")[0]: block_id for block_id in blocks}
    return {by_name.get(name, blocks[0]): text for name, text in found.items()} if blocks else {}


def _typist(heard: Heard) -> str:
    """Who said it in words; nobody where a button opens a form, for which Slack gives three seconds."""
    return heard.user if heard.kind in {Kind.COMMAND, Kind.MENTION} and not heard.opens_form else ""


def _count(kind: Kind, outcome: str) -> None:
    metrics.deliveries.labels(kind.value, outcome).inc()


def _said_again(heard: Heard) -> Heard:
    """The command whose form is opened by a button."""
    held = json.loads(heard.subject)
    return Heard(
        kind=Kind.COMMAND, name=str(held["command"]), text=str(held["text"]), opens_form=True, user=heard.user,
        place=heard.place, delivery=heard.delivery, trigger=heard.trigger, response_url=heard.response_url,
    )  # fmt: skip
