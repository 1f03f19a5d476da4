"""What a support engineer could see of tenant-abc and of Vera, all of it through the gates."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from sandbox.aiops import AiOps
from sandbox.aiops.seed import ABC, VERA, agents, make_id

DASHBOARD = f"metrics:dashboard:{ABC}"
AGENT = agents(ABC)[0].id
HEALTHY: dict[str, Any] = {
    "ttl": "agreed",
    "agents' ttl": "agreed",
    "config's ttl": "agreed",
    "browser": "max-age=30",
    "cached agents": 10,
    "api agents": 10,
    "legacy agents": 10,
    "database": 10,
    "seen by tenant": 10,
    "runs seen by tenant": 40,
    "context": ["", ABC],
    "default of the app": None,
    "vera": {ABC: "developer"},
    "vera by api": "developer",
    "vera edits": 200,
    "executions": 20,
    "newest run": True,
    "orphans": 0,
    "queued": 0,
    "worked on": True,
    "costs": 200,
    "errors logged": 1,
    "failed of ten": 0,
    "health": (200, "connected", "connected"),
}


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

        async def ask_one(sql: str) -> Any:
            found = await ask(sql)
            return found[0][0] if found else None

        async def get(path: str, **query: str) -> Any:
            answer = await http.get(path, params={"tenant_id": ABC, **query})
            return answer.json() if answer.status_code == 200 else defaultdict(lambda: [answer.status_code])

        dashboard = await http.get("/api/v1/metrics/summary", params={"tenant_id": ABC})
        await get("/api/v1/metrics/agents")
        await get("/api/v1/agents")  # reads the settings of the tenant, which are cached by that
        costs = await http.get("/api/v1/metrics/costs", params={"tenant_id": ABC})
        edit = await http.put(f"/api/v1/agents/{AGENT}?tenant_id={ABC}&user_id={VERA.id}&dry_run=true", json={})
        health = await http.get("/api/v1/health")
        runs = (await get("/api/v1/executions"))["executions"]
        [[orphans]] = await ask(
            "SELECT count(*) FROM agents a LEFT JOIN tenant_configs tc ON a.tenant_id = tc.tenant_id"
            " WHERE tc.tenant_id IS NULL"
        )
        [[stored]] = await ask("SELECT count(*) FROM agents WHERE tenant_id = %s", ABC)
        [[queued]] = await ask("SELECT count(*) FROM agent_executions WHERE status = 'queued'")
        return {
            "ttl": _name_ttl(await redis.ttl(DASHBOARD), 30),
            "agents' ttl": _name_ttl(await redis.ttl(f"metrics:agents:{ABC}"), 60),
            "config's ttl": _name_ttl(await redis.ttl(f"tenant-config:{ABC}"), 300),
            "browser": dashboard.headers.get("Cache-Control"),
            "cached agents": dashboard.json().get("total_agents"),
            "api agents": len((await get("/api/v1/agents"))["agents"]),
            "legacy agents": (await get("/admin-legacy/api/agents/count"))["count"],
            "database": stored,
            "seen by tenant": await count_seen_by(platform, ABC),
            "runs seen by tenant": await count_seen_by(platform, ABC, "agent_executions"),
            "context": await contexts(platform),
            "default of the app": await ask_one(
                "SELECT setconfig[1] FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole"
                " WHERE rolname = 'aiagents_app'"
            ),
            "vera": dict(await ask("SELECT tenant_id, role FROM user_tenant_roles WHERE user_id = %s", VERA.id)),
            "vera by api": (await get("/api/v1/users/me/role", user_id=str(VERA.id)))["role"],
            "vera edits": edit.status_code,
            "executions": len(runs),
            "newest run": str(make_id(ABC, "execution", 0)) in [run["id"] for run in runs if isinstance(run, dict)],
            "orphans": orphans,
            "queued": queued,
            "worked on": platform.world.service.behaviour.works,
            "costs": costs.status_code,
            "errors logged": await errors_logged(platform),
            "failed of ten": sum(run["status"] == "failed" for run in runs[:10] if isinstance(run, dict)),
            "health": (health.status_code, health.json()["database"], health.json()["redis"]),
        }


async def count_seen_by(platform: AiOps, tenant: str | None, table: str = "agents") -> int | str:
    """How many rows row-level security shows."""
    url = platform.environment["AIOPS_DATABASE_TENANT_URL"]
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        if tenant is not None:
            try:
                await connection.execute("SELECT set_tenant_context(%s)", [tenant])
            except psycopg.errors.UndefinedFunction:
                return "no function"
        row = await (await connection.execute(f"SELECT count(*) FROM {table}".encode())).fetchone()  # noqa: S608 - a literal above
        assert row is not None
        count: int = row[0]
        return count


async def contexts(platform: AiOps) -> list[str | None]:
    """The tenant context of a new session, and after it was set."""
    url = platform.environment["AIOPS_DATABASE_TENANT_URL"]
    found: list[str | None] = []
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        for before in ("SELECT 1", f"SELECT set_tenant_context('{ABC}')"):
            try:
                await connection.execute(before.encode())
            except psycopg.errors.UndefinedFunction:
                return [*found, "no function"]
            cursor = await connection.execute("SELECT coalesce(current_setting('app.current_tenant_id', true), '')")
            found += [row[0] for row in await cursor.fetchall()]
    return found


async def errors_logged(platform: AiOps) -> int:
    """How many errors stand in the log for the last hour."""
    since = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S")
    text = await asyncio.to_thread(platform.world.service.log.path.read_text, "utf-8")
    return sum(line[:19] > since and line[24:29] == "ERROR" for line in text.splitlines() if line[:2] == "20")


def _name_ttl(seconds: int, agreed: int) -> str:
    if seconds < 0:
        return {-1: "none", -2: "no entry"}[seconds]
    return "agreed" if seconds <= agreed else "long" if seconds <= 300 else "very long"
