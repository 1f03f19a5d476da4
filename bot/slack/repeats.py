"""Drops what Slack delivers twice, and what people press twice."""

from collections import OrderedDict
from typing import Any

import structlog

from bot.errors import Unrecordable
from bot.slack.needs import Services
from bot.slack.pacing import Timer

log = structlog.get_logger()

_REMEMBERED = 5_000
_DOUBLE = 0.7  # seconds within which the same press by the same person is one press


class Repeats:
    """Asks the bot's memory, which all replicas share; looks into its own while that is away."""

    def __init__(self, bot: Services, timer: Timer) -> None:
        self._bot, self._timer = bot, timer
        self._seen: OrderedDict[Any, float] = OrderedDict()

    async def is_new(self, delivery: str) -> bool:
        """True the first time."""
        try:
            return await self._bot.is_new(delivery)
        except Unrecordable as error:
            log.warning("door.memory_away", sentence=error.sentence)
            return self._note(delivery) is None

    def is_double(self, *press: str) -> bool:
        """True when the same thing was pressed a moment ago."""
        before = self._note(press)
        return before is not None and self._timer() - before < _DOUBLE

    def _note(self, key: Any) -> float | None:
        before = self._seen.pop(key, None)
        self._seen[key] = self._timer()
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return before
