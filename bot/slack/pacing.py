"""Keeps below Slack's rates: a bucket that fills at a steady rate, and holds a few calls at most."""

import asyncio
from collections.abc import Awaitable, Callable

Timer = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]


class Bucket:
    """So many calls a second on average, with short bursts."""

    def __init__(self, per_second: float, burst: int, timer: Timer, sleep: Sleep = asyncio.sleep) -> None:
        self._per_second, self._burst, self._timer, self._sleep = per_second, burst, timer, sleep
        self._held, self._at = float(burst), timer()

    async def take(self) -> None:
        """Waits for its turn, in the order of arrival."""
        self._fill()
        self._held -= 1
        if self._held < 0:
            await self._sleep(-self._held / self._per_second)

    def _fill(self) -> None:
        now = self._timer()
        self._held = min(self._burst, self._held + (now - self._at) * self._per_second)
        self._at = now
