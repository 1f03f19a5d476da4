"""Queues are read without taking a job; failed jobs go back exactly as Laravel would put them, or stay."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot.access.payloads import read_payload, renewed, why_not_native
from bot.access.queues import Worker
from bot.access.redis import ServerFacts
from bot.embedded import ValkeyServer
from bot.errors import ActionFailed, SystemRefused, SystemUnreachable
from sandbox.mariadb import MariadbServer
from tests.laravel import NOW, Shop, open_shop, payload

A, B, C = (f"0d9f7b9a-1c1e-4a0b-9c6e-3f1f0c2b7a1{number}" for number in range(3))
SECONDS = int(NOW.timestamp())


@pytest.fixture
async def shop(mariadb_server: MariadbServer, valkey_server: ValkeyServer) -> AsyncIterator[Shop]:
    made = await open_shop(mariadb_server, valkey_server)
    yield made
    await made.close()


async def worker(shop: Shop, name: str, *queues: str) -> None:
    await shop.cache.set(f"workers:{name}", json.dumps({"queues": queues, "seen_at": SECONDS - 5}))


async def test_a_queue_in_redis_is_seen_and_left_as_it_is(shop: Shop) -> None:
    key = "shop_queues:default"
    for number in range(3):
        await shop.cache.rpush(key, json.dumps(payload(A, createdAt=SECONDS - 600 + number)))
    await shop.cache.rpush(key, "no json", json.dumps(payload(B, tenant_id="tenant-b", displayName="App\\Jobs\\Other")))
    await shop.cache.zadd(f"{key}:delayed", {"x": SECONDS + 60})
    await shop.cache.zadd(f"{key}:reserved", {"old": SECONDS - 1, "new": SECONDS + 80})
    await worker(shop, "one", "high", "default")
    await worker(shop, "two", "mail")
    before = {name: await shop.cache.dump(name) for name in await shop.cache.keys()}
    seen = await shop.look().queue("default")
    assert (seen.pending, seen.delayed, seen.reserved, seen.stuck) == (5, 1, 2, 1)
    assert seen.oldest == timedelta(minutes=10)
    assert (seen.paused, seen.unreadable, seen.sampled) == (False, 1, 5)
    assert seen.by_tenant == {"tenant-a": 3, "tenant-b": 1}
    assert seen.by_job == {"App\\Jobs\\SendMail": 3, "App\\Jobs\\Other": 1}
    assert seen.workers is not None
    assert seen.workers[0] == Worker("one", ("high", "default"), NOW - timedelta(seconds=5))
    assert [one.name for one in seen.serving or ()] == ["one"]
    assert {name: await shop.cache.dump(name) for name in await shop.cache.keys()} == before


async def test_an_empty_queue_and_a_paused_one(shop: Shop) -> None:
    await shop.cache.set("queues:paused:default", "1")
    seen = await shop.look().queue("default")
    assert (seen.pending, seen.delayed, seen.reserved, seen.oldest) == (0, 0, 0, None)
    assert (seen.paused, seen.workers, seen.serving) == (True, (), ())
    await worker(shop, "broken", "x")
    await shop.cache.set("workers:broken", "{")
    mails = await shop.look().queue("mails")
    assert (mails.paused, mails.workers) == (False, (Worker("broken", (), None),))


async def test_a_queue_in_a_database_is_seen(shop: Shop) -> None:
    for queue, reserved, available in (
        ("reports", None, SECONDS - 300), ("reports", None, SECONDS + 300), ("reports", SECONDS - 91, SECONDS - 91),
        ("reports", SECONDS - 5, SECONDS - 5), ("other", None, SECONDS - 9000),
    ):  # fmt: skip
        await shop.sql(
            "INSERT INTO jobs (queue, payload, attempts, reserved_at, available_at) VALUES (%s, %s, 0, %s, %s)",
            queue, json.dumps(payload(A)), reserved, available,
        )  # fmt: skip
    seen = await shop.look().queue("reports")
    assert (seen.pending, seen.delayed, seen.reserved, seen.stuck) == (1, 1, 2, 1)
    assert (seen.oldest, seen.by_tenant) == (timedelta(minutes=5), {"tenant-a": 4})
    await shop.sql("DELETE FROM jobs")
    empty = await shop.look().queue("reports")
    assert (empty.pending, empty.oldest) == (0, None)


async def facts(shop: Shop) -> ServerFacts:
    return await shop.look().server("cache")


async def test_looking_does_not_change_the_hit_rate(shop: Shop) -> None:
    await shop.cache.rpush("shop_queues:default", json.dumps(payload(A)))
    await worker(shop, "one", "default")
    before = await facts(shop)
    for _ in range(3):
        await shop.look().queue("default")
        await shop.look().queue("mails")
    after = await facts(shop)
    assert (after.hits - before.hits, after.misses - before.misses) == (0, 0)
    await shop.cache.get("workers:one")
    await shop.cache.get("nothing")
    users = await facts(shop)
    assert (users.hits - after.hits, users.misses - after.misses) == (1, 1)


async def test_a_server_that_refuses_writes_is_known_without_writing(shop: Shop) -> None:
    assert (await facts(shop)).refuses == ""
    before = (await facts(shop)).refused.get("OOM", 0)
    await shop.cache.config_set("maxmemory", "1")
    try:
        seen = await facts(shop)
        assert (seen.refuses, seen.policy, seen.limit) == ("out of memory", "noeviction", 1)
        with pytest.raises(Exception, match="maxmemory"):
            await shop.cache.set("x", "y")
        assert (await facts(shop)).refused["OOM"] == before + 1
    finally:
        await shop.cache.config_set("maxmemory", "0")


async def test_a_failed_job_goes_back_into_redis_as_laravel_would_put_it(shop: Shop) -> None:
    await shop.fail(A)
    await shop.fail(B)
    route = await shop.change(A).retry(A)
    assert route is not None
    assert (route.way, route.queue) == ("queue", "default")
    (pushed,) = await shop.cache.lrange("shop_queues:default", 0, -1)
    assert pushed == renewed(payload(A))
    assert json.loads(pushed) == {**payload(A), "attempts": 0}
    assert await shop.cache.lrange("shop_queues:default:notify", 0, -1) == ["1"]
    assert await shop.failed() == [B]
    assert await shop.change(A).retry(A) is None, "one that is gone is not queued twice"
    assert await shop.cache.llen("shop_queues:default") == 1


async def test_a_writer_with_few_rights_is_enough(shop: Shop, mariadb_server: MariadbServer) -> None:
    await shop.sql("CREATE OR REPLACE USER few@127.0.0.1 IDENTIFIED BY 'few'")
    await shop.sql("GRANT SELECT, DELETE ON shop.failed_jobs TO few@127.0.0.1")
    few = Shop(mariadb_server.url("shop", user="few", password="few"), shop.cache_url)
    await shop.fail(A)
    assert await few.change(A).retry(A) is not None
    assert await shop.failed() == []
    await few.close()
    await shop.sql("DROP USER few@127.0.0.1")


async def test_a_failed_job_goes_back_into_the_table_of_jobs(shop: Shop) -> None:
    await shop.fail(A, "reports", "database")
    await shop.change(A).retry(A)
    assert await shop.sql("SELECT queue, payload, attempts, reserved_at, available_at, created_at FROM jobs") == [
        ("reports", renewed(payload(A)), 0, None, SECONDS, SECONDS)
    ]
    assert await shop.failed() == []


@pytest.mark.parametrize(
    ("queue", "connection", "more", "why"),
    [
        ("nowhere", "redis", {}, "is none that the bot knows"),
        ("default", "sqs", {}, "is none that the bot knows"),
        ("default", "redis", {"data": {"command": "eyJpdiI6"}}, "its command is encrypted"),
        ("default", "redis", {"retryUntil": 1795000000}, "a time until which it is retried"),
        ("default", "redis", {"data": {"command": 'O:1:"X":1:{s:7:"batchId";s:3:"b-1";}'}}, "belongs to a batch"),
        ("default", "redis", {"job": None}, "its payload cannot be read"),
    ],
)
async def test_what_only_the_application_can_put_back_stays(
    shop: Shop, queue: str, connection: str, more: dict[str, Any], why: str
) -> None:
    await shop.fail(A, queue, connection, **more)
    with pytest.raises(ActionFailed, match=why):
        await shop.change(A).retry(A)
    assert await shop.failed() == [A]
    assert not await shop.cache.exists("shop_queues:default")


async def test_a_queue_that_refuses_leaves_the_job_among_the_failed(shop: Shop) -> None:
    await shop.fail(A)
    await shop.cache.set("shop_queues:default", "no list")
    with pytest.raises(ActionFailed, match="is no queue that jobs can be added to"):
        await shop.change(A).retry(A)
    assert await shop.failed() == [A]
    await shop.cache.delete("shop_queues:default")
    await shop.cache.config_set("maxmemory", "1")
    try:
        with pytest.raises(ActionFailed, match="Nothing was queued"):
            await shop.change(A).retry(A)
    finally:
        await shop.cache.config_set("maxmemory", "0")
    assert await shop.failed() == [A]


async def test_what_may_be_queued_twice_is_said(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken_off(self: object, key: str, payload: str) -> None:  # noqa: ARG001 - the shape of what it stands for
        raise SystemUnreachable("The cache broke off.")

    monkeypatch.setattr("bot.access.redis_writer.RedisWriter.push", broken_off)
    await shop.fail(A)
    with pytest.raises(SystemUnreachable, match="may be queued and be among the failed ones as well"):
        await shop.change(A).retry(A)
    assert await shop.failed() == [A]


async def test_only_what_was_approved_is_touched(shop: Shop) -> None:
    await shop.fail(A)
    await shop.fail(B)
    for attempt in (shop.change(A).retry(B), shop.change(A).forget(B)):
        with pytest.raises(ActionFailed, match="was not approved"):
            await attempt
    assert await shop.change(A).forget(A)
    assert not await shop.change(A).forget(A)
    assert await shop.failed() == [B]


def test_a_payload_is_written_as_php_does() -> None:
    text = renewed({"a": "Müll/😀", "n": None, "f": 1.5, "o": {}, "attempts": 7})
    assert text == '{"a":"M\\u00fcll\\/\\ud83d\\ude00","n":null,"f":1.5,"o":{},"attempts":0}'
    assert why_not_native(payload(A)) == ""


def test_the_tenant_of_a_payload() -> None:
    for value, tenant in (
        (payload(A), "tenant-a"), (payload(A, tenant_id=7), "7"),
        (payload(A, data={"command": "O:1:x", "tenantId": "t"}), "t"),
        (payload(A, data={"command": "O:1:x"}), "unknown"),
    ):  # fmt: skip
        read = read_payload(json.dumps(value), ("tenant_id", "tenantId"))
        assert read is not None
        assert read.tenant == tenant
    for raw in (b"\xff", "[]", '{"job": 7}', "", "null"):
        assert read_payload(raw, ()) is None


async def test_counts_that_are_none_are_not_believed(shop: Shop) -> None:
    queries = {**shop.system.queries, "counted_jobs": shop.system.queries["queued_payloads"]}
    shop.access._systems = {"shop": shop.system.model_copy(update={"queries": queries})}
    with pytest.raises(SystemRefused, match="must answer pending, later"):
        await shop.look().queue("reports")
