"""What stands behind the platform's API: the database as one tenant sees it, and what is remembered in Redis."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg import Error as DatabaseError
from psycopg.rows import DictRow, dict_row
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from bot.access.pool import Pool
from sandbox.aiops.log import ApiLog

_CONNECTIONS = 20
Row = dict[str, Any]


def dashboard_key(tenant: str) -> str:
    """Where the dashboard's numbers of a tenant are remembered."""
    return f"metrics:dashboard:{tenant}"


def agents_key(tenant: str) -> str:
    """Where the performance of a tenant's agents is remembered."""
    return f"metrics:agents:{tenant}"


def config_key(tenant: str) -> str:
    """Where the settings of a tenant are remembered."""
    return f"tenant-config:{tenant}"


@dataclass
class Behaviour:
    """What faults change in the running service; as it stands here, all is well."""

    sets_tenant_context: bool = True
    dashboard_seconds: int = 30
    browser_seconds: int = 30
    legacy_seconds: int = 300
    shows_only_status: str | None = None
    page_size: int = 20
    tells_total: bool = True
    hidden_agents: int = 0
    """So many agents at the end of a list are left out of it, and of its total."""
    hides_runs_of_seconds: int = 0
    """Runs that are younger are not listed, as if they were read from a copy that lags behind."""
    costs_fail: bool = False
    works: bool = True
    """Whether a worker takes queued executions …"""
    runs_fail: bool = False
    """… and whether they fail."""
    refused_roles: frozenset[str] = frozenset()
    """Roles that the API refuses to let edit, whatever the permission matrix says."""
    remembered_roles: dict[tuple[UUID, str], str] = field(default_factory=dict)
    remembered_counts: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    """What the older UI has counted, and when; it remembers for `legacy_seconds`."""
    remembered_dashboards: dict[str, Row] = field(default_factory=dict)
    """Numbers that the API keeps in its own memory, and serves instead of those in Redis."""


