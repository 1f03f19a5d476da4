"""What the product measures of itself: how long its endpoints take and how often they fail, over five minutes."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

WINDOW = timedelta(minutes=5)
DASHBOARD, PROJECTS, TASKS = "GET /api/v1/dashboard", "GET /api/v1/projects", "GET /api/v1/tasks"
_USUAL = (DASHBOARD, PROJECTS, TASKS)


@dataclass(frozen=True)
class _Request:
    at: datetime
    endpoint: str
    milliseconds: float
    has_failed: bool


class Measured:
    """Requests that were answered, and looks into the cache."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._requests: deque[_Request] = deque(maxlen=5000)
        # Its users go on as ever, so that what they do never leaves the window.
        self._usual = [
            _Request(clock(), endpoint, 20 + number % 40, number == 77 and endpoint == TASKS)
            for endpoint in _USUAL
            for number in range(500)
        ]
        self.hits = self.misses = 0
        self.begin()

    def begin(self) -> None:
        """Starts anew, with what the users do all the time: all of it quick, and once something fails."""
        self._requests.clear()
        self.hits, self.misses = 240, 12

    def record(self, endpoint: str, milliseconds: float, has_failed: bool = False, times: int = 1) -> None:
        """Notes requests."""
        now = self._clock()
        self._requests.extend(_Request(now, endpoint, milliseconds, has_failed) for _ in range(times))

    def endpoints(self) -> dict[str, dict[str, Any]]:
        """Each endpoint's requests, errors and percentiles within the window."""
        first = self._clock() - WINDOW
        found: dict[str, list[_Request]] = {}
        for one in (*self._usual, *(request for request in self._requests if request.at >= first)):
            found.setdefault(one.endpoint, []).append(one)
        return {endpoint: _summary(requests) for endpoint, requests in sorted(found.items())}

    @property
    def hit_rate(self) -> float:
        """The share of looks into the cache that found something."""
        return self.hits / max(1, self.hits + self.misses)


def _summary(requests: list[_Request]) -> dict[str, Any]:
    took = sorted(one.milliseconds for one in requests)
    return {
        "requests": len(requests), "errors": sum(one.has_failed for one in requests),
        "p50_ms": round(took[math.ceil(0.5 * len(took)) - 1]), "p95_ms": round(took[math.ceil(0.95 * len(took)) - 1]),
    }  # fmt: skip
