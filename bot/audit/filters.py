"""What people type to search the trail, read into filters; and the filters as text again, for the next page."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from bot.errors import InputError, UnknownName
from bot.model.audit import Filters
from bot.model.values import parse_duration

SUBJECTS = ("request", "diagnosis", "escalation")
FILTERS = ("tenant", "system", "person", "action", *SUBJECTS, "outcome", "since", "until")
OUTCOMES = ("ok", "refused", "failed", "unknown")
_TIMES = ("since", "until")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def moment(text: str, now: datetime, *, is_end: bool = False) -> datetime:
    """A moment in UTC: so long ago (`7d`), a day (its end, for `is_end`), or a day with a time of day.

    Raises InputError for anything else.
    """
    said = text.strip()
    try:
        if _DATE.fullmatch(said):
            day = datetime.combine(datetime.fromisoformat(said).date(), time(), UTC)
            return day + timedelta(days=1) if is_end else day
        if said[:1].isdigit() and said[-1:].isalpha() and not said.endswith("Z"):
            return now - parse_duration(said)
        found = datetime.fromisoformat(said)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise InputError(
            f"{said[:40]} is not a time; write 7d for a week ago, 2026-11-30, or 2026-11-30T14:05 (UTC)."
        ) from error


def understand(named: Mapping[str, str], now: datetime) -> Filters:
    """The filters that somebody typed. Raises UnknownName and InputError with what would be right."""
    for name in named:
        if name not in FILTERS:
            raise UnknownName("filter of the audit trail", f"{name}=", [f"{one}=…" for one in FILTERS])
    outcome = named.get("outcome", "").lower()
    if outcome and outcome not in OUTCOMES:
        raise UnknownName("outcome", outcome, OUTCOMES)
    since = moment(named["since"], now) if "since" in named else None
    until = moment(named["until"], now, is_end=True) if "until" in named else None
    if since and until and since >= until:
        raise InputError("since= is later than until=, so nothing can lie between them; swap them.")
    subjects = tuple(f"{kind} {named[kind]}" for kind in SUBJECTS if kind in named)
    return Filters(
        subjects=subjects, person=named.get("person", ""),
        system=named.get("system", ""), tenant=named.get("tenant", ""), action=named.get("action", ""),
        outcome=outcome, since=since, until=until,
    )  # fmt: skip


def told(named: Mapping[str, str], filters: Filters) -> str:
    """The filters as one reads them: times are told, and not as machines write them."""
    parts = [spoken({name: value for name, value in named.items() if name not in _TIMES}, Filters())]
    for word, at in zip(_TIMES, (filters.since, filters.until), strict=True):
        parts += [f"{word} {at:%Y-%m-%d %H:%M} UTC"] if at else []
    return " ".join(part for part in parts if part)


def spoken(named: Mapping[str, str], filters: Filters) -> str:
    """The filters as one would type them, with times that do not move any more."""
    fixed = {name: at.isoformat() for name, at in (("since", filters.since), ("until", filters.until)) if at}
    said = {**{name: value for name, value in named.items() if name in FILTERS}, **fixed}
    return " ".join(f'{name}="{value}"' if " " in value else f"{name}={value}" for name, value in said.items())
