"""What stands behind the product's API: its look at the database, and the dashboard's numbers that it caches."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from sandbox.zenamanage.folder import Folder
from sandbox.zenamanage.log import Log
from sandbox.zenamanage.measured import Measured
from sandbox.zenamanage.queues import Workforce
from sandbox.zenamanage.sessions import DatabaseProblem, Kind, Row, Session, open_session

_SCAN_SECONDS = 0.55  # what a table without its index costs, at the size that it has at real customers
_WAY_SECONDS = 0.012  # from one statement to the next, when there are many
_PAGE = 20
_KEPT = 4
INDEXES = {"projects": "projects_tenant_id_status_index", "tasks": "tasks_tenant_id_status_index"}


def kpi_key(tenant: str) -> str:
    """Where the dashboard's numbers of a tenant are cached."""
    return f"kpi:{tenant}:dashboard"


@dataclass
class Behaviour:
    """What faults change in the running product; as it stands here, all is well."""

    kpi_seconds: int = 60
    keeps_kpi: bool = True
    """Whether the numbers are put into the cache …"""
    computes_slowly: bool = False
    """… and whether they are costly to compute."""
    cache_prefix: str = ""
    """Another prefix of the keys, so that nothing is found where it should be."""
    looks_astray: bool = False
    """Looks into the cache for what was never put there."""
    remembered: dict[str, Row] = field(default_factory=dict)
    """Numbers that a process of the product keeps in its own memory."""
    loads_eagerly: bool = True
    """False: one statement for each project."""
    delays: dict[str, float] = field(default_factory=dict)
    """Seconds that an endpoint spends with something else than the database."""
    failing: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Endpoints that fail: the exception and its message."""
    hides_rows_of: set[str] = field(default_factory=set)
    shows_all_of: set[str] = field(default_factory=set)
    """Tables of which rows of every tenant are shown."""
    health_says: str = ""
    """What the health endpoints answer whatever is true: `up`, `down`, or nothing such."""
    metrics: str = "measured"  # or `constant`, `missing`
    socket_health: str = "measured"  # or `missing`
    is_in_maintenance: bool = False
    php_runs: bool = True
    isolation_holds: bool = True
    integrity_holds: bool = True
    other_promises_hold: bool = True
    """Promises that nobody can judge from outside."""
    login_status: int = 204


@dataclass
class Product:
    """The product as its processes see it: through the gates, with accounts of its own."""

    database_url: str
    cache_url: str
    clock: Callable[[], datetime]
    folder: Folder
    log: Log
    behaviour: Behaviour = field(default_factory=Behaviour)
    caching: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while something is computed and put into the cache, so that nobody writes in between."""

    def __post_init__(self) -> None:
        """Connects to nothing yet."""
        self.kind = Kind.of(self.database_url)
        # Once more, since the first try may find a connection that broke off unnoticed.
        self.cache = Redis.from_url(
            self.cache_url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), retries=1)
        )
        self.measured = Measured(self.clock)
        self.mails: list[str] = []
        """To whom a link for a new password was sent."""
        self.workforce = Workforce(self.cache, self.database_url, self.log, self.clock)
        self._idle: list[Session] = []

    async def close(self) -> None:
        """Hangs up on database and cache."""
        while self._idle:
            self._idle.pop().hang_up()
        await self.cache.aclose()

    @contextlib.asynccontextmanager
    async def connect(self) -> AsyncIterator[Session]:
        """The database, as the product; a few connections are kept for the next request."""
        made = await self._usable() or await open_session(self.database_url)
        try:
            yield made
        except BaseException:
            made.hang_up()
            raise
        if Kind.of(self.database_url) is Kind.POSTGRESQL:
            # It tells of its statistics once in a second only; MariaDB counts at once.
            await made.rows("SELECT pg_stat_force_next_flush()")
        if len(self._idle) < _KEPT:
            self._idle.append(made)
        else:
            made.hang_up()

    async def _usable(self) -> Session | None:
        """A connection that was kept and is still good."""
        while self._idle:
            kept = self._idle.pop()
            try:
                await kept.rows("SELECT 1")
            except BaseException as problem:
                kept.hang_up()
                if not isinstance(problem, DatabaseProblem):
                    raise
            else:
                return kept
        return None

    async def dashboard(self, tenant: str) -> Row:
        """The dashboard of a tenant: its numbers, at most a minute old, and its newest projects with their tasks."""
        async with self.connect() as database:
            numbers = await self._numbers(database, tenant)
            await self._newest(database, tenant)
        return numbers

    async def projects(self, tenant: str, page: int) -> tuple[list[Row], int]:
        """One page of the tenant's projects, and how many there are."""
        return await self._page("projects", tenant, page)

    async def tasks(self, tenant: str, page: int) -> tuple[list[Row], int]:
        """One page of the tenant's tasks, and how many there are."""
        return await self._page("tasks", tenant, page)

    async def health(self) -> dict[str, str]:
        """Whether database and cache answer; a literal says so anyhow."""
        if said := self.behaviour.health_says:
            return dict.fromkeys(("database", "cache"), "connected" if said == "up" else "disconnected")
        parts = dict.fromkeys(("database", "cache"), "disconnected")
        with contextlib.suppress(*DatabaseProblem):
            async with self.connect() as database:
                await database.rows("SELECT 1")
            parts["database"] = "connected"
        with contextlib.suppress(RedisError):
            await self.cache.ping()
            parts["cache"] = "connected"
        return parts

    @contextlib.asynccontextmanager
    async def forgetting(self, tenant: str) -> AsyncIterator[None]:
        """Lets nobody cache the tenant's numbers during the block; at its end they are not cached."""
        async with self.caching:
            yield
            await self.cache.delete(kpi_key(tenant))

    async def compute(self, database: Session, tenant: str) -> Row:
        """The dashboard's numbers, fresh from the database."""
        cost = f", {self.kind.sleep(_SCAN_SECONDS)} AS waited" if self.behaviour.computes_slowly else ""
        [row] = await database.rows(
            "SELECT (SELECT count(*) FROM projects WHERE tenant_id = %s) AS projects,"
            f" (SELECT count(*) FROM tasks WHERE tenant_id = %s AND status <> 'done') AS open_tasks{cost}",
            tenant, tenant,
        )  # fmt: skip
        return {
            "tenant_id": tenant, "projects": row["projects"], "open_tasks": row["open_tasks"],
            "generated_at": f"{self.clock():%Y-%m-%dT%H:%M:%SZ}",
        }  # fmt: skip

    async def _numbers(self, database: Session, tenant: str) -> Row:
        behaviour = self.behaviour
        if tenant in behaviour.remembered:
            return behaviour.remembered[tenant]
        if self.folder.settings["CACHE_DRIVER"] != "redis":
            return await self.compute(database, tenant)
        key = f"{behaviour.cache_prefix}{kpi_key(tenant)}"
        async with self.caching:
            try:
                cached = await self.cache.get(key)
            except RedisError:
                return await self.compute(database, tenant)
            if cached is not None:
                self.measured.hits += 1
                found: Row = json.loads(cached)
                return found
            self.measured.misses += 1
            numbers = await self.compute(database, tenant)
            if behaviour.keeps_kpi:
                with contextlib.suppress(RedisError):
                    await self.cache.set(key, json.dumps(numbers), ex=behaviour.kpi_seconds)
            return numbers

    async def _newest(self, database: Session, tenant: str) -> None:
        await self._scan(database, "projects")
        found = await database.rows(
            "SELECT id, name FROM projects WHERE tenant_id = %s AND status = 'active'", tenant
        )  # fmt: skip
        if not found:
            return
        if self.behaviour.loads_eagerly:
            places = ", ".join(["%s"] * len(found))
            await database.rows(
                f"SELECT project_id, count(*) AS tasks FROM tasks WHERE project_id IN ({places}) GROUP BY project_id",
                *(row["id"] for row in found),
            )
            return
        await self._load_one_by_one(database, found, "tasks")

    async def _load_one_by_one(self, database: Session, projects: list[Row], *tables: str) -> None:
        for row in projects:
            for table in tables:
                await database.rows(f"SELECT count(*) AS loaded FROM {table} WHERE project_id = %s", row["id"])
                await asyncio.sleep(_WAY_SECONDS)

    async def _page(self, table: str, tenant: str, page: int) -> tuple[list[Row], int]:
        if tenant in self.behaviour.hides_rows_of:
            return [], 0
        shows_all = table in self.behaviour.shows_all_of
        whose = "%s = %s" if shows_all else "tenant_id = %s"
        values = (tenant, tenant) if shows_all else (tenant,)
        async with self.connect() as database:
            await self._scan(database, table)
            [row] = await database.rows(f"SELECT count(*) AS total FROM {table} WHERE {whose}", *values)
            order = "tenant_id DESC, created_at" if shows_all else "created_at"
            found = await database.rows(
                f"SELECT * FROM {table} WHERE {whose} ORDER BY {order}, id LIMIT {_PAGE} OFFSET {_PAGE * (page - 1)}",
                *values,
            )
            if table == "projects" and not self.behaviour.loads_eagerly:
                await self._load_one_by_one(database, found, "tasks", "project_members")
        return found, row["total"]

    async def _scan(self, database: Session, table: str) -> None:
        """Takes as long as a whole table does at a real customer, when its index is missing or not used."""
        if not await has_index(database, self.kind, table):
            await database.rows(
                f"SELECT (SELECT count(*) FROM {table}) AS scanned, {self.kind.sleep(_SCAN_SECONDS)} AS waited"
            )


async def has_index(database: Session, kind: Kind, table: str, *, also_unused: bool = False) -> bool:
    """Whether the table's index on tenant and status is there and used; with `also_unused`, whether it is there."""
    sql = {
        Kind.MARIADB: "SELECT 1 FROM information_schema.statistics WHERE table_schema = DATABASE()"
        " AND index_name = %s AND seq_in_index = 1" + ("" if also_unused else " AND ignored = 'NO'"),
        Kind.POSTGRESQL: "SELECT 1 FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname = %s"
        + ("" if also_unused else " AND indisvalid"),
    }[kind]
    return bool(await database.rows(sql, INDEXES[table]))


def as_json(value: Any) -> str:
    """JSON with moments in ISO 8601."""
    return json.dumps(value, default=lambda at: f"{at.isoformat()}Z")
