"""What looks like a fault of the platform and is none: placed while nothing is wrong, it must raise nothing."""

import json
from datetime import timedelta

from sandbox.aiops.faults.fault import Fault
from sandbox.aiops.seed import ABC, NEW, PREFIX, XYZ, agents, make_id
from sandbox.aiops.service import agents_key, dashboard_key
from sandbox.aiops.world import World

_FAILED = [make_id("failed long ago", number) for number in range(30)]
_HALF = [make_id("half failed", number) for number in range(5)]


async def _nothing(_: World) -> None:
    """It is always there."""


async def _always(_: World) -> bool:
    return True


async def _forget(world: World, *keys: str) -> None:
    async with world.service.remembering:
        await world.cache.delete(*keys)


def _key(name: str, title: str, key: str, value: str, seconds: int | None) -> Fault:
    """An entry of the cache."""

    async def place(world: World) -> None:
        async with world.service.remembering:
            await world.cache.set(key, value, ex=seconds)

    async def remove(world: World) -> None:
        await _forget(world, key)

    async def is_there(world: World) -> bool:
        return bool(await world.cache.exists(key))

    return Fault(name, title, "", place, remove, is_there)


def _runs(name: str, title: str, ids: list[object], status: str, first: timedelta, step: timedelta) -> Fault:
    """Executions of tenant-abc that end in `status`, the newest `first` ago."""

    async def place(world: World) -> None:
        async with world.connect() as connection, connection.cursor() as cursor:
            await cursor.executemany(
                "INSERT INTO agent_executions (id, tenant_id, agent_id, status, created_at, queued_at)"
                " VALUES (%(id)s, %(tenant)s, %(agent)s, %(status)s, %(at)s, %(at)s) ON CONFLICT (id) DO NOTHING",
                [
                    {"id": run, "tenant": ABC, "agent": agents(ABC)[0].id, "status": status,
                     "at": world.clock() - first - number * step}
                    for number, run in enumerate(ids)
                ],
            )  # fmt: skip

    async def remove(world: World) -> None:
        await world.change("DELETE FROM agent_executions WHERE id = ANY(%s)", ids)

    async def is_there(world: World) -> bool:
        return bool(await world.ask("SELECT count(*) FROM agent_executions WHERE id = ANY(%s)", ids))

    return Fault(name, title, "", place, remove, is_there)


HARMLESS = (
    Fault("state-by-the-hundred", "Three hundred revoked tokens, queues and locks in the same Redis",
          "", _nothing, _nothing, _always),
    Fault("feature-flags", "Feature flags, which rightly have no time to live", "", _nothing, _nothing, _always),
    Fault("old-log-errors", "Forty errors in the log that were mended two days ago, and lines that only look so",
          "", _nothing, _nothing, _always),
    _key("lock-without-end", "A lock of the tenant that never expires", f"lock:{ABC}:import", "worker-1", None),
    _key("entry-of-another", "A cached dashboard of another tenant that never expires",
         dashboard_key(XYZ), json.dumps({"total_agents": 1}), None),
    _key("entry-of-a-prefix", "… of a tenant whose id is the beginning of this one's",
         agents_key(PREFIX), "{}", None),
    _key("foreign-key", "A key that only looks like one of the tenant's", f"metrics:dashboard:{ABC}:old", "{}", None),
    _key("ends-in-time", "An entry that is behind by one agent and ends in a moment",
         dashboard_key(ABC), json.dumps({"total_agents": 9}), 20),
    _runs("failed-long-ago", "Thirty failures, long since repeated", list(_FAILED), "failed",
          timedelta(days=3), timedelta(minutes=7)),
    _runs("half-failed", "Five of the newest ten failed", list(_HALF), "failed",
          timedelta(minutes=3), timedelta(seconds=20)),
    Fault("empty-tenant", f"A new tenant without anything ({NEW})", "", _nothing, _nothing, _always),
)  # fmt: skip
