"""Says in a channel what nobody asked for: signed checkpoints of the audit trail, and the figures of a week."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.audit import Checkpoint, Figures
from bot.errors import SlackFailed
from bot.model.facts import Listing, Sentence
from bot.model.people import Directory
from bot.slack.cards.fact import draw_fact
from bot.slack.post import Poster

Resolved = Callable[[datetime, datetime], Awaitable[Listing | None]]


class Announcer:
    """Posts to one channel by its name. Raises SlackFailed when the bot is not in it.

    `resolved` gives the escalations of a period, with their causes; None for none.
    """

    def __init__(self, poster: Poster, directory: Directory, channel: str, resolved: Resolved) -> None:
        self._poster, self._directory, self._channel, self._resolved = poster, directory, channel, resolved

    async def checkpoint(self, checkpoint: Checkpoint) -> None:
        """A checkpoint leaves the database: a trail that is cut off later does not reach it any more."""
        await self._say(Sentence(text=checkpoint.line()))

    async def figures(self, figures: Figures) -> None:
        """What was asked and decided in a week, and what was behind the escalations that were resolved."""
        resolved = await self._resolved(figures.since, figures.until)
        await self._say(figures.listing)
        if resolved is not None:
            await self._say(resolved)

    async def _say(self, fact: Sentence | Listing) -> None:
        channel = await self._directory.channel(self._channel)
        if channel is None:
            raise SlackFailed(f"The bot can't see #{self._channel}, the channel for the audit trail; invite it there.")
        await self._poster.sender.post(channel, draw_fact(fact))
