"""Probes of a cache and of job queues, on a Valkey: nothing is written, taken or counted by looking."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

from tests.supported import Product

ALL = {"queues": ["default", "high", "mail"]}


async def test_a_cache_without_traffic_has_no_hit_rate(product: Product) -> None:
    seen = await product.seen("hit_rate", {"connection": "cache", "window": "1ms", "lookups": 100_000})
    assert (seen.code, seen.expected) == ("no_traffic", "≥ 80%")


async def test_a_low_hit_rate_is_told_from_none(product: Product) -> None:
    await product.breaks("low-hit-rate")
    seen = await product.check("cache-hit-rate", "hits")
    assert seen.code == "low"
    assert 0 < seen.evidence["rate"] < 0.8


async def test_whether_it_takes_writes_is_seen_without_writing(product: Product) -> None:
    keys = await product.product.world.cache.dbsize()
    assert (await product.check("cache-not-working", "writes")).code == "yes"
    await product.breaks("out-of-memory")
    full = await product.check("cache-not-working", "writes")
    assert (full.code, full.seen) == ("out_of_memory", "refuses writes: out of memory")
    await product.heals("out-of-memory")
    assert abs(await product.product.world.cache.dbsize() - keys) <= 1


async def _written(product: Product, ago: timedelta, left: timedelta) -> str:
    """The code of what is seen of an entry that was written so long ago and ends so soon."""
    seen = await product.check("cache-hit-rate", "kpi")
    written = datetime.now(UTC) - ago
    entry = json.dumps({"projects": 1, "generated_at": f"{written:%Y-%m-%dT%H:%M:%SZ}"})
    await product.product.world.cache.set(str(seen.evidence["key"]), entry, ex=left)
    return (await product.check("cache-hit-rate", "kpi")).code


async def test_an_entry_that_is_about_to_end_is_not_short(product: Product) -> None:
    assert await _written(product, timedelta(seconds=40), timedelta(seconds=20)) == "kept"


async def test_an_entry_that_ends_soon_after_it_was_written_is_short(product: Product) -> None:
    assert await _written(product, timedelta(0), timedelta(seconds=15)) == "short"


async def test_an_entry_that_is_not_there_after_a_request_is_missing(product: Product) -> None:
    await product.breaks("not-cached")
    assert (await product.check("cache-hit-rate", "kpi")).code == "missing"


async def test_looking_takes_no_job(product: Product) -> None:
    await product.breaks("workers-dead")
    cache = product.product.world.cache
    before = {name: await cache.llen(f"queues:{name}") for name in ALL["queues"]}
    size = await product.check("queue-backlog", "size")
    workers = await product.check("queue-backlog", "workers")
    await asyncio.gather(*(product.check("queue-backlog", name) for name in ("paused", "stuck", "tenants")))
    assert (size.code, workers.code) in {("growing", "none"), ("standing", "none")}
    assert {name: await cache.llen(f"queues:{name}") for name in ALL["queues"]}.keys() == before.keys()
    assert await cache.llen("queues:default") >= before["default"] > 1000


async def test_paused_and_unserved_are_told_apart(product: Product) -> None:
    await product.breaks("queue-paused")
    paused = await product.check("queue-backlog", "paused")
    assert paused.code == "paused"
    assert (await product.check("queue-backlog", "workers")).code == "served"


async def test_a_queue_that_no_worker_serves_is_named(product: Product) -> None:
    await product.breaks("queue-unserved")
    unserved = await product.check("queue-backlog", "workers")
    assert (unserved.code, (await product.check("queue-backlog", "paused")).code) == ("unserved", "running")
    assert "mail" in unserved.says


async def test_a_queue_that_is_paused_and_empty_holds_nothing_up(product: Product) -> None:
    cache = product.product.world.cache
    await cache.set("illuminate:queues:paused:high", "1")
    try:
        assert (await product.check("queue-backlog", "paused")).code == "paused_empty"
    finally:
        await cache.delete("illuminate:queues:paused:high")


async def test_whose_jobs_wait_is_counted(product: Product) -> None:
    assert (await product.check("queue-backlog", "tenants")).code == "few"
    await product.breaks("tenant-floods")
    seen = await product.check("queue-backlog", "tenants")
    assert seen.code == "one_tenant"
    assert max(seen.evidence["by_tenant"].values()) > 0.8 * seen.evidence["sampled"]


async def test_failed_jobs_are_grouped_and_poison_is_told(product: Product) -> None:
    assert (await product.check("jobs-failing", "failed")).code in {"none", "few"}
    await product.breaks("one-reason")
    one = await product.check("jobs-failing", "failed")
    assert one.code == "one_reason"
    assert len(one.evidence["by_job"]) > 1
    await product.breaks("poisoned-payload")
    poisoned = await product.check("jobs-failing", "failed")
    assert poisoned.code == "poisoned"
    assert poisoned.evidence["unreadable"] >= 1


async def test_numbers_that_php_has_serialized_are_compared(product: Product) -> None:
    kept = await product.check("cache-hit-rate", "kpi")
    cache, key = product.product.world.cache, str(kept.evidence["key"])
    for projects, code in ((60, "equal"), (57, "differs")):
        await cache.set(key, f'a:2:{{s:8:"projects";i:{projects};s:10:"open_tasks";i:600;}}')
        assert (await product.check("dashboard-wrong", "projects", tenant="acme")).code == code
    await cache.set(key, 'O:8:"stdClass":1:{s:8:"projects";i:60;}')
    assert (await product.check("dashboard-wrong", "projects", tenant="acme")).code == "unreadable"
    await cache.delete(key)
