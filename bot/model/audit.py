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
