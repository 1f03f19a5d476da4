"""Calling people by a service of its own, such as PagerDuty."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pydantic import Field

from bot.model.runbook import Severity
from bot.model.values import Json, Value


class Signal(StrEnum):
    """What a pager is told about an escalation."""

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


class Page(Value):
    """One message to a pager; all messages with one key are about one incident there."""

    signal: Signal
    key: str
    summary: str = ""
    severity: Severity = Severity.MEDIUM
    source: str = ""
    group: str = ""
    detail: Mapping[str, Json] = Field(default_factory=dict)
    at: datetime


class Pager(Protocol):
    """A service that calls people."""

    async def send(self, page: Page) -> None:
        """Tells the service. Raises PagerFailed when it cannot be reached or refuses."""
        ...


class Heard(Value):
    """What a pager said by itself: somebody acknowledged or resolved there."""

    key: str
    signal: Signal
    who: str
    delivery: str  # the same for each repetition


class Paged(Value):
    """How far a pager is told: `wanted` is the newest signal, `sent` the last that it took."""

    pager: str
    title: str
    wanted: Signal
    sent: Signal | None = None
    tries: int = 0  # in vain, since `wanted` was set
    says: str = ""  # why the last try was in vain
    due: datetime | None = None  # the next try
    listens: bool = False  # whether what is done there comes back

    @property
    def is_behind(self) -> bool:
        """Whether it has not been told the newest."""
        return self.wanted is not self.sent
