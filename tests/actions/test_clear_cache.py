"""Clearing a tenant's cache takes exactly the keys that were approved, and never state or another tenant's."""

import pytest
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError

from bot.errors import ActionFailed, InputError, SystemRefused, SystemUnreachable
from bot.model.request import Item
from bot.model.system import CacheKind
from tests.supported import ABC, Supported

BOTH = {"caches": ["dashboard_metrics", "agent_metrics"]}
CACHED = (
    "metrics:dashboard:{}", "metrics:agents:{}", "tenant-config:{}",
    "llm-costs:{}:2026-11-23", "llm-costs:{}:2026-11-24",
)  # fmt: skip


async def fill(system: Supported, *tenants: str) -> None:
    for tenant in tenants:
        for key in CACHED:
            await system.platform.world.cache.set(key.format(tenant), "{}", ex=30)


async def keys(system: Supported) -> set[str]:
    return {key.decode() async for key in system.platform.world.cache.scan_iter(count=1000)}


async def test_the_preview_lists_exactly_what_is_there(system: Supported) -> None:
    await system.platform.faults.break_("never-expires")
    preview = await system.preview("clear_cache", BOTH, tenant=ABC)
    assert preview.says == "Removes 1 key"
    # The other key is not cached this moment; it is listed, for it may be again before this is approved.
    names = ["metrics:agents:tenant-abc", "metrics:dashboard:tenant-abc"]
    assert preview.items == tuple(Item(name=name, before="cached", after="removed") for name in names)
    assert [preview.circumstances[name]["ttl"] for name in names] == ["not cached now", "no expiry"]
    assert len(preview.notes) == 1
    assert preview.notes[0].startswith("Kept: 1 key of this tenant")


async def test_clearing_cures_the_fault(system: Supported) -> None:
    await system.platform.faults.break_("never-expires")
    preview = await system.preview("clear_cache", BOTH, tenant=ABC)
    outcome = await system.apply("clear_cache", BOTH, preview, tenant=ABC)
    assert outcome.says == "1 key removed, 1 not cached (any more)"
    assert [item.name for item in outcome.changed] == ["metrics:dashboard:tenant-abc"]
    assert (await system.check("stale-data", "dashboard_ttl", tenant=ABC)).code == "ok"


@pytest.mark.parametrize("tenant", ["tenant-a", "tenant-abc"])
async def test_without_names_every_cache_entry_of_this_tenant_goes_and_nothing_else(
    system: Supported, tenant: str
) -> None:
    await fill(system, "tenant-a", "tenant-abc", "tenant-xyz")
    before = await keys(system)
    preview = await system.preview("clear_cache", {}, tenant=tenant)
    await system.apply("clear_cache", {}, preview, tenant=tenant)
    assert before - await keys(system) == {key.format(tenant) for key in CACHED}
    assert len([key for key in before if key.startswith("revoked:")]) == 300


async def test_what_expired_meanwhile_is_said(system: Supported) -> None:
    await fill(system, ABC)
    preview = await system.preview("clear_cache", BOTH, tenant=ABC)
    await system.platform.world.cache.delete("metrics:agents:tenant-abc")
    outcome = await system.apply("clear_cache", BOTH, preview, tenant=ABC)
    assert outcome.says == "1 key removed, 1 not cached (any more)"
    assert [item.name for item in outcome.changed] == ["metrics:dashboard:tenant-abc"]


async def test_an_empty_cache_is_nothing_to_do(system: Supported) -> None:
    preview = await system.preview("clear_cache", BOTH, tenant=ABC)
    assert preview.items == ()
    assert (await system.apply("clear_cache", BOTH, preview, tenant=ABC)).says == "0 keys removed"


@pytest.mark.parametrize("name", ["locks", "revoked_tokens", "feature_flags", "queues"])
async def test_state_is_refused_by_name(system: Supported, name: str) -> None:
    with pytest.raises(InputError, match="never cleared"):
        await system.preview("clear_cache", {"caches": [name]}, tenant=ABC)


