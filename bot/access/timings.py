"""How long an endpoint takes: a few requests one after the other, and fewer of them when it is slow already."""

import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.access.http import HttpAnswer
from bot.errors import SystemUnreachable

TIMES = 20  # requests at most
BUDGET = timedelta(seconds=3)  # after which no further one is sent
_SERVER_ERROR = 500
_UNREACHED = 2  # requests without any answer after which it is given up


@dataclass(frozen=True)
class Timings:
    """Times of answers; `failures` are answers of 500 and above, and requests that got none."""

    took: tuple[timedelta, ...]
    failures: int
    asked: int
    last: HttpAnswer | None

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
    failures, unreached = 0, 0
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
            failures += last.status >= _SERVER_ERROR
        if unreached >= _UNREACHED or time.monotonic() - started > budget.total_seconds():
            break
    if not took:
        raise problem or SystemUnreachable("The endpoint did not answer. Look again in a moment.")
    return Timings(tuple(took), failures + unreached, len(took) + unreached, last)
