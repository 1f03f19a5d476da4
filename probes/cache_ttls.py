"""Whether every cached entry of a tenant expires, and within the time that was agreed for it."""

from datetime import timedelta

from bot.access.readers import Entry, Look
from bot.errors import TookTooLong
from bot.model.finding import Seen, Status, Table
from bot.model.system import CacheKind
from bot.model.values import write_duration, write_left
from bot.registry import CacheName, Params, probe

_TOLERANCE = timedelta(seconds=1)  # an entry that was written this moment may round up


class CacheTtls(Params):
    """Params of cache_ttls. Entries of `but` have checks of their own, and are left to them."""

    but: tuple[CacheName, ...] = ()


@probe(
    label="Every cached key",
    codes={"ok": Status.OK, "no_expiry": Status.FAIL, "too_long": Status.WARN, "none": Status.OK},
    needs=("tenant",),
    source="aiops-data-sync, Issue 3, diagnosis step 2, and Common Cache Keys",
)
async def cache_ttls(look: Look, params: CacheTtls) -> Seen:
    """Looks how long every cached entry of the tenant still lives, against what the cache catalogue agrees on."""
    names = [name for name in look.caches_of_tenant(CacheKind.CACHE) if name not in params.but]
    found = await look.entries(*names)
    rows = sorted(found.found, key=lambda one: one[1].key)
    forever = [entry.key for name, entry in rows if entry.ttl is None]
    long = [entry.key for name, entry in rows if _is_long(entry, look.cache_line(name).ttl)]
    if found.cut and not forever and not long:
        raise TookTooLong("There are more keys than are looked at, so whether all of them expire cannot be told.")
    table = Table(
        title="Other cached keys of the tenant" if params.but else "Cached keys of the tenant",
        columns=("Key", "Lives for", "Agreed", "Size"),
        rows=tuple(
            (entry.key, _left(entry.ttl), _agreed(look.cache_line(name).ttl), f"{entry.size} bytes")
            for name, entry in rows
        ),
        cut=found.cut,
    )
    evidence = {"keys": len(rows), "never_expire": forever, "live_too_long": long}
    if not rows:
        seen = "nothing else cached now" if params.but else "nothing cached now"
        return Seen(code="none", seen=seen, expected="as agreed", evidence=evidence)
    code, named = ("no_expiry", forever) if forever else ("too_long", long) if long else ("ok", [])
    what = {"no_expiry": "never expires", "too_long": "lives longer than agreed"}.get(code, "")
    says = f"{named[0]}{f' and {len(named) - 1} more' if len(named) > 1 else ''}: {what}." if named else ""
    keys = "1 key" if len(rows) == 1 else f"{len(rows)} keys"
    seen = f"{len(named)} of {keys}" if named else f"{keys}, all within what was agreed"
    return Seen(code=code, seen=seen, expected="as agreed", says=says, evidence=evidence, tables=(table,))


def _is_long(entry: Entry, agreed: timedelta | None) -> bool:
    return entry.ttl is not None and agreed is not None and entry.ttl > agreed + _TOLERANCE


def _left(ttl: timedelta | None) -> str:
    return "for ever" if ttl is None else write_left(ttl)


def _agreed(ttl: timedelta | None) -> str:
    return f"≤ {write_duration(ttl)}" if ttl else "–"
