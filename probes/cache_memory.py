"""Whether a cache has to throw out entries that are still wanted, for lack of memory."""

from datetime import timedelta

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.model.values import Duration, Json
from bot.registry import ConnectionName, Params, probe

_KEEPS = "noeviction"  # then writes are refused, which is another question


class CacheMemory(Params):
    """Params of cache_memory: how long is measured, and from which share of the limit on memory is short."""

    connection: ConnectionName = "cache"
    nearly: float = 0.9
    window: Duration = timedelta(seconds=3)


@probe(
    label="Memory",
    codes={"ok": Status.OK, "nearly_full": Status.WARN, "evicting": Status.FAIL},
    source="zenamanage, Cache hit rate low, diagnosis steps 2 and 3",
)
async def cache_memory(look: Look, params: CacheMemory) -> Seen:
    """Reads the memory of a cache against its limit, twice, and whether entries were thrown out in between."""
    before = await look.server(params.connection)
    await look.sleep(params.window)
    after = await look.server(params.connection)
    evicted = after.evicted - before.evicted
    evidence: dict[str, Json] = {
        "memory_bytes": after.memory, "limit_bytes": after.limit, "policy": after.policy, "keys": after.keys,
        "evicted_meanwhile": evicted, "evicted_since_start": after.evicted, "expired_since_start": after.expired,
    }  # fmt: skip
    used = f"{after.memory / 1_000_000:.1f} MB"
    seen = f"{used} of {after.limit / 1_000_000:.1f} MB" if after.limit else f"{used}, no limit"
    expected = f"below {params.nearly:.0%}, nothing thrown out"
    if evicted > 0:
        says = f"{evicted} entries were thrown out within {params.window.total_seconds():g} s ({after.policy})."
        return Seen(code="evicting", seen=f"{seen}, {evicted} thrown out", expected=expected, says=says,
                    evidence=evidence)  # fmt: skip
    if after.limit and after.memory >= after.limit and after.policy != _KEEPS:
        says = f"It stands above its limit, so each write throws something out ({after.policy})."
        return Seen(code="evicting", seen=f"{seen}, above the limit", expected=expected, says=says, evidence=evidence)
    code = "nearly_full" if after.limit and after.memory >= params.nearly * after.limit else "ok"
    return Seen(code=code, seen=seen, expected=expected, evidence=evidence)
