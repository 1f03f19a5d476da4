"""What happened in a period, in figures: pure functions over events."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from bot.model.facts import Listing
from bot.model.finding import Table
from bot.model.values import write_duration
from bot.store.trail import Happened

VERBS = (
    "diagnosis.finished", "request.asked", "request.approved", "request.denied", "request.expired",
    "request.cancelled", "request.outdated", "request.verified", "action.finished", "escalation.opened",
    "person.refused", "request.refused", "action.refused", "evidence.revealed",
)  # fmt: skip
LOOK_BACK = timedelta(days=2)  # how much earlier a request may have been asked whose decision is counted
_HELPED = {"ok": "helped", "failed": "did not help"}


@dataclass(frozen=True)
class Figures:
    """Counts by name, and how long decisions took."""

    since: datetime
    until: datetime
    counts: tuple[tuple[str, int], ...]
    decided: int
    median: timedelta | None
    slowest: timedelta | None  # 95 of 100 were decided within this

    @property
    def says(self) -> str:
        """One sentence for people."""
        found = dict(self.counts)
        names = ("asked", "approved", "denied", "expired", "helped", "did not help", "not needed any more")
        told = ", ".join(f"{found[name]} {name}" for name in names)
        return f"{self.since:%Y-%m-%d} to {self.until:%Y-%m-%d}: {told}. {self.speed}"

    @property
    def speed(self) -> str:
        """How long decisions took, in words."""
        if self.median is None or self.slowest is None:
            return "Nobody had to decide."
        half, most = write_duration(self.median), write_duration(self.slowest)
        return f"Half of {self.decided} decisions took up to {half}, 95 % up to {most}."

    @property
    def listing(self) -> Listing:
        """The same to be drawn."""
        rows = tuple((name, str(count)) for name, count in self.counts)
        table = Table(title="What happened", columns=("What", "How often"), rows=rows)
        return Listing(says=self.says, table=table)


def figures(events: Iterable[Happened], since: datetime, until: datetime) -> Figures:
    """Counts the events of a period; earlier ones only tell when something was asked."""
    asked: dict[str, datetime] = {}
    took: list[timedelta] = []
    counts: Counter[str] = Counter()
    for event in events:
        if event.verb == "request.asked" and event.state == "pending":
            asked[event.subject] = event.at
        if not since <= event.at < until:
            continue
        counts[_name(event)] += 1
        if event.verb in {"request.approved", "request.denied"} and (start := asked.pop(event.subject, None)):
            took.append(event.at - start)
        if event.verb == "request.asked" and event.state == "approved":
            counts["allowed at once"] += 1
    order = (
        "diagnoses", "asked", "allowed at once", "approved", "denied", "expired", "cancelled", "outdated", "done",
        "not needed any more", "failed", "outcome unknown", "helped", "did not help", "could not tell", "escalated",
        "revealed", "refused",
    )  # fmt: skip
    return Figures(
        since=since, until=until, counts=tuple((name, counts[name]) for name in order), decided=len(took),
        median=percentile(took, 50), slowest=percentile(took, 95),
    )  # fmt: skip


def percentile(values: Sequence[timedelta], share: int) -> timedelta | None:
    """The smallest value that so many percent of the values do not exceed; None of nothing."""
    return sorted(values)[ceil(len(values) * share / 100) - 1] if values else None


def _name(event: Happened) -> str:
    if event.verb == "action.finished" and event.is_needless:
        return "not needed any more"
    if event.verb == "action.finished":
        return {"ok": "done", "unknown": "outcome unknown", "refused": "outdated"}.get(event.outcome, "failed")
    if event.verb == "request.verified":
        return _HELPED.get(event.outcome, "could not tell")
    if event.outcome == "refused":
        return "refused"
    thing, _, happened = event.verb.partition(".")
    return {"diagnosis": "diagnoses", "escalation": "escalated"}.get(thing, happened)