class Service:
    """The platform's own look at its database (as `aiagents_app`, under row-level security) and its cache."""

    def __init__(self, database_url: str, cache_url: str, clock: Callable[[], datetime], log: ApiLog) -> None:
        self._database_url = database_url
        self._pool = Pool(_CONNECTIONS, self._open, _is_usable, AsyncConnection[DictRow].close)
        # Once more, since the first try may find a connection that broke off unnoticed.
        self.cache = Redis.from_url(
            cache_url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), retries=1)
        )
        self.clock, self.log = clock, log
        self.behaviour = Behaviour()
        self.remembering = asyncio.Lock()
        """Held while something is computed and put into the cache, so that nobody writes in between."""

    async def close(self) -> None:
        """Hang up on database and cache."""
        await self._pool.close()
        await self.cache.aclose()

    @contextlib.asynccontextmanager
    async def connect(self, tenant: str | None = None) -> AsyncIterator[AsyncConnection[DictRow]]:
        """The database, seen as `tenant` where one is given."""
        async with self._pool.lend() as connection:
            if tenant is not None and self.behaviour.sets_tenant_context:
                await connection.execute("SELECT set_tenant_context(%s)", [tenant])
            yield connection

    async def _open(self) -> AsyncConnection[DictRow]:
        return await AsyncConnection.connect(
            self._database_url, autocommit=True, row_factory=dict_row, connect_timeout=2
        )

    async def remember(self, key: str, seconds: int, compute: Callable[[], Awaitable[Row]]) -> tuple[Row, str | None]:
        """What is cached under `key`, else what `compute` says; and HIT, MISS, or None while there is no cache."""
        async with self.remembering:
            try:
                cached = await self.cache.get(key)
            except RedisError:
                return await compute(), None
            if cached is not None:
                return json.loads(cached), "HIT"
            value = await compute()
            with contextlib.suppress(RedisError):
                await self.cache.set(key, json.dumps(value), ex=seconds)
            return value, "MISS"

    async def dashboard(self, tenant: str) -> tuple[Row, str | None]:
        """The numbers of the dashboard, at most 30 seconds old."""
        if tenant in self.behaviour.remembered_dashboards:
            return self.behaviour.remembered_dashboards[tenant], None

        async def compute() -> Row:
            async with self.connect(tenant) as connection:
                return await read_dashboard(connection, tenant, self.clock())

        return await self.remember(dashboard_key(tenant), self.behaviour.dashboard_seconds, compute)

    async def agent_metrics(self, tenant: str) -> tuple[Row, str | None]:
        """How the tenant's agents perform, at most a minute old."""

        async def compute() -> Row:
            async with self.connect(tenant) as connection:
                cursor = await connection.execute(
                    "SELECT agent_id::text, count(*) AS executions, round(avg(duration_ms))::int AS average_ms"
                    " FROM agent_executions WHERE tenant_id = %s GROUP BY 1 ORDER BY 1",
                    [tenant],
                )
                return {"tenant_id": tenant, "agents": await cursor.fetchall()}

        return await self.remember(agents_key(tenant), 60, compute)

    async def costs(self, tenant: str) -> tuple[Row, str | None]:
        """What the tenant's agents cost today, at most an hour old."""
        day = self.clock().date().isoformat()
        if self.behaviour.costs_fail:
            raise LookupError(f"no price list for {day}")

        async def compute() -> Row:
            async with self.connect(tenant) as connection:
                cursor = await connection.execute(
                    "SELECT coalesce(sum(duration_ms), 0)::int AS ms FROM agent_executions WHERE tenant_id = %s",
                    [tenant],
                )
                row = await cursor.fetchone() or {"ms": 0}
                return {"tenant_id": tenant, "date": day, "euros": round(row["ms"] / 40_000, 2)}

        return await self.remember(f"llm-costs:{tenant}:{day}", 3600, compute)

    async def tenant_config(self, tenant: str) -> Row:
        """The tenant's settings, at most five minutes old; a secret is among them, as it is on real platforms."""

        async def compute() -> Row:
            async with self.connect() as connection:
                cursor = await connection.execute(
                    "SELECT tenant_id, name, plan, settings FROM tenant_configs WHERE tenant_id = %s", [tenant]
                )
                row = await cursor.fetchone()
                return {} if row is None else {**row, "webhook_secret": f"whsec_{tenant}_not_for_show"}

        value, _ = await self.remember(config_key(tenant), 300, compute)
        return value

    async def role(self, user: UUID, tenant: str) -> str | None:
        """The role of an active user for a tenant; None without one."""
        if (remembered := self.behaviour.remembered_roles.get((user, tenant))) is not None:
            return remembered
        async with self.connect() as connection:
            cursor = await connection.execute(
                "SELECT role FROM user_tenant_roles JOIN users ON users.id = user_id"
                " WHERE user_id = %s AND tenant_id = %s AND is_active",
                [user, tenant],
            )
            row = await cursor.fetchone()
            return None if row is None else row["role"]

    async def legacy_count(self, tenant: str) -> tuple[int, datetime]:
        """How many agents the older UI shows, and when it counted them."""
        counted = self.behaviour.remembered_counts.get(tenant)
        if counted is None or self.clock() - counted[1] > timedelta(seconds=self.behaviour.legacy_seconds):
            async with self.connect(tenant) as connection:
                cursor = await connection.execute("SELECT count(*) AS agents FROM agents")
                row = await cursor.fetchone() or {"agents": 0}
            counted = self.behaviour.remembered_counts[tenant] = (row["agents"], self.clock())
        return counted

    async def legacy_counts(self) -> list[tuple[str, int]]:
        """The name of every tenant, and how many agents the older UI shows of it."""
        async with self.connect() as connection:
            cursor = await connection.execute("SELECT tenant_id, name FROM tenant_configs ORDER BY name")
            tenants = await cursor.fetchall()
        return [(row["name"], (await self.legacy_count(row["tenant_id"]))[0]) for row in tenants]


async def _is_usable(connection: AsyncConnection[DictRow]) -> bool:
    """Whether one that lay idle still answers; it forgets for whom it was used."""
    try:
        await connection.execute("RESET app.current_tenant_id")
    except DatabaseError:
        return False
    return True


async def read_dashboard(connection: AsyncConnection[DictRow], tenant: str, now: datetime) -> Row:
    """The dashboard's numbers, fresh from the database."""
    cursor = await connection.execute(
        "SELECT (SELECT count(*) FROM agents WHERE tenant_id = %(tenant)s) AS total_agents,"
        " (SELECT count(*) FROM agents WHERE tenant_id = %(tenant)s AND status = 'active') AS active_agents,"
        " count(*) AS executions_24h, count(*) FILTER (WHERE status = 'failed') AS failed_24h,"
        " coalesce(avg((status = 'success')::int), 1)::float AS success_rate"
        " FROM agent_executions WHERE tenant_id = %(tenant)s AND created_at > %(now)s - interval '24 hours'",
        {"tenant": tenant, "now": now},
    )
    numbers = await cursor.fetchone() or {}
    return {"tenant_id": tenant, **numbers, "generated_at": now.isoformat()}
