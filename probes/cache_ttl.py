"""Whether a cached entry expires, and within the time that was agreed."""

from datetime import timedelta

from bot.access.readers import Entry, Look
from bot.errors import BackstopError
from bot.model.finding import Seen, Status
from bot.model.values import Json, write_duration, write_left
from bot.registry import CacheName, EndpointName, Params, probe

_TOLERANCE = timedelta(seconds=1)  # an entry that was written this moment may round up


class CacheTtl(Params):
    """Params of cache_ttl. When nothing is cached `filled_by` is asked, as users do: that is what writes the entry."""

    cache: CacheName
    filled_by: EndpointName = ""


@probe(
    label="Cache TTL",
    codes={"ok": Status.OK, "no_expiry": Status.FAIL, "too_long": Status.WARN, "missing": Status.WARN},
    source="aiops-data-sync, Issue 3, diagnosis step 2",
)
async def cache_ttl(look: Look, params: CacheTtl) -> Seen:
    """Looks how long a cached entry still lives, against the time that the cache catalogue agrees on."""
    agreed = look.cache_line(params.cache).ttl
    entry = await look.cache(params.cache)
    asked = ""
    if not entry.exists and params.filled_by:
        entry, asked = await _filled(look, params, entry)
    expected = f"≤ {write_duration(agreed)}" if agreed else "expires"
    evidence: dict[str, Json] = {
        "key": entry.key,
        "exists": entry.exists,
        "ttl_seconds": entry.ttl.total_seconds() if entry.ttl is not None else None,
        "size_bytes": entry.size,
        "idle_seconds": entry.idle.total_seconds() if entry.idle is not None else None,
    }
    if asked:
        evidence["asked"] = asked
    if not entry.exists:
        return Seen(code="missing", seen="not cached now", expected=expected, evidence=evidence)
    if entry.ttl is None:
        return Seen(
            code="no_expiry",
            seen="no expiry",
            expected=expected,
            says=f"It is {entry.key}.",
            evidence=evidence,
        )
    left = write_left(entry.ttl)
    if agreed and entry.ttl > agreed + _TOLERANCE:
        says = f"{entry.key} is served for another {left}; {write_duration(agreed)} at most is agreed."
        return Seen(code="too_long", seen=left, expected=expected, says=says, evidence=evidence)
    return Seen(code="ok", seen=left, expected=expected, evidence=evidence)


async def _filled(look: Look, params: CacheTtl, entry: Entry) -> tuple[Entry, str]:
    try:
        answer = await look.fetch(params.filled_by)
    except BackstopError as problem:
        # Whether the endpoint answers is another check's question; this one was answered: nothing is cached.
        return entry, problem.sentence
    return await look.cache(params.cache), f"{answer.what} answered {answer.status}"
