"""How often a cache has what is asked for, measured over a short time."""

from datetime import timedelta

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.model.values import Duration, Json, write_duration
from bot.registry import ConnectionName, Params, probe


class HitRate(Params):
    """Params of hit_rate: how long is measured, the share that is enough, and how many look-ups make a rate."""

    connection: ConnectionName = "cache"
    at_least: float = 0.8
    window: Duration = timedelta(seconds=3)
    lookups: int = 20


@probe(
    label="Hit rate",
    codes={"enough": Status.OK, "low": Status.FAIL, "no_traffic": Status.OK},
    source="zenamanage, Cache hit rate low, diagnosis step 1",
)
async def hit_rate(look: Look, params: HitRate) -> Seen:
    """Takes the difference of two readings, without the bot's own look-ups; a cache without traffic has no hit rate."""
    before = await look.server(params.connection)
    await look.sleep(params.window)
    after = await look.server(params.connection)
    # What the bot itself looked up is taken off, and may have been counted a moment later than it was.
    hits, misses = max(0, after.hits - before.hits), max(0, after.misses - before.misses)
    lookups, expected = hits + misses, f"≥ {params.at_least:.0%}"
    evidence: dict[str, Json] = {"hits": hits, "misses": misses, "window_seconds": params.window.total_seconds()}
    window = write_duration(params.window)
    if lookups < params.lookups or after.uptime < before.uptime:
        seen = f"{lookups} look-ups in {window}, too few for a rate"
        return Seen(code="no_traffic", seen=seen, expected=expected, evidence=evidence)
    rate = hits / lookups
    evidence["rate"] = round(rate, 3)
    seen = f"{rate:.0%} of {lookups} look-ups in {window}"
    return Seen(code="enough" if rate >= params.at_least else "low", seen=seen, expected=expected, evidence=evidence)
