"""What a support engineer could see of tenant-abc and of Vera, all of it through the gates."""

import contextlib
from collections.abc import AsyncIterator
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
    "browser": "max-age=30",
    "cached agents": 10,
    "api agents": 10,
    "legacy agents": 10,
    "database": 10,
    "seen by tenant": 10,
    "vera": {ABC: "developer"},
    "vera by api": "developer",
    "vera edits": 200,
    "executions": 20,
    "newest run": True,
    "orphans": 0,
    "queued": 0,
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

        async def get(path: str, **query: str) -> Any:
            return (await http.get(path, params={"tenant_id": ABC, **query})).json()

        dashboard = await http.get("/api/v1/metrics/summary", params={"tenant_id": ABC})
        await get("/api/v1/metrics/agents")
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
            "browser": dashboard.headers["Cache-Control"],
            "cached agents": dashboard.json()["total_agents"],
            "api agents": len((await get("/api/v1/agents"))["agents"]),
            "legacy agents": (await get("/admin-legacy/api/agents/count"))["count"],
            "database": stored,
            "seen by tenant": await count_seen_by(platform, ABC),
            "vera": dict(await ask("SELECT tenant_id, role FROM user_tenant_roles WHERE user_id = %s", VERA.id)),
            "vera by api": (await get("/api/v1/users/me/role", user_id=str(VERA.id)))["role"],
            "vera edits": edit.status_code,
            "executions": len(runs),
            "newest run": str(make_id(ABC, "execution", 0)) in [run["id"] for run in runs],
            "orphans": orphans,
            "queued": queued,
            "failed of ten": sum(run["status"] == "failed" for run in runs[:10]),
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


def _name_ttl(seconds: int, agreed: int) -> str:
    if seconds < 0:
        return {-1: "none", -2: "no entry"}[seconds]
    return "agreed" if seconds <= agreed else "long" if seconds <= 300 else "very long"
