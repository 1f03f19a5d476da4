"""A trail, a folder for its keys and checkpoints, and somebody who may do anything to the database."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from bot.audit import AuditTrail, Exporter, Folder, Notary
from bot.model.audit import Event
from bot.model.people import Person
from bot.model.values import Json
from bot.settings import Settings
from bot.store import Store
from bot.store.provisioning import Addresses
from bot.wiring import Built, build, make_store
from sandbox.aiops import AiOps
from tests.bot.test_path import People
from tests.databases import Databases

SAM = Person(id="Usam", name="Sam", email="sam@example.com")
OLGA = Person(id="Uolga", name="Olga", email="olga@example.com")
ADA = Person(id="Uada", name="Ada", email="ada@example.com")


class Watch:
    """A clock that a test can put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Office:
    """A trail, and everything that is done with it."""

    def __init__(self, store: Store, path: Path, superuser: str) -> None:
        self.store, self.path, self.superuser, self.watch = store, path, superuser, Watch()
        self.folder = Folder(path)
        self.trail = AuditTrail(store, path)
        self.notary = Notary(store, self.folder, self.watch)
        self.exporter = Exporter(store, self.folder, self.notary, self.watch)

    async def write(self, *tenants: str, person: Person = SAM, **more: Json) -> None:
        """Writes one event for each tenant."""
        async with self.store.work() as work:
            for tenant in tenants:
                given = {"verb": "diagnosis.finished", "person": person, "at": self.watch(), "system": "aiops",
                         "tenant": tenant, "says": f"Looked at {tenant}", **more}  # fmt: skip
                work.record(Event.model_validate(given))

    async def tamper(self, *statements: str) -> None:
        """Changes the trail as a superuser, with every trigger switched off."""
        async with await psycopg.AsyncConnection.connect(self.superuser) as connection:
            await connection.execute("SET session_replication_role = replica")
            await connection.execute("ALTER TABLE audit_events DISABLE TRIGGER ALL")
            await connection.execute("ALTER TABLE audit_head DISABLE TRIGGER ALL")
            for statement in statements:
                await connection.execute(statement.encode())

    async def fill(self, statement: LiteralString, *given: int) -> None:
        """Writes many events at once, as a superuser."""
        async with await psycopg.AsyncConnection.connect(self.superuser) as connection:
            await connection.execute(statement, given)

    async def change(self, statement: str) -> None:
        """Does something as a superuser."""
        async with await psycopg.AsyncConnection.connect(self.superuser) as connection:
            await connection.execute(statement.encode())


@pytest.fixture
async def office(addresses: Addresses, databases: Databases, tmp_path: Path) -> AsyncIterator[Office]:
    """An empty trail."""
    store = Store(addresses.running)
    yield Office(store, tmp_path / "audit", databases.superuser(addresses))
    await store.close()


@pytest.fixture
async def built(addresses: Addresses, system: AiOps, office: Office, tmp_path: Path) -> AsyncIterator[Built]:
    """A bot without Slack on the same database, with the clock of the office."""
    settings = Settings(_env_file=None, state=tmp_path)
    made = build(settings, make_store(addresses.running), People(), environment=system.environment, clock=office.watch)
    await made.presence.hold()
    yield made
    await made.presence.release()
    await made.bot.stop()
    await system.faults.heal_all()
