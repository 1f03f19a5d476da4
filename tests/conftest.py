"""Servers for the whole suite: an embedded PostgreSQL and Valkey, a MariaDB, and a fresh database for who asks."""

import asyncio
import functools
import gc
import os
import signal
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import uvloop
from hypothesis import settings

from bot import logs
from bot.embedded import PostgresServer, ValkeyServer, postgres, valkey
from bot.store.provisioning import Addresses
from sandbox.aiops import AiOps
from sandbox.mariadb import MariadbServer, find_mariadb, mariadb
from sandbox.stage import system_to_break
from sandbox.zenamanage.standin import ZenaManage, zenamanage
from tests.databases import Databases
from tests.supported import ROOT

# Machines may be busy, so nothing is told by how long an example takes. What CI tries is the same each time: whoever
# changes something else is not stopped by an example that chance found.
settings.register_profile("exploring", deadline=None)
settings.register_profile("repeating", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("repeating" if os.environ.get("CI") else "exploring")

# What a test server may leave out: it keeps nothing that has to survive a crash of the machine, and nobody's passwords.
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200",
         "scram_iterations": "1"}  # fmt: skip

# Folders whose files take longest. They come first, so that in the end no worker is left alone with a long one.
_LONG = ("stories", "browser", "accuracy", "deploy", "docs")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts long files first."""
    ranks = {name: rank for rank, name in enumerate(_LONG)}
    items.sort(key=lambda item: ranks.get(item.path.relative_to(ROOT / "tests").parts[0], len(_LONG)))


def pytest_sessionstart() -> None:
    """The loop on which the bot runs, and Python's own answer to ^C, by another name.

    Where it finds the one that it knows, asyncio has one of its own for each fixture and each test, and as it goes, an
    error of the interpreter shows all that the test returned: a twelfth of the processor's time of a test.
    """
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    signal.signal(signal.SIGINT, _interrupted)


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def pytest_collection_finish() -> None:
    """What is imported stays to the end: the collector of garbage, which runs often, need not look at it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _plain_logs() -> None:
    """What is logged is short, as it is for people who run the demo."""
    logs.for_people()


@pytest.fixture(scope="session", autouse=True)
def _authorities_once() -> Iterator[None]:
    """A client reads whom TLS trusts anew, 20 ms of the processor each time; all of the tests' clients share it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", functools.cache(httpx.create_ssl_context))
        yield


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
async def addresses(databases: Databases) -> AsyncIterator[Addresses]:
    """A database of the bot, as good as fresh."""
    async with databases.lend() as lent:
        yield lent
