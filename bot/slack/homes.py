"""App Homes that were opened lately are drawn again when a request changed, at a pace that Slack allows."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BackstopError
from bot.model.facts import HomePage
from bot.model.people import Directory
from bot.model.talk import Kind, Place
from bot.slack.calling import call
from bot.slack.cards.home import draw_home
from bot.slack.heard import Heard
from bot.slack.needs import Services
from bot.slack.pacing import Bucket, Timer

log = structlog.get_logger()

Changes = Callable[[int | None], Awaitable[tuple[int, bool]]]

_FOLLOWED = 900.0  # seconds after it was opened; Slack does not say when it is left
_MOST = 50  # people
_A_SECOND, _BURST = 0.5, 10  # views; Slack takes 100 a minute, and forms are to come first


class Homes:
    """Publishes App Homes, and remembers whose is open on which page."""

    def __init__(
        self, client: AsyncWebClient, bot: Services, directory: Directory, timer: Timer = time.monotonic
    ) -> None:
        self._client, self._bot, self._directory, self._timer = client, bot, directory, timer
        self._bucket = Bucket(_A_SECOND, _BURST, timer)
        self._opened: OrderedDict[str, tuple[float, int]] = OrderedDict()  # by Slack id: when, and the page
        self._seen: int | None = None  # the last event that was looked at

    async def show(self, user: str, page: HomePage) -> None:
        """Publishes somebody's App Home, which they have just opened. Raises SlackFailed."""
        await call(self._client.views_publish(user_id=user, view=draw_home(page)))
        self._opened[user] = (self._timer(), page.desk.page)
        self._opened.move_to_end(user)
        if len(self._opened) > _MOST:
            self._opened.popitem(last=False)

    async def follow(self, changes: Changes) -> None:
        """One round: `changes` says which event is the last, and whether requests changed since the one named."""
        self._seen, is_changed = await changes(self._seen)
        begin = self._timer() - _FOLLOWED
        if not is_changed:
            return
        for user, (opened, page) in reversed([*self._opened.items()]):
            if opened < begin:
                self._opened.pop(user, None)
                continue
            await self._bucket.take()
            await self._again(user, page)

    async def _again(self, user: str, page: int) -> None:
        handler = self._bot.registry.handlers[("home", "home")]
        try:
            opened = Heard(Kind.HOME, "home", user, Place(channel=""), "", subject=str(page), is_home=True)
            drawn = await handler.call(self._bot, opened.call(await self._directory.person(user)))
            await call(self._client.views_publish(user_id=user, view=draw_home(drawn)))
        except BackstopError as error:
            log.info("home.not_followed", user=user, sentence=error.sentence)
            self._opened.pop(user, None)  # opened anew, it is drawn again
