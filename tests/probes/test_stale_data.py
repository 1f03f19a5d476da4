"""What the checks of stale-data see: healthy, and with each fault of the cache."""

import json

import pytest

from bot.access.redis_server import RedisServer
from bot.errors import SystemRefused, SystemUnreachable, TookTooLong
from tests.supported import ABC, Supported

DASHBOARD = "metrics:dashboard:tenant-abc"


async def codes(system: Supported, *checks: str) -> list[str]:
    return [(await system.check("stale-data", check, tenant=ABC)).code for check in checks]


async def test_a_healthy_platform_shows_no_fault(system: Supported) -> None:
    first = await codes(system, "dashboard_ttl", "dashboard_content", "agents_ttl", "api_cache", "browser_cache")
    assert first == ["ok", "equal", "missing", "hit", "ok"]


async def test_an_empty_cache_is_missing_and_not_a_fault(system: Supported) -> None:
    seen = await system.seen("cache_ttl", {"cache": "dashboard_metrics"}, tenant=ABC)
    assert (seen.code, seen.seen, seen.expected) == ("missing", "not cached now", "≤ 30 s")
    assert await codes(system, "dashboard_content", "api_cache") == ["not_cached", "miss"]


async def test_an_entry_that_never_expires(system: Supported) -> None:
    await system.platform.faults.break_("never-expires")
    ttl = await system.check("stale-data", "dashboard_ttl", tenant=ABC)
    assert (ttl.code, ttl.seen, ttl.expected) == ("no_expiry", "no expiry", "≤ 30 s")
    assert DASHBOARD in ttl.says
    content = await system.check("stale-data", "dashboard_content", tenant=ABC)
    assert (content.code, content.seen) == ("differs", "8 agents cached, 10 stored")
    assert content.says == f"{DASHBOARD} was written 3 h 12 min ago."
    assert content.evidence["database_role"] == "backstop_reader"


async def test_an_entry_that_lives_too_long_and_is_behind(system: Supported) -> None:
    await system.platform.faults.break_("stale-after-change")
    assert await codes(system, "dashboard_ttl", "dashboard_content") == ["too_long", "differs"]


async def test_an_entry_that_lives_too_long_and_is_right(system: Supported) -> None:
    await system.platform.faults.break_("long-ttl")
    assert await codes(system, "dashboard_ttl", "dashboard_content") == ["too_long", "equal"]


async def test_a_wrong_time_to_live_shows_although_the_cache_is_empty(system: Supported) -> None:
    await system.platform.faults.break_("ttl-misconfigured")
    seen = await system.check("stale-data", "dashboard_ttl", tenant=ABC)
    assert seen.code == "too_long"
    assert seen.evidence["asked"] == "GET /api/v1/metrics/summary answered 200"


async def test_a_difference_that_ends_in_time_is_catching_up(system: Supported) -> None:
    await system.platform.world.cache.set(DASHBOARD, json.dumps({"total_agents": 9}), ex=20)
    assert await codes(system, "dashboard_content") == ["catching_up"]


@pytest.mark.parametrize("value", ["not json", "{}", '{"total_agents": "ten"}', '{"total_agents": true}', "[1]"])
async def test_an_entry_without_the_number_is_unreadable_and_never_shown(system: Supported, value: str) -> None:
    await system.platform.world.cache.set(DASHBOARD, value, ex=20)
    seen = await system.check("stale-data", "dashboard_content", tenant=ABC)
    assert seen.code == "unreadable"
    assert value not in seen.model_dump_json()


async def test_an_entry_of_another_type_is_refused(system: Supported) -> None:
    await system.platform.world.cache.rpush(DASHBOARD, "x")
    with pytest.raises(SystemRefused):
        await system.check("stale-data", "dashboard_content", tenant=ABC)


async def test_each_tenant_is_looked_at_alone(system: Supported) -> None:
    await system.platform.faults.break_("never-expires")
    seen = await system.check("stale-data", "dashboard_ttl", tenant="tenant-a")
    assert seen.evidence["key"] == "metrics:dashboard:tenant-a"
    assert seen.code == "ok"


async def test_the_api_without_its_cache_says_nothing(system: Supported) -> None:
    await system.platform.faults.break_("cache-down")
    assert await codes(system, "api_cache") == ["absent"]
    with pytest.raises(SystemUnreachable, match="cache of AI agents platform cannot be reached"):
        await system.check("stale-data", "dashboard_ttl", tenant=ABC)


async def test_an_api_that_is_away_does_not_hide_the_cache(system: Supported) -> None:
    await system.platform.faults.break_("api-down")
    seen = await system.check("stale-data", "dashboard_ttl", tenant=ABC)
    assert seen.code == "missing"
    assert "cannot be reached" in seen.evidence["asked"]
    with pytest.raises(SystemUnreachable):
        await system.check("stale-data", "api_cache", tenant=ABC)


async def test_another_server_in_the_apis_place_is_no_answer(system: Supported) -> None:
    await system.platform.faults.break_("api-garbage")
    for check in ("api_cache", "browser_cache"):
        with pytest.raises(SystemRefused, match="without JSON"):
            await system.check("stale-data", check, tenant=ABC)


async def test_a_cache_that_hangs_costs_its_time_limit(system: Supported) -> None:
    await system.platform.faults.break_("cache-hangs")
    with pytest.raises(TookTooLong, match="within 2 s"):
        await system.check("stale-data", "dashboard_ttl", tenant=ABC)


async def test_a_look_counts_no_miss_in_the_servers_statistics(system: Supported) -> None:
    before = await system.platform.world.cache.info("stats")
    await system.seen("cache_ttl", {"cache": "dashboard_metrics"}, tenant=ABC)
    after = await system.platform.world.cache.info("stats")
    assert after["keyspace_misses"] == before["keyspace_misses"]


async def test_the_reader_sends_no_command_that_is_not_on_its_list(system: Supported) -> None:
    reader = await system.access._readers["aiops"].redis("cache")
    server: RedisServer = reader._server
    for command in ("DEL", "KEYS", "FLUSHDB", "SET", "GETDEL", "EVAL", "CONFIG GET"):
        with pytest.raises(SystemRefused, match="not among the commands"):
            await server.ask([(command, DASHBOARD)])
