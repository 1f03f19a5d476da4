"""What the faults of the platform work on: its servers without the gates, its gates, and its service."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import DictRow
from redis.asyncio import Redis

from sandbox.aiops.service import Behaviour, Service, dashboard_key, read_dashboard
from sandbox.gate import Gate

_COMPUTED = ("metrics:*", "llm-costs:*")


@dataclass(frozen=True)
class World:
    """The platform as its maker sees it: as superuser, past every gate."""

    database: AsyncConnection[DictRow]
    cache: Redis
    service: Service
    gates: Mapping[str, Gate]
    clock: Callable[[], datetime]
    seeded_at: datetime
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @contextlib.asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection[DictRow]]:
        """The database as superuser, all rows of all tenants; for one at a time."""
        async with self._turn:
            yield self.database

    async def ask(self, sql: str, *values: object) -> Any:
        """The first column of the first row, None without a row."""
        async with self.connect() as connection:
            cursor = await connection.execute(sql, values)
            row = await cursor.fetchone()
            return None if row is None else next(iter(row.values()))

    async def change(self, sql: str, *values: object) -> None:
        """Carry out one statement."""
        async with self.connect() as connection:
            await connection.execute(sql, values)

    async def forget_computed(self) -> None:
        """Let everything be computed anew that the service remembers: its cached metrics, and the older UI's counts."""
        async with self.service.remembering:
            computed = [key for pattern in _COMPUTED async for key in self.cache.scan_iter(pattern)]
            if computed:
                await self.cache.delete(*computed)
            behaviour = self.service.behaviour
            if behaviour.legacy_seconds == Behaviour.legacy_seconds:  # else it remembers on purpose
                behaviour.remembered_counts.clear()

    async def dashboard(self, tenant: str) -> dict[str, Any]:
        """The dashboard's numbers as they are in the database."""
        async with self.connect() as connection:
            return await read_dashboard(connection, tenant, self.clock())

    async def cached_dashboard(self, tenant: str) -> tuple[dict[str, Any] | None, int]:
        """The dashboard's numbers as they are in the cache, and their TTL in seconds (-1: none, -2: no entry)."""
        value, seconds = await self.cache.get(dashboard_key(tenant)), await self.cache.ttl(dashboard_key(tenant))
        return (None if value is None else json.loads(value)), seconds
