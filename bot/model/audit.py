"""One audit event: who did, asked, decided or was refused what, when, why, with which outcome."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import Field

from bot.model.people import Person
from bot.model.values import Json, Value


class Event(Value):
    """What is written in the transaction of the change. `verb` is `thing.happened`, such as `request.approved`."""

    verb: str
    person: Person
    at: datetime
    outcome: str = "ok"  # ok | refused | failed | unknown
    roles: tuple[str, ...] = ()
    system: str = ""
    tenant: str = ""
    subject: str = ""  # "request 01J…", "diagnosis 01J…"
    says: str = ""  # one sentence for people
    reason: str = ""  # what the person gave as reason, or why it was refused
    policy: str = ""
    detail: Mapping[str, Json] = Field(default_factory=dict)


class Recorded(Value):
    """An event as it stands in the trail."""

    number: int
    hash: str
    event: Event


class Trace(Value):
    """Where a subject stands in the trail, and what belongs to it: filled when it is drawn, never stored."""

    event: int = 0  # the number of its newest event
    links: tuple[tuple[str, str], ...] = ()  # (text, address) of messages in Slack


class Filters(Value):
    """Which events are meant: those that fit all that is given. Times are those at which the trail was written."""

    subjects: tuple[str, ...] = ()  # any of these: "request 01J…"
    person: str = ""  # an id, or an e-mail address
    system: str = ""
    tenant: str = ""
    action: str = ""
    verb: str = ""
    outcome: str = ""
    since: datetime | None = None
    until: datetime | None = None  # up to, and without, this moment

    @property
    def given(self) -> dict[str, str]:
        """What was given, as text, by name."""
        found = {"subject": ", ".join(self.subjects), "person": self.person, "system": self.system,
                 "tenant": self.tenant, "action": self.action, "verb": self.verb, "outcome": self.outcome,
                 "since": self.since.isoformat() if self.since else "",
                 "until": self.until.isoformat() if self.until else ""}  # fmt: skip
        return {name: value for name, value in found.items() if value}
