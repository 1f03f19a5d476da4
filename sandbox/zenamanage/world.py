"""What the faults of the product work on: its servers without the gates, its gates, its processes and its folder."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from redis.asyncio import Redis

from sandbox.gate import Gate
from sandbox.zenamanage.database import DATABASE
from sandbox.zenamanage.decoys import fill
from sandbox.zenamanage.product import Product
from sandbox.zenamanage.queues import USUAL_TEAMS
from sandbox.zenamanage.sessions import Kind, Row, Session, open_session
from sandbox.zenamanage.sockets import SocketServer


@dataclass
class Load:
    """What the users ask of the product."""

    jobs_per_second: float = 0.5
    entry_bytes: int = 200


@dataclass(frozen=True)
class World:
    """The product as its maker sees it: as superuser, past every gate."""

    database: Session
    account_urls: tuple[str, ...]
    """The product's own account first, past every gate."""
    cache: Redis
    product: Product
    sockets: SocketServer
    gates: Mapping[str, Gate]
    clock: Callable[[], datetime]
    seeded_at: datetime
    load: Load = field(default_factory=Load)
    held: dict[str, list[Session]] = field(default_factory=dict)
    """Connections that a fault holds open, by its name."""
    tasks: dict[str, list[asyncio.Task[None]]] = field(default_factory=dict)
    """What a fault keeps running, by its name."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def kind(self) -> Kind:
        """Which database the product has here."""
        return self.product.kind

    async def rows(self, sql: str, *values: object) -> list[Row]:
        """The rows that a statement answers."""
        async with self._turn:
            return await self.database.rows(sql, *values)

    async def ask(self, sql: str, *values: object) -> Any:
        """The first column of the first row, None without a row."""
        found = await self.rows(sql, *values)
        return next(iter(found[0].values())) if found else None

    async def change(self, sql: str, *values: object) -> int:
        """How many rows one statement changed."""
        async with self._turn:
            return await self.database.change(sql, *values)

    async def insert(self, table: str, rows: list[Row]) -> None:
        """Puts rows into a table."""
        async with self._turn:
            await self.database.insert(table, rows)

    @contextlib.asynccontextmanager
    async def unchecked(self) -> AsyncIterator[None]:
        """A block in which the database does not look at foreign keys."""
        off, on = {
            Kind.MARIADB: ("SET foreign_key_checks = 0", "SET foreign_key_checks = 1"),
            Kind.POSTGRESQL: ("SET session_replication_role = replica", "SET session_replication_role = origin"),
        }[self.kind]
        await self.change(off)
        try:
            yield
        finally:
            await self.change(on)

    async def hold(self, name: str, connections: int, *, url: str = "") -> list[Session]:
        """Opens connections that stay open until they are dropped by `name`; by default the product's own."""
        made = self.held.setdefault(name, [])
        for _ in range(connections):
            made.append(await open_session(url or self.account_urls[0]))
        return made[-connections:]

    async def drop(self, name: str) -> None:
        """Ends what a fault holds open and keeps running."""
        tasks = self.tasks.pop(name, [])
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        kill = {Kind.MARIADB: "KILL {}", Kind.POSTGRESQL: "SELECT pg_terminate_backend({})"}[self.kind]
        for session in self.held.pop(name, []):
            # Hanging up alone does not end what the server is doing for it.
            with contextlib.suppress(Exception):
                await (self.change if self.kind is Kind.MARIADB else self.rows)(kill.format(session.id))
            session.hang_up()

    async def allow_connections(self, most: int | None) -> None:
        """How many connections to the database there may be; None: as many as usual."""
        if self.kind is Kind.MARIADB:
            await self.change(f"SET GLOBAL max_connections = {151 if most is None else most}")
        else:
            await self.change(f"ALTER DATABASE {DATABASE} CONNECTION LIMIT {-1 if most is None else most}")

    async def end_connections(self, *names: str) -> None:
        """Ends those that these faults hold, as when their program ends; there may be as many as usual again."""
        for name in [one for one in names if one in self.held]:
            await self.drop(name)
            await self.allow_connections(None)

    async def settle(self) -> None:
        """What is always there is there again, and what was measured of a fault is forgotten."""
        self.product.measured.begin()
        if self.kind is Kind.MARIADB:
            await self.change("TRUNCATE TABLE performance_schema.events_statements_summary_by_digest")
        await self.product.log.begin()
        await fill(self.cache, self.seeded_at)

    async def hire_the_usual(self) -> None:
        """Starts the workers that are usually there."""
        await self.product.workforce.hire(*USUAL_TEAMS, forgotten_by=self.cache)
