"""Requests that nobody can be believed to have sent: on record, and bounded, for anybody can send such."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.errors import BackstopError
from bot.model.audit import Event
from bot.model.people import BACKSTOP
from bot.model.values import Clock
from bot.store import Store

log = structlog.get_logger()

_PAUSE = timedelta(minutes=1)


@dataclass
class Unverified:
    """Writes one event a minute at most for each door, which says how many there were since the one before."""

    store: Store
    clock: Clock

    def __post_init__(self) -> None:
        self._last: dict[str, datetime] = {}
        self._count: dict[str, int] = {}

    async def note(self, door: str) -> None:
        """Takes note of a request whose signature is missing, wrong or too old."""
        now = self.clock()
        self._count[door] = self._count.get(door, 0) + 1
        if door in self._last and now - self._last[door] < _PAUSE:
            return
        self._last[door], count = now, self._count.pop(door)
        requests = "1 request" if count == 1 else f"{count} requests"
        event = Event(
            verb="delivery.unverifiable", person=BACKSTOP, at=now, outcome="refused",
            says=f"{requests} at {door} could not be verified, and nothing was done",
            detail={"door": door, "requests": count},
        )  # fmt: skip
        try:
            async with self.store.work() as work:
                work.record(event)
        except BackstopError as error:
            log.warning("unverified.not_recorded", door=door, count=count, sentence=error.sentence)
