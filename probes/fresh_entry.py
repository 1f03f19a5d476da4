"""Whether a system caches what it has just been asked for, and for how long."""

from datetime import datetime, timedelta

from bot.access.readers import Look, field_of, read_value
from bot.model.finding import Seen, Status
from bot.model.values import Json, Scalar, write_duration
from bot.registry import CacheName, EndpointName, Params, QueryName, probe


class FreshEntry(Params):
    """Params of fresh_entry: `filled_by` is asked as users do, then the entry is looked at.

    It lives from the time in its field `written_at` until it ends; less than `at_least` of the agreed time is too
    short. `sample` is a query whose first row fills places that were not given.
    """

    cache: CacheName
    filled_by: EndpointName
    sample: QueryName = ""
    written_at: str = "generated_at"
    at_least: float = 0.5


@probe(
    label="Cached after a request",
    codes={"kept": Status.OK, "missing": Status.FAIL, "no_expiry": Status.FAIL, "short": Status.FAIL},
    source="zenamanage, Dashboard loads slowly, step 3, Cache hit rate low, step 3, Cache not working, step 3",
)
async def fresh_entry(look: Look, params: FreshEntry) -> Seen:
    """Asks the product as users do, and looks whether that left an entry in the cache, and how long it lives."""
    sample = await look.sample(params.sample)
    line = look.cache_line(params.cache)
    answer = await look.fetch(params.filled_by, **sample)
    answer.need_json()
    entry = await look.cache(params.cache, **sample)
    expected = f"kept for {write_duration(line.ttl)}" if line.ttl else "kept"
    evidence: dict[str, Json] = {
        "asked": answer.what, "key": entry.key, "exists": entry.exists,
        "ttl_seconds": entry.ttl.total_seconds() if entry.ttl is not None else None,
    }  # fmt: skip
    if not entry.exists:
        says = f"After {answer.what} there is no {entry.key}, so the next request computes everything again."
        return Seen(code="missing", seen="nothing is cached", expected=expected, says=says, evidence=evidence)
    if entry.ttl is None:
        says = f"It is {entry.key}."
        return Seen(code="no_expiry", seen="kept for ever", expected=expected, says=says, evidence=evidence)
    age = await _age(look, params, sample)
    lives = entry.ttl + age if age is not None else None
    evidence["lives_seconds"] = lives.total_seconds() if lives is not None else None
    if lives is not None and line.ttl is not None and lives < line.ttl * params.at_least:
        says = f"{entry.key} lives for {_whole(lives)}; {write_duration(line.ttl)} is agreed."
        return Seen(code="short", seen=f"kept for {_whole(lives)}", expected=expected, says=says, evidence=evidence)
    seen = f"kept, ends in {_whole(entry.ttl)}"
    return Seen(code="kept", seen=seen, expected=expected, evidence=evidence)


async def _age(look: Look, params: FreshEntry, sample: dict[str, Scalar]) -> timedelta | None:
    """How long ago the entry says that it was written; None where it does not."""
    value = await look.value(params.cache, **sample)
    try:
        entry = read_value(value or b"")
    except ValueError:
        return None
    written = field_of(entry, look.cache_line(params.cache).fields.get(params.written_at, params.written_at))
    try:
        moment = datetime.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        return None
    return max(timedelta(), look.now() - moment) if moment is not None and moment.tzinfo is not None else None


def _whole(length: timedelta) -> str:
    return write_duration(timedelta(seconds=round(length.total_seconds())))
