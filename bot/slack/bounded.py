"""Background work with a bound: so much at once, so much waiting, and no more."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from bot.slack.pacing import RoundRobin

log = structlog.get_logger()


class Bounded:
    """Tasks that are tracked, so that none is lost and all can be waited for. `refused` counts what was too much.

    `pace` gives turns to work that is spawned as paced for somebody; what is not overtakes it.
    """

    def __init__(self, at_once: int = 32, waiting: int = 200, pace: RoundRobin | None = None) -> None:
        self._places, self._pace = asyncio.Semaphore(at_once), pace
        self._most = at_once + waiting
        self._most_of_one = max(1, self._most - max(1, at_once // 2))
        self._tasks: dict[asyncio.Task[None], str] = {}  # for whom
        self._is_stopping = False
        self.refused = 0

    def spawn(self, work: Coroutine[Any, Any, None], *, paced_for: str = "") -> bool:
        """Runs the work when there is room for it; False (and it never runs) when too much is waiting."""
        # Whoever says very much leaves some room for others.
        is_too_much = bool(paced_for) and list(self._tasks.values()).count(paced_for) >= self._most_of_one
        if self._is_stopping or len(self._tasks) >= self._most or is_too_much:
            work.close()
            self.refused += 1
            return False
        task = asyncio.create_task(self._run(work, paced_for))
        self._tasks[task] = paced_for
        task.add_done_callback(self._tasks.pop)
        return True

    async def stop(self, seconds: float = 5.0) -> None:
        """Takes nothing more, waits for what runs, and ends what takes longer than `seconds`."""
        self._is_stopping = True
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, work: Coroutine[Any, Any, None], paced_for: str) -> None:
        try:
            if paced_for and self._pace is not None:
                await self._pace.take(paced_for)
            async with self._places:
                await work
        except Exception:
            # Everything that people should hear of was caught further in; this is the last net, and it is not silent.
            log.exception("door.work_failed")
        finally:
            work.close()
