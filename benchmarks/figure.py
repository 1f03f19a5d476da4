"""One measured figure, what it is held against, and whether its target is met."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """`value` in `unit`, beside `baseline` of the same run where there is one.

    `limit` is the most (or with `at_least` the least) that `judged` may be: the ratio where there is a baseline, else
    the value itself.
    """

    what: str
    value: float
    unit: str
    limit: float | None = None
    against: str = ""
    baseline: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Value by baseline."""
        return None if not self.baseline else self.value / self.baseline

    @property
    def judged(self) -> float:
        """What the target speaks of."""
        return self.value if self.ratio is None else self.ratio

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.limit is None:
            return None
        return self.judged >= self.limit if self.at_least else self.judged <= self.limit

    @property
    def target(self) -> str:
        """The target as people write it."""
        if self.limit is None:
            return ""
        sign = "≥" if self.at_least else "≤"
        return f"{sign} {self.limit:.3g}" + (" ×" if self.ratio is not None else f" {self.unit}")


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share (0–1) of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values: Sequence[float]) -> float:
    """The middle of the values."""
    return statistics.median(values)
