"""The product answers, logs, works on its queues and obeys its administrator as the real one does."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from sandbox.zenamanage import artisan
from sandbox.zenamanage.console import Console
from sandbox.zenamanage.queues import payload, push, written
from sandbox.zenamanage.seed import ACME, NEW, uuid_of
from sandbox.zenamanage.standin import ZenaManage

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


async def get(zena: ZenaManage, path: str, **query: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {zena.environment['ZENA_API_TOKEN']}"}
    async with httpx.AsyncClient(base_url=zena.environment["ZENA_API_URL"], headers=headers) as http:
        return await http.get(path, params=query)


async def run(zena: ZenaManage, *words: str) -> tuple[int, str]:
    said = await Console(zena.world).run(list(words))
    return said.status, said.output


async def run_outside(zena: ZenaManage, *words: str) -> tuple[int, str]:
    """As an administrator does it, in another process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", artisan.__file__, *words, cwd=zena.environment["ZENA_APP_FOLDER"],
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await holds():  # noqa: ASYNC110 - nothing announces what workers do
            await asyncio.sleep(0.02)


async def test_the_dashboard_is_computed_once_and_then_cached(zena: ZenaManage) -> None:
    async with zena.world.product.forgetting(ACME.id):
        pass
    first = (await get(zena, "/api/v1/dashboard", tenant_id=ACME.id)).json()
    assert (first["projects"], first["open_tasks"]) == (60, 600)
    assert 0 < await zena.world.cache.ttl(f"kpi:{ACME.id}:dashboard") <= 60
    assert (await get(zena, "/api/v1/dashboard", tenant_id=ACME.id)).json() == first
    assert (await get(zena, "/api/v1/dashboard", tenant_id=NEW.id)).json()["projects"] == 0


async def test_lists_are_paged_and_say_how_many_there_are(zena: ZenaManage) -> None:
    body = (await get(zena, "/api/v1/projects", tenant_id=ACME.id, page="3")).json()
    assert (len(body["data"]), body["meta"]) == (20, {"total": 60, "per_page": 20})
    assert {row["tenant_id"] for row in body["data"]} == {ACME.id}


async def test_metrics_are_measured(zena: ZenaManage) -> None:
    zena.world.product.measured.begin()  # without what other tests have asked for in the last minutes
    await zena.faults.break_("api-waits")
    answers = [await get(zena, "/api/v1/tasks", tenant_id=ACME.id) for _ in range(2)]
    assert all(answer.status_code == 200 for answer in answers)
    seen = (await get(zena, "/api/v1/metrics")).json()["endpoints"]["GET /api/v1/tasks"]
    await zena.faults.heal("api-waits")
    assert seen["requests"] == 502
    assert zena.world.product.measured.endpoints()["GET /api/v1/tasks"]["requests"] == 500  # begun anew


async def test_workers_carry_out_jobs_and_keep_those_that_fail(zena: ZenaManage) -> None:
    force, cache = zena.world.product.workforce, zena.world.cache
    good, bad = [payload(name, {"tenant_id": ACME.id}, uuid=uuid_of(name), at=NOW) for name in ("SyncBoard", "Broken")]
    force.failing["Broken"] = ("TypeError", "handle() expects int")
    done = force.done
    await push(cache, "high", [good, bad])
    await until(lambda: _is_empty(cache, "queues:high"))
    await until(lambda: _has_failed(zena, uuid_of("Broken")))
    assert force.done == done + 1
    [row] = await zena.world.rows("SELECT * FROM failed_jobs WHERE uuid = %s", uuid_of("Broken"))
    assert (row["connection"], row["queue"]) == ("redis", "high")
    assert json.loads(row["payload"]) == {**bad, "attempts": 1}
    assert row["exception"].startswith("TypeError: handle() expects int")
    assert await zena.world.product.log.count("handle() expects int", zena.world.clock() - timedelta(minutes=1)) == 1
    del force.failing["Broken"]
    assert (await run(zena, "php", "artisan", "queue:retry", row["uuid"]))[1].endswith("DONE\n")
    await until(lambda: _was_done(zena, done + 2))
    assert not await _has_failed(zena, row["uuid"])
    # As with the real one: an unknown id is told in words alone.
    assert await run(zena, "php", "artisan", "queue:retry", row["uuid"]) == (
        0, f"\n   ERROR  Unable to find failed job with ID [{row['uuid']}].\n",
    )  # fmt: skip


async def test_a_worker_announces_itself_and_leaves_a_paused_queue_alone(zena: ZenaManage) -> None:
    cache = zena.world.cache
    await until(lambda: _exists(cache, "workers:worker-3"))
    announced = json.loads(await cache.get("workers:worker-3") or b"{}")
    assert announced["queues"] == ["mail"]
    await cache.set("illuminate:queues:paused:mail", "1")
    await zena.world.product.workforce.turn()  # one that had begun before may not have seen it
    job = payload("SendMail", {"tenant_id": ACME.id}, uuid=uuid_of("mail"), at=NOW)
    await push(cache, "mail", [job])
    await zena.world.product.workforce.turn()
    assert await cache.lrange("queues:mail", 0, -1) == [written(job).encode()]
    await cache.delete("illuminate:queues:paused:mail")
    await until(lambda: _is_empty(cache, "queues:mail"))


