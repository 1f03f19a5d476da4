"""Faults of a whole server: its gate is shut, for the platform itself as for everybody who looks at it."""

from sandbox.aiops.faults.fault import Fault
from sandbox.aiops.seed import ABC
from sandbox.aiops.world import World
from sandbox.gate import Passage

_HINT = f"/diagnose stale-data tenant={ABC}"


def _outage(name: str, title: str, gate: str, passage: Passage) -> Fault:
    async def shut(world: World) -> None:
        await world.gates[gate].set(passage)

    async def reopen(world: World) -> None:
        if await is_shut(world):  # in this way: another outage of the same server is another fault
            await world.gates[gate].set(Passage.OPEN)

    async def is_shut(world: World) -> bool:
        return world.gates[gate].passage is passage

    return Fault(name, title, _HINT, shut, reopen, is_shut)


OUTAGES = (
    _outage("cache-down", "Redis refuses connections", "cache", Passage.REFUSED),
    _outage("cache-hangs", "Redis accepts connections and never answers", "cache", Passage.STUCK),
    _outage("database-down", "The database refuses connections", "database", Passage.REFUSED),
    _outage("database-hangs", "The database accepts connections and never answers", "database", Passage.STUCK),
    _outage("api-down", "The API refuses connections", "api", Passage.REFUSED),
    _outage("api-hangs", "The API accepts connections and never answers", "api", Passage.STUCK),
    _outage("api-garbage", "Another web server answers in the API's place", "api", Passage.ASTRAY),
)
