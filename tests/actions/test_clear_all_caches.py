"""Clearing all caches takes every cached entry of the catalogue, of every tenant, and leaves all state alone."""

import pytest

from bot.errors import ActionFailed
from bot.model.policy import Scope
from bot.model.request import Item
from sandbox.aiops.decoys import REVOKED
from tests.supported import REGISTRY, Supported, permit_of

CACHED = [f"metrics:dashboard:tenant-{number}" for number in range(40)] + ["tenant-config:tenant-abc"]


async def keys(system: Supported) -> set[str]:
    return {key.decode() async for key in system.platform.world.cache.scan_iter(count=1000)}


async def fill(system: Supported) -> None:
    for key in CACHED:
        await system.platform.world.cache.set(key, "{}", ex=60)


async def test_every_cache_goes_and_state_survives(system: Supported) -> None:
    await fill(system)
    before = await keys(system)
    preview = await system.preview("clear_all_caches", {})
    assert preview.says == "Removes 41 entries of all tenants"
    assert [item.name for item in preview.items] == ["dashboard_metrics", "agent_metrics", "llm_costs", "tenant_config"]
    assert preview.circumstances["dashboard_metrics"]["now"] == "40 entries"
    outcome = await system.apply("clear_all_caches", {}, preview)
    assert outcome.says == "41 entries removed"
    assert before - await keys(system) == set(CACHED)
    assert sum(key.startswith("revoked:") for key in await keys(system)) == REVOKED


async def test_entries_that_come_and_go_do_not_make_it_outdated(system: Supported) -> None:
    await fill(system)
    before = await system.preview("clear_all_caches", {})
    await system.platform.world.cache.set("llm-costs:tenant-abc:2026-01-20", "{}", ex=60)
    await system.platform.world.cache.delete(CACHED[0])
    after = await system.preview("clear_all_caches", {})
    assert before.items == after.items
    assert (await system.apply("clear_all_caches", {}, before)).says == "41 entries removed"


async def test_nothing_cached_is_nothing_to_do(system: Supported) -> None:
    await system.apply("clear_all_caches", {}, await system.preview("clear_all_caches", {}))
    assert (await system.preview("clear_all_caches", {})).items == ()


@pytest.mark.parametrize("name", ["revoked_tokens", "queues", "locks", "feature_flags", "celery", "x"])
async def test_a_preview_that_was_tampered_with_removes_nothing(system: Supported, name: str) -> None:
    await fill(system)
    before = await keys(system)
    honest = await system.preview("clear_all_caches", {})
    forged = honest.model_copy(update={"items": (*honest.items, Item(name=name, before="cached", after="removed"))})
    with pytest.raises(ActionFailed, match="Nothing was changed"):
        await system.apply("clear_all_caches", {}, forged)
    assert await keys(system) == before


async def test_it_is_an_action_of_the_whole_system_and_a_tenants_permit_does_not_do(system: Supported) -> None:
    assert REGISTRY.actions["clear_all_caches"].scope is Scope.SYSTEM
    await fill(system)
    preview = await system.preview("clear_all_caches", {})
    inputs = await system.inputs(tenant="tenant-abc")

    permit = permit_of("aiops", "clear_cache", {}, preview, inputs)
    change = system.access.change(permit, inputs)
    with pytest.raises(ActionFailed, match="approved for one tenant alone"):
        await change.clear_catalogued(["dashboard_metrics"])
