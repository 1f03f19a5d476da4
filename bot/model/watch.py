"""Runbooks that are carried out by themselves: what is watched, how it stands, and what was posted about it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import Field, field_validator

from bot.model.diagnosis import Diagnosis, Verdict
from bot.model.inputs import Inputs
from bot.model.people import Person
from bot.model.policy import Hours
from bot.model.values import Duration, Value

_SHORTEST = timedelta(minutes=1)


class Watch(Value):
    """A runbook that is carried out again and again for the same inputs; only what changes is posted."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")
    runbook: str
    system: str
    inputs: Mapping[str, str] = Field(default_factory=dict)  # as people type them
    every: Duration
    hours: Hours | None = None  # looked at in these hours only
    channel: str = ""  # one of the system's channels; the first of them, if none is named

    @field_validator("every")
    @classmethod
    def _not_too_often(cls, every: timedelta) -> timedelta:
        if every < _SHORTEST:
            raise ValueError("every is at least 1m: each turn is a diagnosis with its checks and its events")
        return every


class WatchesFile(Value):
    """`policies/watches.yml`."""

    watches: tuple[Watch, ...] = ()


class Mark(Value):
    """Who acknowledged, and when."""

    person: Person
    at: datetime


class Muted(Value):
    """Who had it posted no more until when, and why."""

    person: Person
    at: datetime
    until: datetime
    reason: str


class WatchState(Value):
    """How a watch stands. A headline is a verdict with the first cause: what is posted when it changes."""

    id: str
    due: datetime  # the next turn
    tenant: str = ""
    looked: datetime | None = None  # when the last turn began
    diagnosis: str = ""  # the last
    headline: str = ""
    since: datetime | None = None  # since when the headline is that
    told: str = ""  # the headline that people know of; empty until the first turn
    notice: str = ""  # the newest
    muted: Muted | None = None
    problem: str = ""  # why the last turn could not be carried out

    def is_newer(self, begun: datetime) -> bool:
        """Whether this is known from a turn that began later: a slow turn must not overwrite it."""
        return self.looked is not None and self.looked > begun

    def is_muted(self, now: datetime) -> bool:
        """Whether nothing is posted now."""
        return self.muted is not None and now < self.muted.until


class Notice(Value):
    """What was posted about a change, as it stands now."""

    id: str
    watch: str
    at: datetime
    title: str  # of the runbook
    system: str
    system_title: str
    inputs: Inputs
    diagnosis: str
    verdict: Verdict
    headline: str
    before: str = ""  # the headline that people knew until then
    healthy_at: datetime | None = None  # when it was last healthy …
    changes: tuple[str, ...] = ()  # … and what differs since
    acknowledged: Mark | None = None
    muted: Muted | None = None
    over: datetime | None = None  # when something else was posted about the same watch


def headline(diagnosis: Diagnosis) -> str:
    """What people are told of a diagnosis in a line, and what is compared to know whether it changed."""
    first = diagnosis.causes[0].title if diagnosis.causes else ""
    return f"{diagnosis.verdict.value}: {first}" if first else diagnosis.verdict.value