@pytest.mark.parametrize(
    "key",
    [
        "lock:tenant-abc:sync",
        "feature-flags",
        "celery",
        "metrics:dashboard:tenant-xyz",
        "metrics:dashboard:tenant-abcd",
        "x",
    ],
)
async def test_a_preview_that_was_tampered_with_removes_nothing(system: Supported, key: str) -> None:
    await fill(system, ABC, "tenant-xyz")
    before = await keys(system)
    honest = await system.preview("clear_cache", BOTH, tenant=ABC)
    forged = honest.model_copy(update={"items": (*honest.items, Item(name=key, before="cached", after="removed"))})
    with pytest.raises(ActionFailed, match="not a cache entry of this tenant"):
        await system.apply("clear_cache", BOTH, forged, tenant=ABC)
    assert await keys(system) == before


async def test_what_looks_like_a_pattern_in_a_tenants_id_is_taken_literally(system: Supported) -> None:
    await fill(system, ABC, "tenant-a")
    await system.platform.world.change(
        "INSERT INTO tenant_configs (tenant_id, name, plan)"
        " VALUES ('tenant-*', 'Star', 'team'), ('t[ae]n?', 'Odd', 'team')"
    )
    try:
        for tenant in ("tenant-*", "t[ae]n?"):
            assert (await system.preview("clear_cache", {}, tenant=tenant)).items == ()
            await fill(system, tenant)
            assert {item.name for item in (await system.preview("clear_cache", {}, tenant=tenant)).items} == {
                key.format(tenant) for key in CACHED
            }
    finally:
        await system.platform.world.change("DELETE FROM tenant_configs WHERE plan = 'team' AND name IN ('Star', 'Odd')")
        for tenant in ("tenant-*", "t[ae]n?"):
            for key in CACHED:
                await system.platform.world.cache.delete(key.format(tenant))


async def test_many_keys_are_removed_in_batches(system: Supported) -> None:
    names = {f"llm-costs:tenant-abc:day-{number}": "1" for number in range(1500)}
    await system.platform.world.cache.mset(names)
    preview = await system.preview("clear_cache", {"caches": ["llm_costs"]}, tenant=ABC)
    assert preview.size == 1500
    assert (
        await system.apply("clear_cache", {"caches": ["llm_costs"]}, preview, tenant=ABC)
    ).says == "1,500 keys removed"


async def test_a_cache_that_is_down_changes_nothing_for_certain(system: Supported) -> None:
    await fill(system, ABC)
    preview = await system.preview("clear_cache", BOTH, tenant=ABC)
    await system.platform.faults.break_("cache-down")
    with pytest.raises(ActionFailed, match="Nothing was changed"):
        await system.apply("clear_cache", BOTH, preview, tenant=ABC)


async def test_a_tenant_is_needed(system: Supported) -> None:
    with pytest.raises(InputError, match="tenant is needed"):
        await system.preview("clear_cache", {})


async def test_every_tenant_cache_of_the_catalogue_is_looked_at(system: Supported) -> None:
    look = await system.look(tenant=ABC)
    assert look.caches_of_tenant(CacheKind.CACHE) == [
        "dashboard_metrics",
        "agent_metrics",
        "llm_costs",
        "tenant_config",
    ]
    assert look.caches_of_tenant(CacheKind.STATE) == ["locks"]


async def test_the_reader_cannot_remove(system: Supported) -> None:
    with pytest.raises(SystemRefused, match="not among the commands"):
        await (await system.access._readers["aiops"].redis("cache"))._server.ask([("UNLINK", "celery")])
    async with Redis.from_url(system.platform.environment["AIOPS_CACHE_URL"]) as client:
        with pytest.raises(NoPermissionError):
            await client.unlink("celery")


async def test_the_first_look_after_an_outage_works(system: Supported) -> None:
    await fill(system, ABC)
    await system.preview("clear_cache", BOTH, tenant=ABC)
    await system.platform.faults.break_("cache-down")
    with pytest.raises(SystemUnreachable):
        await system.preview("clear_cache", BOTH, tenant=ABC)
    await system.platform.faults.heal("cache-down")
    preview = await system.preview("clear_cache", BOTH, tenant=ABC)
    assert preview.size == 2
    await system.platform.faults.break_("cache-down")
    await system.platform.faults.heal("cache-down")
    assert (await system.preview("clear_cache", BOTH, tenant=ABC)).size == 2
    assert (await system.apply("clear_cache", BOTH, preview, tenant=ABC)).says == "2 keys removed"
