"""Names and times that Slack gives to things: ids that count up, times that only grow, tickets nobody can guess."""

import itertools
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MICROSECONDS = 1_000_000


class Identifiers:
    """Hands out ids. `clock` gives the time in epoch seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last_microsecond = 0
        self._counters: defaultdict[str, Iterator[int]] = defaultdict(lambda: itertools.count(1))

    def new(self, prefix: str) -> str:
        """The next id with this prefix, e.g. `C` → `C0B00000001`. The same order of calls gives the same ids."""
        return f"{prefix}0B{_in_base_36(next(self._counters[prefix])):0>8}"

    def short(self) -> str:
        """The next id for a block or an element that came without one."""
        return f"b{_in_base_36(next(self._counters['short'])):0>4}"

    def ts(self) -> str:
        """The next message timestamp, `seconds.micros`, greater than every one before it."""
        self._last_microsecond = max(self._last_microsecond + 1, int(self._clock() * MICROSECONDS))
        seconds, micros = divmod(self._last_microsecond, MICROSECONDS)
        return f"{seconds}.{micros:06d}"

    def ticket(self) -> str:
        """A secret that cannot be guessed, for addresses and triggers."""
        return secrets.token_hex(16)


def _in_base_36(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
    return text or "0"
