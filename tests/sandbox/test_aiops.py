"""The AI-agents platform of the sandbox: healthy as its runbook describes it, and broken in one way at a time."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import pytest_asyncio
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoPermissionError, RedisError

from bot.embedded import postgres, valkey
from sandbox.aiops import AiOps, aiops
from sandbox.aiops.decoys import REVOKED
from sandbox.aiops.seed import ABC, NEW, PREFIX, VERA, XYZ, agents, make_id

DASHBOARD = f"metrics:dashboard:{ABC}"
AGENT = agents(ABC)[0].id
HEALTHY: dict[str, Any] = {
    "ttl": "agreed",
    "cached agents": 10,
    "api agents": 10,
    "legacy agents": 10,
    "database": 10,
    "seen by tenant": 10,
    "vera": {ABC: "developer"},
    "vera by api": "developer",
    "vera edits": 200,
    "executions": 20,
    "orphans": 0,
    "queued": 0,
    "failed of ten": 0,
    "health": (200, "connected", "connected"),
}
FAULTS: dict[str, dict[str, Any]] = {
    "never-expires": {"ttl": "none", "cached agents": 8},
    "stale-after-change": {"ttl": "long", "cached agents": 8},
    "long-ttl": {"ttl": "very long"},
    "ttl-misconfigured": {"ttl": "long"},
    "wrong-role": {"vera": {ABC: "viewer"}, "vera by api": "viewer", "vera edits": 403},
    "missing-assignment": {"vera": {}, "vera by api": None, "vera edits": 403},
    "other-tenant": {"vera": {XYZ: "developer"}, "vera by api": None, "vera edits": 403},
    "api-role-differs": {"vera by api": "viewer", "vera edits": 403},
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def platform(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AiOps]:
    folder = tmp_path_factory.mktemp("aiops")
    async with (
        postgres(folder / "pg", settings={"fsync": "off"}) as database,
        valkey() as cache,
        aiops(database, cache, traffic_seconds=None) as it,
    ):
        yield it


@pytest_asyncio.fixture(loop_scope="session")
async def whole(platform: AiOps) -> AsyncIterator[AiOps]:
    """The platform, whole again afterwards."""
    yield platform
    await platform.faults.heal_all()


@contextlib.asynccontextmanager
async def api(platform: AiOps, token: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {token or platform.environment['AIOPS_API_TOKEN']}"}
    url = platform.environment["AIOPS_API_URL"]
    # Without certificates: to load them takes longer than all that the tests ask.
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=5, verify=False) as client:  # noqa: S501
        yield client


@contextlib.asynccontextmanager
async def cache(platform: AiOps, variable: str = "AIOPS_CACHE_URL") -> AsyncIterator[Redis]:
    url = platform.environment[variable]
    async with Redis.from_url(url, socket_timeout=0.3, decode_responses=True, retry=Retry(NoBackoff(), 0)) as client:
        yield client


async def rows(platform: AiOps, sql: str, *values: object, who: str = "AIOPS_DATABASE_URL") -> list[Any]:
    async with await psycopg.AsyncConnection.connect(platform.environment[who], autocommit=True) as connection:
        return await (await connection.execute(sql, values)).fetchall()


async def look(platform: AiOps) -> dict[str, Any]:
    """Everything that a support engineer could see of tenant-abc and of Vera, all of it through the gates."""
    url = platform.environment["AIOPS_DATABASE_URL"]
    async with (
        api(platform) as http,
        cache(platform) as redis,
        await psycopg.AsyncConnection.connect(url, autocommit=True) as database,
    ):

        async def ask(sql: str, *values: object) -> list[Any]:
            return await (await database.execute(sql, values)).fetchall()

        async def get(path: str, **query: str) -> Any:
            return (await http.get(path, params={"tenant_id": ABC, **query})).json()

        cached = await get("/api/v1/metrics/summary")
        edit = await http.put(f"/api/v1/agents/{AGENT}?tenant_id={ABC}&user_id={VERA.id}&dry_run=true", json={})
        health = await http.get("/api/v1/health")
        failed = [run["status"] == "failed" for run in (await get("/api/v1/executions", limit="10"))["executions"]]
        [[orphans]] = await ask(
            "SELECT count(*) FROM agents a LEFT JOIN tenant_configs tc ON a.tenant_id = tc.tenant_id"
            " WHERE tc.tenant_id IS NULL"
        )
        [[stored]] = await ask("SELECT count(*) FROM agents WHERE tenant_id = %s", ABC)
        [[queued]] = await ask("SELECT count(*) FROM agent_executions WHERE status = 'queued'")
        return {
            "ttl": _name_ttl(await redis.ttl(DASHBOARD)),
            "cached agents": cached["total_agents"],
            "api agents": len((await get("/api/v1/agents"))["agents"]),
            "legacy agents": (await get("/admin-legacy/api/agents/count"))["count"],
            "database": stored,
            "seen by tenant": await count_seen_by(platform, ABC),
            "vera": dict(await ask("SELECT tenant_id, role FROM user_tenant_roles WHERE user_id = %s", VERA.id)),
            "vera by api": (await get("/api/v1/users/me/role", user_id=str(VERA.id)))["role"],
            "vera edits": edit.status_code,
            "executions": len((await get("/api/v1/executions"))["executions"]),
            "orphans": orphans,
            "queued": queued,
            "failed of ten": sum(failed),
            "health": (health.status_code, health.json()["database"], health.json()["redis"]),
        }


async def count_seen_by(platform: AiOps, tenant: str | None) -> int:
    """How many agents row-level security shows."""
    url = platform.environment["AIOPS_DATABASE_TENANT_URL"]
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        if tenant is not None:
            await connection.execute("SELECT set_tenant_context(%s)", [tenant])
        row = await (await connection.execute("SELECT count(*) FROM agents")).fetchone()
        assert row is not None
        count: int = row[0]
        return count


def _name_ttl(seconds: int) -> str:
    if seconds < 0:
        return {-1: "none", -2: "no entry"}[seconds]
    return "agreed" if seconds <= 30 else "long" if seconds <= 300 else "very long"


async def test_healthy_as_the_runbook_says(whole: AiOps) -> None:
    assert await look(whole) == HEALTHY
    assert not any(fault.broken for fault in await whole.faults.panel())


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_makes_exactly_its_cause_and_healing_undoes_exactly_that(whole: AiOps, name: str) -> None:
    for _ in range(2):
        await whole.faults.set(name, broken=True)
        assert await look(whole) == HEALTHY | FAULTS[name]
        broken = [fault.name for fault in await whole.faults.panel() if fault.broken]
        assert broken == [name]
    for _ in range(2):
        await whole.faults.set(name, broken=False)
        assert await look(whole) == HEALTHY
        assert not any(fault.broken for fault in await whole.faults.panel())


async def ask_database(platform: AiOps) -> object:
    async with asyncio.timeout(1):
        # As bare as this, since psycopg would wait for a hanging server to answer its cancel.
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(platform, "AIOPS_DATABASE_URL"))
        writer.write(bytes.fromhex("0000000804d2162f"))  # SSLRequest
        try:
            return await reader.read(1)
        finally:
            writer.close()


async def ask_cache(platform: AiOps) -> object:
    async with cache(platform) as redis:
        return await redis.ping()


async def ask_api(platform: AiOps) -> object:
    async with api(platform) as http:
        return (
            await http.get("/api/v1/users/me/role", params={"tenant_id": ABC, "user_id": str(VERA.id)}, timeout=1)
        ).json()


def port_of(platform: AiOps, variable: str) -> int:
    port = httpx.URL(platform.environment[variable]).port
    assert port is not None
    return port


Ask = Callable[[AiOps], Awaitable[object]]
OUTAGES: dict[str, tuple[Ask, type[Exception]]] = {
    "cache-down": (ask_cache, RedisError),
    "cache-hangs": (ask_cache, RedisError),
    "database-down": (ask_database, ConnectionRefusedError),
    "database-hangs": (ask_database, TimeoutError),
    "api-down": (ask_api, httpx.ConnectError),
    "api-hangs": (ask_api, httpx.ReadTimeout),
    "api-garbage": (ask_api, ValueError),
}


@pytest.mark.parametrize("name", OUTAGES)
async def test_an_outage_takes_one_server_away_and_healing_brings_it_back(whole: AiOps, name: str) -> None:
    asked, problem = OUTAGES[name]
    assert await asked(whole)
    for _ in range(2):
        await whole.faults.set(name, broken=True)
        with pytest.raises(problem):
            await asked(whole)
        for other in {ask_database, ask_cache} - {asked}:
            assert await other(whole)
        assert [fault.name for fault in await whole.faults.panel() if fault.broken] == [name]
    for _ in range(2):
        await whole.faults.set(name, broken=False)
        assert await look(whole) == HEALTHY


async def test_connections_that_were_open_hang_too_and_go_on_afterwards(whole: AiOps) -> None:
    async with cache(whole) as redis:
        await redis.ping()
        await whole.faults.break_("cache-hangs")
        with pytest.raises(RedisError):
            await redis.ping()
    url = whole.environment["AIOPS_DATABASE_URL"]
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await whole.faults.break_("database-hangs")
        question = asyncio.ensure_future(connection.execute("SELECT 1"))
        await asyncio.sleep(0.1)
        assert not question.done()
        await whole.faults.heal("database-hangs")
        assert await (await question).fetchone() == (1,)


async def test_one_server_has_one_outage_at_a_time(whole: AiOps) -> None:
    await whole.faults.break_("cache-down")
    await whole.faults.break_("cache-hangs")
    assert [fault.name for fault in await whole.faults.panel() if fault.broken] == ["cache-hangs"]
    await whole.faults.heal("cache-down")
    assert [fault.name for fault in await whole.faults.panel() if fault.broken] == ["cache-hangs"]


async def test_the_api_says_what_is_away_behind_it(whole: AiOps) -> None:
    async with api(whole) as http:
        await whole.faults.break_("cache-down")
        assert (await http.get("/api/v1/health")).json()["redis"] == "disconnected"
        answer = await http.get("/api/v1/metrics/summary", params={"tenant_id": ABC})
        assert (answer.status_code, answer.json()["total_agents"]) == (200, 10)
        assert "X-Cache" not in answer.headers
        await whole.faults.break_("database-down")
        health = await http.get("/api/v1/health")
        assert (health.status_code, health.json()["database"]) == (503, "disconnected")
        assert (await http.get("/api/v1/agents", params={"tenant_id": ABC})).status_code == 503
        await whole.faults.break_("database-hangs")
        assert (await http.get("/api/v1/agents", params={"tenant_id": ABC})).status_code in {503, 504}


async def test_every_fault_is_tested_and_says_how_to_find_it(whole: AiOps) -> None:
    shown = await whole.faults.panel()
    assert [fault.name for fault in shown] == [*FAULTS, *OUTAGES]
    assert all(fault.hint.startswith("/diagnose ") and fault.title for fault in shown)
    with pytest.raises(KeyError):
        await whole.faults.set("no-such-fault", broken=True)


async def test_the_dashboard_is_cached_for_30_seconds(whole: AiOps) -> None:
    async with api(whole) as http, cache(whole, "AIOPS_CACHE_WRITER_URL") as redis:
        await redis.unlink(DASHBOARD)
        answers = [await http.get("/api/v1/metrics/summary", params={"tenant_id": ABC}) for _ in range(2)]
        assert [answer.headers["X-Cache"] for answer in answers] == ["MISS", "HIT"]
        assert {answer.headers["Cache-Control"] for answer in answers} == {"max-age=30"}
        assert answers[0].json() == answers[1].json()
        assert 28 <= await redis.ttl(DASHBOARD) <= 30


async def test_clearing_the_cache_cures_an_old_entry_but_not_a_wrong_setting(whole: AiOps) -> None:
    for name, expected in {
        "never-expires": "agreed",
        "stale-after-change": "agreed",
        "ttl-misconfigured": "long",
    }.items():
        await whole.faults.break_(name)
        async with cache(whole, "AIOPS_CACHE_WRITER_URL") as redis:
            await redis.unlink(DASHBOARD)
        seen = await look(whole)
        assert (seen["ttl"], seen["cached agents"]) == (expected, 10)
        assert [fault.broken for fault in await whole.faults.panel() if fault.name == name] == [expected == "long"]
        await whole.faults.heal(name)


async def test_a_role_that_the_writer_gives_back_cures_the_fault(whole: AiOps) -> None:
    await whole.faults.break_("wrong-role")
    async with await psycopg.AsyncConnection.connect(whole.environment["AIOPS_DATABASE_WRITER_URL"]) as connection:
        changed = await connection.execute(
            "UPDATE user_tenant_roles SET role = 'developer' WHERE user_id = %s AND tenant_id = %s", [VERA.id, ABC]
        )
        assert changed.rowcount == 1
    assert await look(whole) == HEALTHY
    assert not any(fault.broken for fault in await whole.faults.panel())


@pytest.mark.parametrize(
    ("role", "statuses"),
    {
        "super_admin": (200, 200, 200),
        "tenant_admin": (200, 200, 200),
        "operator": (200, 403, 403),
        "developer": (200, 200, 403),
        "viewer": (200, 403, 403),
        None: (403, 403, 403),
    }.items(),
)
async def test_the_permission_matrix_holds(whole: AiOps, role: str | None, statuses: tuple[int, ...]) -> None:
    token = whole.access.issue(VERA.id)
    await whole.world.change("DELETE FROM user_tenant_roles WHERE user_id = %s", VERA.id)
    if role:
        await whole.world.change(
            "INSERT INTO user_tenant_roles (user_id, tenant_id, role) VALUES (%s, %s, %s)", VERA.id, ABC, role
        )
    path = f"/api/v1/agents/{AGENT}?tenant_id={ABC}"
    async with api(whole, token) as user, api(whole) as service:
        view = await user.get(path)
        edit = await user.put(path, json={"name": "Updated"}, headers={"X-Dry-Run": "true"})
        delete = await user.delete(f"{path}&dry_run=true")
        assert (view.status_code, edit.status_code, delete.status_code) == statuses
        rehearsed = await service.put(f"{path}&dry_run=true&user={VERA.email.upper()}", json={"name": "Updated"})
        assert rehearsed.status_code == statuses[1]
    [[name]] = await rows(whole, "SELECT name FROM agents WHERE id = %s", AGENT)
    assert name == agents(ABC)[0].name, "a rehearsal changes nothing"


async def test_real_changes_are_for_users_alone(whole: AiOps) -> None:
    token = whole.access.issue(make_id("user", "tom@example.com"))
    async with api(whole, token) as tom, api(whole) as service:
        path = f"/api/v1/agents/{AGENT}?tenant_id={ABC}"
        assert (await service.put(f"{path}&user={VERA.email}", json={"name": "No"})).status_code == 403
        assert (await tom.put(path, json={"name": "Renamed"})).json()["agent"]["name"] == "Renamed"
        assert (await tom.get(path)).json()["agent"]["name"] == "Renamed"
        await tom.put(path, json={"name": agents(ABC)[0].name})
        made = await tom.post(f"/api/v1/agents?tenant_id={ABC}", json={"name": "New"})
        assert made.status_code == 201
        new = made.json()["agent"]["id"]
        assert (await tom.delete(f"/api/v1/agents/{new}?tenant_id={ABC}")).status_code == 200
        assert (await tom.get(f"/api/v1/agents/{new}?tenant_id={ABC}")).status_code == 404
    assert await look(whole) == HEALTHY


async def test_what_the_api_refuses(whole: AiOps) -> None:
    async with api(whole) as http, api(whole, "made-up") as stranger:
        assert (await stranger.get("/api/v1/agents", params={"tenant_id": ABC})).status_code == 401
        del stranger.headers["Authorization"]
        assert (await stranger.get("/api/v1/agents", params={"tenant_id": ABC})).status_code == 401
        assert (await http.get("/api/v1/agents")).json() == {"detail": "Tenant ID missing"}
        assert (await http.get(f"/api/v1/users/me/role?tenant_id={ABC}")).status_code == 400
        assert (await http.get(f"/api/v1/users/me/role?tenant_id={ABC}&user=nobody@example.com")).status_code == 404
        assert (await http.get(f"/api/v1/agents?tenant_id={ABC}&limit=0")).status_code == 422
        assert (await http.get(f"/api/v1/agents/x?tenant_id={ABC}")).status_code == 422
        assert (await http.get(f"/api/v1/executions?tenant_id={ABC}&date_from=soon")).status_code == 422
        edit = await http.put(f"/api/v1/agents/{AGENT}?tenant_id={ABC}&dry_run=1&user={VERA.email}", content="{")
        assert edit.status_code == 422
        # A tenant that does not exist is answered with 200 and nothing, as the real one does.
        assert (await http.get("/api/v1/agents?tenant_id=tenant-abcd")).json()["agents"] == []


async def test_lists_are_paged_and_filtered(whole: AiOps) -> None:
    async with api(whole) as http:
        pages = [(await http.get(f"/api/v1/agents?tenant_id={XYZ}&page={page}")).json() for page in (1, 2)]
        assert [(len(page["agents"]), page["total"]) for page in pages] == [(20, 26), (6, 26)]
        inactive = (await http.get(f"/api/v1/agents?tenant_id={ABC}&status=inactive")).json()["agents"]
        assert len(inactive) == 2
        assert (await http.get(f"/api/v1/agents?tenant_id={NEW}")).json()["agents"] == []
        runs = (await http.get(f"/api/v1/executions?tenant_id={ABC}&status=failed&limit=100")).json()["executions"]
        assert len(runs) == 2
        assert {run["status"] for run in runs} == {"failed"}
        of_agent = await http.get(f"/api/v1/executions?tenant_id={ABC}&agent_id={AGENT}")
        assert {run["agent_id"] for run in of_agent.json()["executions"]} == {str(AGENT)}
        later = await http.get(
            f"/api/v1/executions?tenant_id={ABC}&date_from={runs[0]['created_at'].replace('+', '%2B')}"
        )
        assert len(later.json()["executions"]) == 14


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
    async with asyncio.timeout(10):
        while await platform.world.cache.exists(*expected) < len(expected):  # noqa: ASYNC110 - another server's state
            await asyncio.sleep(0.02)
