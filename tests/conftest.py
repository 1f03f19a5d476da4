"""Servers for the whole suite: an embedded PostgreSQL and Valkey, a MariaDB, and a fresh database for who asks."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings

from bot import logs
from bot.embedded import PostgresServer, ValkeyServer, postgres, valkey
from bot.store import migrate
from bot.store.provisioning import RUNNING, Addresses, provision
from sandbox.aiops import AiOps
from sandbox.mariadb import MariadbServer, find_mariadb, mariadb
from sandbox.stage import system_to_break
from sandbox.zenamanage.standin import ZenaManage, zenamanage

# Machines may be busy, so nothing is told by how long an example takes. What CI tries is the same each time: whoever
# changes something else is not stopped by an example that chance found.
settings.register_profile("exploring", deadline=None)
settings.register_profile("repeating", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("repeating" if os.environ.get("CI") else "exploring")

# What a test server may leave out: it keeps nothing that has to survive a crash of the machine.
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


@pytest.fixture(scope="session", autouse=True)
def _plain_logs() -> None:
    """What is logged is short, as it is for people who run the demo."""
    logs.for_people()


@pytest.fixture(autouse=True)
def _plain_logs_again() -> Iterator[None]:
    """A command that was tried logs to a stream that is closed behind it."""
    yield
    logs.for_people()


@pytest.fixture(scope="session", autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keys and checkpoints are kept where the suite's other files are, not in somebody's home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
async def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PostgresServer]:
    """The suite's PostgreSQL."""
    async with postgres(tmp_path_factory.mktemp("postgres"), settings=_FAST) as server:
        yield server


@pytest.fixture(scope="session")
async def valkey_server() -> AsyncIterator[ValkeyServer]:
    """The suite's Valkey."""
    async with valkey(None) as server:
        yield server


@pytest.fixture(scope="session")
async def mariadb_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MariadbServer]:
    """The suite's MariaDB."""
    if find_mariadb() is None:
        pytest.skip("MariaDB is not installed here; on Debian: apt-get install mariadb-server")
    async with mariadb(tmp_path_factory.mktemp("mariadb")) as server:
        yield server


class Databases:
    """Makes migrated databases of the bot, quickly: copies of one that was migrated once."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._passwords = (secrets.token_hex(12), secrets.token_hex(12))
        self._made = 0

    async def prepare(self) -> None:
        """Migrates the pattern."""
        addresses = await asyncio.to_thread(provision, self._server.url(), self._passwords, "pattern")
        await asyncio.to_thread(migrate, addresses.owner, RUNNING)

    async def make(self) -> Addresses:
        """A fresh database."""
        self._made += 1
        name = f"bot_{self._made}"
        async with await psycopg.AsyncConnection.connect(self._server.url(), autocommit=True) as connection:
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE pattern")
            await connection.execute(f"GRANT CONNECT ON DATABASE {name} TO {RUNNING}")
        return Addresses(
            self._server.url(name, user="backstop_owner", password=self._passwords[0]),
            self._server.url(name, user=RUNNING, password=self._passwords[1]),
        )

    @property
    def server(self) -> str:
        """The superuser's address of the server itself, whatever becomes of a database made here."""
        return self._server.url()

    def superuser(self, addresses: Addresses) -> str:
        """The superuser's address of a database made here."""
        return self._server.url(Path(addresses.owner).name)


@pytest.fixture(scope="session")
async def databases(postgres_server: PostgresServer) -> Databases:
    """Makes fresh databases of the bot."""
    made = Databases(postgres_server)
    await made.prepare()
    return made


@pytest.fixture(scope="session")
async def system(postgres_server: PostgresServer, valkey_server: ValkeyServer) -> AsyncIterator[AiOps]:
    """The AI-agents platform, used by nobody but the test; one for the whole suite, for it owns its servers' data."""
    async with system_to_break(postgres_server, valkey_server, traffic_seconds=None) as running:
        yield running


@pytest.fixture(scope="session")
async def zena(mariadb_server: MariadbServer) -> AsyncIterator[ZenaManage]:
    """ZenaManage on MariaDB with a Valkey of its own, used by nobody but the test; one for the whole suite."""
    async with (
        valkey(None) as cache,
        zenamanage(mariadb_server, cache, traffic_seconds=None, work_seconds=0.1) as running,
    ):
        yield running


@pytest.fixture
async def addresses(databases: Databases) -> Addresses:
    """A fresh database of the bot."""
    return await databases.make()
