"""What the platform keeps, who may see and change it, and that it is used."""

import asyncio
from pathlib import Path

import psycopg
import pytest
from redis.exceptions import NoPermissionError

from bot.embedded import postgres, valkey
from sandbox.aiops import AiOps, aiops
from sandbox.aiops.decoys import REVOKED
from sandbox.aiops.seed import ABC, NEW, PREFIX, XYZ
from tests.sandbox.aiops.look import DASHBOARD, api, cache, count_seen_by, look, rows


async def test_row_level_security_is_as_the_runbook_describes_it(whole: AiOps) -> None:
    assert await count_seen_by(whole, XYZ) == 26
    assert await count_seen_by(whole, PREFIX) == 3
    assert await count_seen_by(whole, NEW) == 0
    assert await count_seen_by(whole, None) == 0
    assert await rows(whole, "SELECT count(*) FROM agents") == [(39,)], "the reader sees every tenant"


async def test_reader_and_writer_may_no_more_than_they_need(whole: AiOps) -> None:
    for who, sql in (
        ("AIOPS_DATABASE_URL", "DELETE FROM user_tenant_roles"),
        ("AIOPS_DATABASE_TENANT_URL", "DELETE FROM agents"),
        ("AIOPS_DATABASE_WRITER_URL", "DELETE FROM agents"),
        ("AIOPS_DATABASE_WRITER_URL", "UPDATE users SET email = ''"),
        ("AIOPS_DATABASE_WRITER_URL", "CREATE TABLE mine (x int)"),
        ("AIOPS_DATABASE_URL", "SELECT pg_read_file('/etc/passwd')"),
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await rows(whole, sql, who=who)
    async with cache(whole) as reader, cache(whole, "AIOPS_CACHE_WRITER_URL") as writer:
        assert (await reader.type("feature-flags"), await reader.ttl("feature-flags")) == ("hash", -1)
        assert await reader.memory_usage("celery")
        assert await reader.object("idletime", "celery") is not None
        for forbidden in (
            reader.unlink(DASHBOARD), reader.set("x", "1"), reader.keys("*"), reader.flushdb(),
            writer.flushdb(), writer.flushall(), writer.keys("*"), writer.set("x", "1"), writer.config_get("*"),
        ):  # fmt: skip
            with pytest.raises(NoPermissionError):
                await forbidden


async def test_redis_holds_state_besides_the_cache(whole: AiOps) -> None:
    await whole.world.cache.delete(f"tenant-config:{ABC}")
    await look(whole)
    async with cache(whole) as redis:
        keys = [key async for key in redis.scan_iter(count=500)]
        revoked = [key for key in keys if key.startswith("revoked:")]
        assert len(revoked) == REVOKED
        assert min([await redis.ttl(key) for key in revoked]) > 300
        assert {"celery", "_kombu.binding.celery", "unacked", "feature-flags", f"lock:{ABC}:sync"} <= set(keys)
        assert 240 < await redis.ttl(f"tenant-config:{ABC}") <= 300


async def test_losing_the_revoked_tokens_lets_people_in_again(whole: AiOps) -> None:
    """Why nobody may flush this database."""
    async with api(whole, whole.revoked_token) as http:
        assert (await http.get("/api/v1/agents", params={"tenant_id": ABC})).status_code == 401
        kept = {key: await whole.world.cache.ttl(key) async for key in whole.world.cache.scan_iter("revoked:*")}
        await whole.world.cache.delete(*kept)
        assert (await http.get("/api/v1/agents", params={"tenant_id": ABC})).status_code == 200
        for key, seconds in kept.items():
            await whole.world.cache.set(key, "1", ex=seconds)


async def test_its_users_keep_the_cache_filled_through_every_outage(tmp_path: Path) -> None:
    async with (
        postgres(tmp_path / "pg", settings={"fsync": "off"}) as database,
        valkey() as server,
        aiops(database, server, traffic_seconds=0.05) as platform,
    ):
        expected = {DASHBOARD, f"metrics:dashboard:{PREFIX}", f"metrics:agents:{ABC}", f"tenant-config:{ABC}"}
        await wait_for_keys(platform, expected)
        for name in ("api-garbage", "database-hangs", "cache-down"):
            await platform.faults.break_(name)
            await asyncio.sleep(0.2)
            await platform.faults.heal(name)
        await platform.world.cache.delete(*expected)
        await wait_for_keys(platform, expected)
        await platform.faults.break_("database-hangs")  # nobody heals it: the end must not wait for that


async def wait_for_keys(platform: AiOps, expected: set[str]) -> None:
    async with asyncio.timeout(20):
        while await platform.world.cache.exists(*expected) < len(expected):  # noqa: ASYNC110 - another server's state
            await asyncio.sleep(0.02)
