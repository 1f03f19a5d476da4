"""What one look at a system ends in: a code with its status, what was seen against what was expected, and evidence."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from pydantic import Field

from bot.model.values import Duration, Json, Value


class Status(StrEnum):
    """How a finding is to be taken; unknown is never ok."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


# Every probe can end in these besides its own codes, because every system can be away.
ALWAYS: Mapping[str, Status] = {
    "unreachable": Status.UNKNOWN,
    "too_slow": Status.UNKNOWN,
    "refused": Status.UNKNOWN,
    "not_there": Status.UNKNOWN,
    "broken": Status.UNKNOWN,
}


class Table(Value):
    """Rows to be read by people: drawn as a table, attached as CSV when long."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    cut: bool = False  # more rows exist than were fetched


class Seen(Value):
    """What a probe returns: one of its declared codes, and what it saw in words and numbers with units.

    `seen` and `expected` are short (about 60 characters); `says` is one sentence for the cause card and may be empty;
    `evidence` is JSON for the record and for escalations, never a secret.
    """

    code: str
    seen: str
    expected: str = "–"
    says: str = ""
    evidence: Mapping[str, Json] = Field(default_factory=dict)
    tables: tuple[Table, ...] = ()


class Finding(Value):
    """One check of a diagnosis, carried out."""

    check: str
    probe: str
    label: str
    code: str
    status: Status
    seen: str
    expected: str = "–"
    says: str = ""
    evidence: Mapping[str, Json] = Field(default_factory=dict)
    tables: tuple[Table, ...] = ()
    took: Duration = timedelta()
