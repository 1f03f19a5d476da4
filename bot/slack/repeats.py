"""Drops what Slack delivers twice, and what people press twice."""

from collections import OrderedDict
from typing import TypeVar

import structlog

from bot.errors import Unrecordable
from bot.slack.needs import Services
from bot.slack.pacing import Timer

log = structlog.get_logger()
T = TypeVar("T")

_REMEMBERED = 5_000
_DOUBLE = 0.7  # seconds within which the same press by the same person is one press


class Repeats:
    """Asks the bot's memory, which all replicas share; looks into its own while that is away."""

    def __init__(self, bot: Services, timer: Timer) -> None:
        self._bot, self._timer = bot, timer
        self._seen: OrderedDict[str, None] = OrderedDict()  # deliveries
        self._pressed: OrderedDict[str, tuple[tuple[str, ...], float]] = OrderedDict()  # last, by person

    async def is_new(self, delivery: str) -> bool:
        """True the first time."""
        try:
            return await self._bot.is_new(delivery)
        except Unrecordable as error:
            log.warning("door.memory_away", sentence=error.sentence)
            is_new = delivery not in self._seen
            _keep(self._seen, delivery, None)
            return is_new

    def is_double(self, person: str, *press: str) -> bool:
        """True when this person pressed the same a moment ago, and nothing else since then."""
        before, at = self._pressed.get(person, ((), 0.0))
        now = self._timer()
        _keep(self._pressed, person, (press, now))
        return before == press and now - at < _DOUBLE


def _keep(memory: OrderedDict[str, T], key: str, value: T) -> None:
    memory[key] = value
    memory.move_to_end(key)
    if len(memory) > _REMEMBERED:
        memory.popitem(last=False)
