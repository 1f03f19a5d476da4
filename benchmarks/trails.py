"""The figures of the audit trail: written, verified and searched, from a thousand to a million events."""

from benchmarks import audit
from benchmarks.figure import Figure
from benchmarks.ground import Ground
from bot.wiring import make_store

_SMALL, _LARGE = 1_000, 1_000_000
_WRITERS = 8


async def trails(on: Ground) -> list[Figure]:
    """Four figures, on a server that syncs each commit to disk."""
    await audit.fill(on.addresses.running, _SMALL)
    small = await audit.appends(on.addresses, writers=_WRITERS)
    await audit.fill(on.addresses.running, _LARGE)
    large = await audit.appends(on.addresses, writers=_WRITERS)
    store = make_store(on.addresses.running)
    try:
        verified = await audit.verification(store)
        found = await audit.search(store)
    finally:
        await store.close()
    slowest = max(found, key=lambda name: found[name])
    return [
        Figure(
            f"audit appends, {_WRITERS} writers", small.chained, "events/s", 1 / 8, "plain inserts, same server",
            small.plain, at_least=True,
        ),
        Figure(
            f"the same after {_LARGE:,} events", large.chained, "events/s", 0.8, f"after {_SMALL:,}", small.chained,
            at_least=True,
        ),
        Figure("audit verification", verified, "events/s", 50_000, at_least=True),
        Figure(
            f"audit search in {_LARGE:,} events, the slowest question", found[slowest] * 1000, "ms", 50,
            note=f"by {slowest}",
        ),
    ]  # fmt: skip
