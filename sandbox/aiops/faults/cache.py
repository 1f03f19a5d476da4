"""Faults of the cached dashboard of tenant-abc: what is in Redis is old, or stays there too long."""

import json
from datetime import timedelta
from typing import Any

from sandbox.aiops.faults.fault import Fault
from sandbox.aiops.seed import ABC
from sandbox.aiops.service import Behaviour, agents_key, config_key, dashboard_key
from sandbox.aiops.world import World

_KEY = dashboard_key(ABC)
_AGENTS_KEY, _CONFIG_KEY = agents_key(ABC), config_key(ABC)
_AGREED = 30
_HINT = f"/diagnose stale-data tenant={ABC}"


async def _write(world: World, seconds: int | None, *, age: timedelta, agents_fewer: int = 0) -> None:
    """Cache the dashboard as it was `age` ago, when there were so many agents fewer."""
    async with world.service.remembering:
        numbers = await world.dashboard(ABC)
        numbers["total_agents"] -= agents_fewer
        numbers["active_agents"] -= agents_fewer
        numbers["generated_at"] = (world.clock() - age).isoformat()
        await world.cache.set(_KEY, json.dumps(numbers), ex=seconds)


async def _forget(world: World) -> None:
    async with world.service.remembering:
        await world.cache.delete(_KEY)


async def _is_equal(world: World, cached: dict[str, Any]) -> bool:
    return bool(cached["total_agents"] == (await world.dashboard(ABC))["total_agents"])


async def _never_expires(world: World) -> None:
    await _write(world, None, age=timedelta(hours=3, minutes=12), agents_fewer=2)


async def _has_no_ttl(world: World) -> bool:
    _, seconds = await world.cached_dashboard(ABC)
    return seconds == -1


async def _stale_after_change(world: World) -> None:
    await _write(world, 300, age=timedelta(minutes=4), agents_fewer=2)


async def _is_stale(world: World) -> bool:
    cached, seconds = await world.cached_dashboard(ABC)
    return cached is not None and seconds > _AGREED and not await _is_equal(world, cached)


async def _long_ttl(world: World) -> None:
    await _write(world, 3600, age=timedelta())


async def _is_long(world: World) -> bool:
    cached, seconds = await world.cached_dashboard(ABC)
    return cached is not None and seconds > 300 and await _is_equal(world, cached)


async def _write_for_too_long(world: World) -> None:
    world.service.behaviour.dashboard_seconds = 300
    await _forget(world)


async def _write_as_agreed(world: World) -> None:
    world.service.behaviour.dashboard_seconds = Behaviour.dashboard_seconds
    await _forget(world)


async def _writes_for_too_long(world: World) -> bool:
    return world.service.behaviour.dashboard_seconds != Behaviour.dashboard_seconds


async def _keep_agents(world: World) -> None:
    await world.service.agent_metrics(ABC)
    await world.cache.persist(_AGENTS_KEY)


async def _forget_agents(world: World) -> None:
    async with world.service.remembering:
        await world.cache.delete(_AGENTS_KEY)


async def _keeps_agents(world: World) -> bool:
    return bool(await world.cache.ttl(_AGENTS_KEY) == -1)


async def _let_browsers_keep_it(world: World) -> None:
    world.service.behaviour.browser_seconds = 3600


async def _let_browsers_ask_again(world: World) -> None:
    world.service.behaviour.browser_seconds = Behaviour.browser_seconds


async def _lets_browsers_keep_it(world: World) -> bool:
    return world.service.behaviour.browser_seconds != Behaviour.browser_seconds


async def _keep_agents_for_long(world: World) -> None:
    await world.service.agent_metrics(ABC)
    await world.cache.expire(_AGENTS_KEY, 600)


async def _keeps_agents_for_long(world: World) -> bool:
    return bool(await world.cache.ttl(_AGENTS_KEY) > 60)


async def _keep_config(world: World) -> None:
    await world.service.tenant_config(ABC)
    await world.cache.persist(_CONFIG_KEY)


async def _keeps_config(world: World) -> bool:
    return bool(await world.cache.ttl(_CONFIG_KEY) == -1)


async def _keep_config_for_long(world: World) -> None:
    await world.service.tenant_config(ABC)
    await world.cache.expire(_CONFIG_KEY, 86_400)


async def _keeps_config_for_long(world: World) -> bool:
    return bool(await world.cache.ttl(_CONFIG_KEY) > 300)


async def _forget_config(world: World) -> None:
    async with world.service.remembering:
        await world.cache.delete(_CONFIG_KEY)


async def _remember_in_the_api(world: World) -> None:
    numbers = await world.dashboard(ABC)
    numbers["total_agents"] -= 2
    numbers["generated_at"] = (world.clock() - timedelta(minutes=50)).isoformat()
    world.service.behaviour.remembered_dashboards[ABC] = numbers
    await _forget(world)


async def _forget_in_the_api(world: World) -> None:
    world.service.behaviour.remembered_dashboards.clear()


async def _remembers_in_the_api(world: World) -> bool:
    return ABC in world.service.behaviour.remembered_dashboards


CACHE_FAULTS = (
    Fault("never-expires", "The dashboard of Abc Logistics shows the numbers of this morning",
          _HINT, _never_expires, _forget, _has_no_ttl),
    Fault("stale-after-change", "Abc Logistics made two agents, and the dashboard does not count them",
          _HINT, _stale_after_change, _forget, _is_stale),
    Fault("long-ttl", "The dashboard of Abc Logistics will not change for an hour",
          _HINT, _long_ttl, _forget, _is_long),
    Fault("ttl-misconfigured", "The dashboards lag minutes behind, and clearing the cache does not help for long",
          _HINT, _write_for_too_long, _write_as_agreed, _writes_for_too_long),
    Fault("agents-never-expire", "The performance page of Abc Logistics stands still",
          _HINT, _keep_agents, _forget_agents, _keeps_agents),
    Fault("agents-live-too-long", "The performance page of Abc Logistics lags ten minutes behind",
          _HINT, _keep_agents_for_long, _forget_agents, _keeps_agents_for_long),
    Fault("config-never-expires", "Abc Logistics changed its settings, and the old ones stay in force",
          _HINT, _keep_config, _forget_config, _keeps_config),
    Fault("config-lives-too-long", "Settings of Abc Logistics come into force a day late",
          _HINT, _keep_config_for_long, _forget_config, _keeps_config_for_long),
    Fault("api-remembers", "The dashboard of Abc Logistics stands still, and Redis has nothing of it",
          _HINT, _remember_in_the_api, _forget_in_the_api, _remembers_in_the_api),
    Fault("browsers-keep-it", "Reloading the dashboard shows the same numbers for an hour",
          _HINT, _let_browsers_keep_it, _let_browsers_ask_again, _lets_browsers_keep_it),
)  # fmt: skip
