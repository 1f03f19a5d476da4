"""Redraws of what is still running: at most about one a message each 0.7 s, and few enough for the whole workspace."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

import structlog

from bot.errors import BackstopError
from bot.model.talk import Subject
from bot.slack.pacing import Bucket, Sleep, Timer

log = structlog.get_logger()

_APART = 0.7  # seconds between two redraws of one message
_FIRST = 0.4  # seconds; what ends sooner needs no progress
_REMEMBERED = 1_000


class Progress:
    """Collects what moved, and has it drawn one after the other."""

    def __init__(
        self, draw: Callable[[Subject], Awaitable[None]], bucket: Bucket, timer: Timer, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._draw, self._bucket, self._timer, self._sleep = draw, bucket, timer, sleep
        self._waiting: dict[Subject, float] = {}
        self._drawn: OrderedDict[Subject, float] = OrderedDict()
        self._task: asyncio.Task[None] | None = None

    def note(self, subject: Subject) -> None:
        """Says that a subject moved on."""
        if subject not in self._waiting:
            last = self._drawn.get(subject)
            self._waiting[subject] = self._timer() + _FIRST if last is None else last + _APART
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._draw_all())

    async def stop(self) -> None:
        """Draws no more."""
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _draw_all(self) -> None:
        while self._waiting:
            subject = min(self._waiting, key=self._waiting.__getitem__)
            if (early := self._waiting[subject] - self._timer()) > 0:
                await self._sleep(early)
            await self._bucket.take()
            self._waiting.pop(subject, None)
            try:
                await self._draw(subject)
            except BackstopError as error:
                log.info("progress.not_drawn", subject=subject.id, sentence=error.sentence)
            except Exception:
                log.exception("progress.failed", subject=subject.id)
            self._drawn[subject] = self._timer()
            self._drawn.move_to_end(subject)
            if len(self._drawn) > _REMEMBERED:
                self._drawn.popitem(last=False)
