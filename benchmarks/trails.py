"""The figures of the audit trail: written, verified and searched, from a thousand to a million events."""

import asyncio

from sqlalchemy import make_url

from benchmarks import audit
from benchmarks.figure import Figure
from benchmarks.ground import Ground
from bot.store import migrate
from bot.store.provisioning import RUNNING, Addresses, provision
from bot.wiring import make_store

_SMALL, _LARGE = 1_000, 1_000_000
_WRITERS = 8
_SMALL_DATABASE = "small"


async def trails(on: Ground) -> list[Figure]:
    """Four figures, on a server that syncs each commit to disk.

    The small trail and the large one are databases of the same server. Both are filled, then both are vacuumed and
    written out, so that neither is measured while the server is busy with its filling; then they are written to in
    turn. The small one holds some twenty thousand events at the end of that, the large one as many more.
    """
    small, large = await asyncio.to_thread(_another, on, _SMALL_DATABASE), on.addresses
    await audit.fill(large.running, _LARGE)
    await audit.fill(small.running, _SMALL)
    ways = {"plain": await audit.plain(small), "small": audit.chained(small), "large": audit.chained(large)}
    await audit.settle([on.postgres.url(_SMALL_DATABASE), on.superuser])
    rates = await audit.rates(ways, writers=_WRITERS)
    store = make_store(large.running)
    try:
        verified = await audit.verification(store)
        found = await audit.search(store)
    finally:
        await store.close()
    slowest = max(found, key=lambda name: found[name])
    return [
        Figure(
            f"audit appends, {_WRITERS} writers", rates["small"], "events/s", 1 / 8, "plain inserts, same server",
            rates["plain"], at_least=True,
        ),
        Figure(
            f"the same after {_LARGE:,} events", rates["large"], "events/s", 0.8, f"after {_SMALL:,}", rates["small"],
            at_least=True,
        ),
        Figure("audit verification", verified, "events/s", 50_000, at_least=True),
        Figure(
            f"audit search in {_LARGE:,} events, the slowest question", found[slowest] * 1000, "ms", 50,
            note=f"by {slowest}",
        ),
    ]  # fmt: skip


def _another(on: Ground, name: str) -> Addresses:
    """One more database of the bot's on that server, migrated; its roles are the same, and keep their passwords."""
    owner, running = (make_url(address).password or "" for address in (on.addresses.owner, on.addresses.running))
    addresses = provision(on.postgres.url(), (owner, running), name)
    migrate(addresses.owner, RUNNING)
    return addresses
