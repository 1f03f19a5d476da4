"""Whether a cached number is still the one that the database counts."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.access.readers import ABSENT, Entry, Look, field_of, read_value
from bot.model.finding import Seen, Status
from bot.model.values import Json, write_duration
from bot.registry import CacheName, Params, QueryName, probe


class CachedValue(Params):
    """Params of cached_value. `field` is the number's place in the cached value, `written_at` that of its time."""

    cache: CacheName
    field: str
    query: QueryName
    unit: str = "entries"
    written_at: str = ""


@probe(
    label="Cached against database",
    codes={
        "equal": Status.OK,
        "differs": Status.FAIL,
        "catching_up": Status.WARN,
        "not_cached": Status.WARN,
        "unreadable": Status.UNKNOWN,
    },
    source="aiops-data-sync, Issue 3 and Issue 5, diagnosis step 1",
)
async def cached_value(look: Look, params: CachedValue) -> Seen:
    """Compares a number in a cached entry with what the database counts now.

    A difference in an entry that ends within the agreed time anyway is `catching_up`.
    """
    entry, value, stored = await asyncio.gather(
        look.cache(params.cache), look.value(params.cache), look.rows(params.query)
    )
    evidence: dict[str, Json] = {"key": entry.key, "stored": stored.number, "database_role": stored.role}
    if value is None:
        return Seen(code="not_cached", seen="not cached now", expected="equal", evidence=evidence)
    cached, written = _read(value, params, look.cache_line(params.cache).fields)
    if cached is None:
        seen = f"no number {params.field} in the entry"
        return Seen(code="unreadable", seen=seen, expected="equal", evidence=evidence)
    age = look.now() - written if written is not None else None
    evidence |= {"cached": cached, "age_seconds": age.total_seconds() if age is not None else None}
    if cached == stored.number:
        written_ago = f", written {_written(age)} ago" if age is not None and age > timedelta() else ""
        seen = f"{cached} {params.unit} in both{written_ago}"
        return Seen(code="equal", seen=seen, expected="equal", evidence=evidence)
    seen = f"{cached} {params.unit} cached, {stored.number} stored"
    since = f"{entry.key} was written {_written(age)} ago." if age is not None and age > timedelta() else ""
    code = "catching_up" if _ends_in_time(entry, look.cache_line(params.cache).ttl) else "differs"
    return Seen(code=code, seen=seen, expected="equal", says=since, evidence=evidence)


def _ends_in_time(entry: Entry, agreed: timedelta | None) -> bool:
    return not entry.exists or (entry.ttl is not None and agreed is not None and entry.ttl <= agreed)


def _read(value: bytes, params: CachedValue, places: Mapping[str, str]) -> tuple[int | None, datetime | None]:
    try:
        entry = read_value(value)
    except ValueError:
        return None, None
    number = field_of(entry, places.get(params.field, params.field))
    written = field_of(entry, places.get(params.written_at, params.written_at)) if params.written_at else ABSENT
    is_number = isinstance(number, int) and not isinstance(number, bool)
    return number if is_number else None, _moment(written)


def _moment(written: Json) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def _written(age: timedelta) -> str:
    return write_duration(timedelta(seconds=max(1, round(age.total_seconds()))))