async def test_a_restart_brings_back_what_is_stuck_and_whoever_died(zena: ZenaManage) -> None:
    await zena.faults.break_("jobs-stuck")
    await zena.world.product.workforce.turn()
    assert await _is_there(zena, "jobs-stuck")
    assert (await run(zena, "php", "artisan", "queue:restart"))[0] == 0
    await _work_off(zena, "queues:default")
    assert not await _is_there(zena, "jobs-stuck")
    await zena.faults.break_("workers-dead")
    assert (await run(zena, "php", "artisan", "queue:restart"))[0] == 0
    await _work_off(zena, "queues:default")
    assert not await _is_there(zena, "workers-dead")
    # What was delayed or reserved on purpose is still so.
    assert await zena.world.cache.zcard("queues:default:delayed") == 25
    assert await zena.world.cache.zcard("queues:default:reserved") == 1


async def test_services_are_restarted_and_their_outage_is_over(zena: ZenaManage) -> None:
    for fault, service in {"database-down": "mysql", "cache-down": "redis", "web-down": "nginx", "php-down": "php-fpm",
                           "socket-down": "websocket"}.items():  # fmt: skip
        await zena.faults.break_(fault)
        assert await run(zena, "systemctl", "is-active", service) == (3, "inactive\n")
        assert await run(zena, "sudo", "systemctl", "restart", service) == (0, "")
        assert await run(zena, "systemctl", "is-active", service) == (0, "active\n")
        assert not await _is_there(zena, fault)


async def test_an_administrator_is_obeyed(zena: ZenaManage) -> None:
    assert "maintenance mode" in (await run_outside(zena, "php", "artisan", "down"))[1]
    assert (await get(zena, "/")).status_code == 503
    assert json.loads((await run(zena, "php", "artisan", "about", "--json"))[1])["environment"]["maintenance_mode"]
    assert "live" in (await run(zena, "php", "artisan", "up"))[1]
    status, said = await run(zena, "php", "artisan", "db:backup")
    assert status == 0
    assert (Path(zena.environment["ZENA_APP_FOLDER"]) / said.removeprefix("Backup written: ").strip()).is_file()
    assert (await run(zena, "php", "artisan", "slo:check")) == (0, "All SLOs are met.\n")
    assert (await run(zena, "php", "artisan", "test", "--filter", "TenantIsolation"))[0] == 0
    assert (await run(zena, "php", "artisan", "tinker")) == (1, '\n  ERROR  Command "tinker" is not defined.\n\n')
    assert await run_outside(zena, "rm", "-rf", "storage") == (127, "rm: command not found\n")
    assert await run_outside(zena, "grep", "-E", "^LOG_LEVEL=", ".env") == (0, "LOG_LEVEL=info\n")


async def test_the_log_obeys_channel_level_and_modes(zena: ZenaManage) -> None:
    log, since = zena.world.product.log, zena.world.clock() - timedelta(minutes=1)
    for fault in ("log-channel-off", "log-level-too-high", "log-not-writable"):
        await zena.faults.break_(fault)
        await log.fail("TypeError", f"while {fault}")
        if fault == "log-not-writable":
            assert await run(zena, "chmod", "-R", "755", "storage/logs") == (0, "")
            assert not await _is_there(zena, fault)
        await zena.faults.heal(fault)
        assert await log.count(f"while {fault}", since) == 0
    await log.fail("TypeError", "afterwards")
    assert await log.count("afterwards", since) == 1
    assert '"}\n[' in await asyncio.to_thread(log.folder.log.read_text, "utf-8")  # a trace over many lines


async def test_a_socket_wants_a_token_and_a_known_channel(zena: ZenaManage) -> None:
    url = zena.environment["ZENA_WS_URL"]
    with pytest.raises(InvalidStatus):
        async with connect(url):
            pass
    async with connect(f"{url}?token={zena.environment['ZENA_WS_TOKEN']}") as socket:
        for channel, event in {f"tenant:{ACME.id}:tasks": "subscribed", f"tasks.{ACME.id}": "refused"}.items():
            await socket.send(json.dumps({"action": "subscribe", "channel": channel}))
            answer = json.loads(await socket.recv())
            assert (answer["event"], answer["channel"]) == (event, channel)


async def test_redis_refuses_writes_for_each_of_its_reasons(zena: ZenaManage) -> None:
    for fault, said in {"out-of-memory": "used memory", "read-only": "read only", "writes-stopped": "disk"}.items():
        await zena.faults.break_(fault)
        async with Redis.from_url(zena.environment["ZENA_CACHE_WRITER_URL"]) as cache:
            if fault != "writes-stopped":  # which tells even who only asks whether it is there
                assert await cache.ping()
            with pytest.raises(ResponseError, match=said):
                await cache.set("cache:tenant:x:y", "z")
            await zena.faults.heal(fault)
            assert await cache.set("cache:tenant:x:y", "z", ex=1)


async def _is_empty(cache: Redis, key: str) -> bool:
    return not await cache.exists(key)


async def _work_off(zena: ZenaManage, key: str) -> None:
    """Lets the workers work, without their pauses, for as long as 1,400 jobs take them at most."""
    for _ in range(1400 // zena.world.product.workforce.per_turn):
        await zena.world.product.workforce.turn()
    assert await _is_empty(zena.world.cache, key)


async def _exists(cache: Redis, key: str) -> bool:
    return bool(await cache.exists(key))


async def _has_failed(zena: ZenaManage, uuid: str) -> bool:
    return bool(await zena.world.ask("SELECT count(*) FROM failed_jobs WHERE uuid = %s", uuid))


async def _was_done(zena: ZenaManage, jobs: int) -> bool:
    return zena.world.product.workforce.done >= jobs


async def _is_there(zena: ZenaManage, fault: str) -> bool:
    return next(one.broken for one in await zena.faults.panel() if one.name == fault)
