"""One redraw of a subject at a time: who comes meanwhile has it drawn once more, with the newest state."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import structlog

from bot.errors import SlackFailed
from bot.model.talk import Subject

log = structlog.get_logger()

Failed = dict[int, SlackFailed]  # by drawing


@dataclass(frozen=True)
class Wish:
    """How a subject is to be drawn: `is_forced` also where no change is noted, `is_patient` only what is overdue."""

    is_forced: bool = False
    is_patient: bool = False


@dataclass
class _Turn:
    wishes: list[Wish]
    task: "asyncio.Task[Failed]" = field(init=False)


class Turns:
    """Has `draw(subject, wish)` called, never twice at once for a subject, and tells everybody who asked."""

    def __init__(self, draw: Callable[[Subject, Wish], Awaitable[Failed]]) -> None:
        self._draw = draw
        self._turns: dict[Subject, _Turn] = {}
        self._by_the_way: set[asyncio.Task[Any]] = set()

    async def take(self, subject: Subject, wish: Wish = Wish()) -> Failed:
        """Draws a subject, or joins those who wait for it; returns what could not be drawn."""
        turn = self._turns.get(subject)
        if turn is None:
            turn = self._turns[subject] = _Turn([wish])
            turn.task = asyncio.create_task(self._until_still(subject, turn))
        else:
            turn.wishes.append(wish)
        # Who asked may be cancelled; the redraw goes on for the others.
        return await asyncio.shield(turn.task)

    def take_soon(self, subject: Subject) -> None:
        """Draws a subject without anybody waiting for it."""
        task = asyncio.create_task(self.take(subject))
        self._by_the_way.add(task)
        task.add_done_callback(self._ended)

    async def stop(self, seconds: float = 5.0) -> None:
        """Waits for what is being drawn, and ends what takes longer."""
        tasks = [*(turn.task for turn in self._turns.values()), *self._by_the_way]
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _until_still(self, subject: Subject, turn: _Turn) -> Failed:
        failed: Failed = {}
        try:
            while turn.wishes:
                is_forced = any(wish.is_forced for wish in turn.wishes)
                is_patient = all(wish.is_patient for wish in turn.wishes)
                turn.wishes.clear()
                failed |= await self._draw(subject, Wish(is_forced, is_patient))
            return failed
        finally:
            del self._turns[subject]

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._by_the_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("drawing.failed", exc_info=error)
