"""Faults of what is seen of the agents of tenant-abc: hidden on the way to the page, or not even stored."""

from datetime import timedelta

from sandbox.aiops.faults.fault import Fault
from sandbox.aiops.seed import ABC, make_id, restore_agents
from sandbox.aiops.service import Behaviour
from sandbox.aiops.world import World

_MISSING = f"/diagnose missing-data tenant={ABC}"
_DIFFERENT = f"/diagnose ui-discrepancy tenant={ABC}"
_INCONSISTENT = "/diagnose data-consistency"
_ORPHANS = tuple(make_id("orphan", number) for number in range(2))


async def _set_no_context(world: World) -> None:
    world.service.behaviour.sets_tenant_context = False
    await world.forget_computed()


async def _set_context(world: World) -> None:
    if await _sets_no_context(world):
        world.service.behaviour.sets_tenant_context = True
        await world.forget_computed()


async def _sets_no_context(world: World) -> bool:
    return not world.service.behaviour.sets_tenant_context


async def _delete(world: World) -> None:
    await world.change("DELETE FROM agents WHERE tenant_id = %s", ABC)
    await world.forget_computed()


async def _restore(world: World) -> None:
    if await _are_deleted(world):
        async with world.connect() as connection:
            await restore_agents(connection, ABC, world.seeded_at)
        await world.forget_computed()


async def _are_deleted(world: World) -> bool:
    return not await world.ask("SELECT count(*) FROM agents WHERE tenant_id = %s", ABC)


async def _add_orphans(world: World) -> None:
    async with world.connect() as connection, connection.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO agents (id, tenant_id, name, model, status)"
            " VALUES (%s, 'tenant-gone', 'Left behind', 'large-2', 'active') ON CONFLICT (id) DO NOTHING",
            [(orphan,) for orphan in _ORPHANS],
        )


async def _remove_orphans(world: World) -> None:
    await world.change("DELETE FROM agents WHERE id = ANY(%s)", list(_ORPHANS))


async def _has_orphans(world: World) -> bool:
    return bool(await world.ask("SELECT count(*) FROM agents WHERE id = ANY(%s)", list(_ORPHANS)))


async def _hide_inactive(world: World) -> None:
    world.service.behaviour.shows_only_status = "active"


async def _show_all(world: World) -> None:
    world.service.behaviour.shows_only_status = None


async def _hides_inactive(world: World) -> bool:
    return world.service.behaviour.shows_only_status is not None


async def _shorten_pages(world: World) -> None:
    world.service.behaviour.page_size, world.service.behaviour.tells_total = 5, False


async def _lengthen_pages(world: World) -> None:
    world.service.behaviour.page_size, world.service.behaviour.tells_total = Behaviour.page_size, True


async def _has_short_pages(world: World) -> bool:
    return world.service.behaviour.page_size != Behaviour.page_size


async def _lose_one(world: World) -> None:
    world.service.behaviour.hidden_agents = 1


async def _lose_none(world: World) -> None:
    world.service.behaviour.hidden_agents = 0


async def _loses_one(world: World) -> bool:
    return world.service.behaviour.hidden_agents > 0


async def _freeze_legacy(world: World) -> None:
    behaviour, numbers = world.service.behaviour, await world.dashboard(ABC)
    behaviour.legacy_seconds = 86_400
    behaviour.remembered_counts[ABC] = (numbers["total_agents"] - 2, world.clock() - timedelta(minutes=40))


async def _thaw_legacy(world: World) -> None:
    world.service.behaviour.legacy_seconds = Behaviour.legacy_seconds
    world.service.behaviour.remembered_counts.pop(ABC, None)


async def _is_legacy_behind(world: World) -> bool:
    behaviour = world.service.behaviour
    counted = behaviour.remembered_counts.get(ABC)
    is_frozen = behaviour.legacy_seconds != Behaviour.legacy_seconds
    return is_frozen and counted is not None and counted[0] != (await world.dashboard(ABC))["total_agents"]


AGENT_FAULTS = (
    Fault("tenant-context-not-set", "Nobody sees any agents: every list is empty, every number 0",
          _MISSING, _set_no_context, _set_context, _sets_no_context),
    Fault("data-missing", "All agents of Abc Logistics were deleted",
          _MISSING, _delete, _restore, _are_deleted),
    Fault("api-filter", "The agent list leaves out inactive agents, and does not say so",
          _DIFFERENT, _hide_inactive, _show_all, _hides_inactive),
    Fault("api-pagination", "The agent list ends after five agents, and does not say that there are more",
          _DIFFERENT, _shorten_pages, _lengthen_pages, _has_short_pages),
    Fault("api-miscounts", "The agent list is one agent short, whatever the filter",
          _DIFFERENT, _lose_one, _lose_none, _loses_one),
    Fault("legacy-ui-stale", "The older UI shows two agents fewer than the new one",
          _DIFFERENT, _freeze_legacy, _thaw_legacy, _is_legacy_behind),
    Fault("orphaned-agents", "There are agents of a tenant that does not exist",
          _INCONSISTENT, _add_orphans, _remove_orphans, _has_orphans),
)  # fmt: skip
