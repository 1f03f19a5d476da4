"""How long an endpoint takes: a few requests one after the other, and fewer of them when it is slow already."""

import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.access.answers import HttpAnswer
from bot.errors import SystemUnreachable

TIMES = 20  # requests at most
LEAST = 2  # requests at least: one answer alone may be late for any reason
BUDGET = timedelta(seconds=3)  # after which no further one is sent
_SERVER_ERROR = 500
_UNREACHED = 2  # requests without any answer after which it is given up


@dataclass(frozen=True)
class Timings:
    """Times of answers; `failed` are those among them of 500 and above, `unreached` the requests that got none."""

    took: tuple[timedelta, ...]
    failed: tuple[timedelta, ...]
    unreached: int
    last: HttpAnswer | None

    @property
    def asked(self) -> int:
        """How many requests were sent."""
        return len(self.took) + self.unreached

    @property
    def failures(self) -> int:
        """How many of them failed."""
        return len(self.failed) + self.unreached

    def later_than(self, limit: timedelta) -> int:
        """How many of them were not served within the limit: slow, failed, or without any answer."""
        slow = sum(took > limit for took in self.took)
        return slow + sum(took <= limit for took in self.failed) + self.unreached

    @property
    def p50(self) -> timedelta:
        """The time that half of the answers do not exceed."""
        return self._rank(0.5)

    @property
    def p95(self) -> timedelta:
        """The time that 95 of 100 answers do not exceed; of few answers it is the longest."""
        return self._rank(0.95)

    def _rank(self, share: float) -> timedelta:
        return sorted(self.took)[math.ceil(share * len(self.took)) - 1]


async def timed(fetch: Callable[[], Awaitable[HttpAnswer]], times: int, budget: timedelta = BUDGET) -> Timings:
    """Asks up to so many times, one after the other. Raises SystemUnreachable when there was no answer at all."""
    took: list[timedelta] = []
    failed: list[timedelta] = []
    unreached = 0
    last: HttpAnswer | None = None
    problem: SystemUnreachable | None = None
    started = time.monotonic()
    for _ in range(max(1, min(times, TIMES))):
        try:
            last = await fetch()
        except SystemUnreachable as error:
            problem, unreached = error, unreached + 1
        else:
            took.append(last.took)
            failed += [last.took] if last.status >= _SERVER_ERROR else []
        late = len(took) + unreached >= LEAST and time.monotonic() - started > budget.total_seconds()
        if unreached >= _UNREACHED or late:
            break
    if not took:
        raise problem or SystemUnreachable("The endpoint did not answer. Look again in a moment.")
    return Timings(tuple(took), tuple(failed), unreached, last)
