"""The embedded servers: they start, keep data, let nobody in without a password, and never outlive their parent."""

import asyncio
import contextlib
import json
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, NoPermissionError

from bot.embedded import READER_RULES, WRITER_RULES, Account, EmbeddedError, PostgresServer, postgres, programs, valkey
from bot.embedded.account import choose_account
from bot.embedded.cluster import Cluster
from bot.embedded.folder import free_port

ROOT = Path(__file__).parents[2]
QUICK = {"fsync": "off"}
ACCOUNTS = [Account.NAMESPACE, Account.NOBODY] if os.geteuid() == 0 else [Account.SAME]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("template")


async def ask(url: str, sql: str) -> Any:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        cursor = await connection.execute(sql)
        row = await cursor.fetchone() if cursor.description else None
        return row and row[0]


async def count(server: PostgresServer) -> Any:
    return await ask(server.url(), "SELECT count(*) FROM kept")


async def test_data_is_kept_until_the_next_start(tmp_path: Path, template: Path) -> None:
    async with postgres(tmp_path / "pg", settings=QUICK, template=template) as server:
        await ask(server.url(), "CREATE TABLE kept AS SELECT 1 AS one")
    assert not server.is_running
    async with postgres(tmp_path / "pg", settings=QUICK) as server:
        assert await count(server) == 1
        assert await ask(server.url(), "SHOW server_encoding") == "UTF8"
        assert await ask(server.url(), "SHOW listen_addresses") == "127.0.0.1"


async def test_fsync_stays_on_unless_a_test_turns_it_off(tmp_path: Path, template: Path) -> None:
    async with postgres(tmp_path / "pg", template=template) as server:
        assert await ask(server.url(), "SHOW fsync") == "on"
        assert await ask(server.url(), "SHOW full_page_writes") == "on"


async def test_nobody_gets_in_without_the_password(tmp_path: Path, template: Path) -> None:
    async with postgres(tmp_path / "pg", settings=QUICK, template=template) as server:
        for login in (server.url(user="postgres", password="guess"), server.url(user="postgres")):
            with pytest.raises(psycopg.OperationalError, match="password"):
                await ask(login, "SELECT 1")
        rules = (tmp_path / "pg/data/pg_hba.conf").read_text().splitlines()
        methods = {line.split()[-1] for line in rules if line.strip() and not line.startswith("#")}
        assert methods == {"scram-sha-256"}
    assert "password" not in repr(server)


async def test_the_password_is_private(tmp_path: Path, template: Path) -> None:
    async with postgres(tmp_path / "pg", settings=QUICK, template=template) as server:
        secret = (tmp_path / "pg/password").read_text()
        assert secret in server.url()
        assert len(secret) >= 32
    for name in ("pg", "pg/data", "pg/password", "pg/postgres.log", "pg/lock"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) & 0o077 == 0, name


async def test_an_address_escapes_what_it_is_given(tmp_path: Path, template: Path) -> None:
    async with postgres(tmp_path / "pg", settings=QUICK, template=template) as server:
        await ask(server.url(), "CREATE ROLE \"o/d@d\" LOGIN PASSWORD 'p@ss:/w?#'")
        await ask(server.url(), 'CREATE DATABASE "a b/c"')
        url = server.url("a b/c", user="o/d@d", password="p@ss:/w?#")
        assert await ask(url, "SELECT current_database()") == "a b/c"


@pytest.mark.parametrize("account", ACCOUNTS)
async def test_every_account_can_set_up_and_start_again(tmp_path: Path, account: Account) -> None:
    """Under `tmp_path`, which other users cannot reach: nobody has to get along without walking there."""
    for _ in range(2):
        async with postgres(tmp_path / "pg", settings=QUICK, account=account) as server:
            await ask(server.url(), "CREATE TABLE IF NOT EXISTS kept AS SELECT 1 AS one")
            assert await count(server) == 1


@pytest.mark.parametrize("account", ACCOUNTS)
async def test_data_made_under_one_account_can_be_used_under_another(
    tmp_path: Path, template: Path, account: Account
) -> None:
    for now in (*ACCOUNTS, account):
        async with postgres(tmp_path / "pg", settings=QUICK, template=template, account=now) as server:
            await ask(server.url(), "CREATE TABLE IF NOT EXISTS kept AS SELECT 1 AS one")
            assert await count(server) == 1


async def test_programs_that_nobody_cannot_reach_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_is_reachable_by_others", lambda _: False)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "reachable"))
    (tmp_path / "reachable").mkdir()
    found = await programs.find_postgres(Account.NOBODY)
    assert found.is_relative_to(tmp_path / "reachable")
    copied = await asyncio.create_subprocess_exec(found / "initdb", "--version", stdout=asyncio.subprocess.PIPE)
    said, _ = await copied.communicate()
    assert b"PostgreSQL" in said
    assert await programs.find_postgres(Account.NOBODY) == found, "the copy is made once"

    (found.parents[2]).chmod(0o777)
    with pytest.raises(EmbeddedError, match="somebody else"):
        await programs.find_postgres(Account.NOBODY)


async def test_a_folder_is_used_by_one_server_at_a_time(tmp_path: Path, template: Path) -> None:
    async with postgres(tmp_path / "pg", settings=QUICK, template=template):
        with pytest.raises(EmbeddedError, match=r"in use by another Backstop .* set BACKSTOP_STATE to another"):
            async with postgres(tmp_path / "pg", settings=QUICK):
                raise AssertionError
        with pytest.raises(EmbeddedError, match="still uses"):
            await Cluster(tmp_path / "pg").wait_until_unused(seconds=0.2)


async def test_a_postmaster_that_was_killed_leaves_nothing_in_the_way(tmp_path: Path, template: Path) -> None:
    async with postgres(tmp_path / "pg", template=template) as server:
        await ask(server.url(), "CREATE TABLE kept AS SELECT 1 AS one")
        os.kill(server.pid, signal.SIGKILL)
        await wait_until_gone(server.pid)
    left = tmp_path / "pg/data/postmaster.pid"
    lines = left.read_text().splitlines()
    left.write_text("\n".join([str(os.getpid()), *lines[1:]]))  # its number now belongs to another program: this one
    async with postgres(tmp_path / "pg", settings=QUICK) as server:
        assert await count(server) == 1


async def test_another_port_is_taken_when_somebody_was_faster(
    tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    for module in ("postgres_server", "valkey_server"):
        ports = iter([port, free_port()])
        monkeypatch.setattr(f"bot.embedded.{module}.free_port", lambda ports=ports: next(ports))
    async with taken, postgres(tmp_path / "pg", settings=QUICK, template=template) as server, valkey() as cache:
        assert server.port != port
        assert cache.port != port
        assert await ask(server.url(), "SELECT 1") == 1


async def test_a_server_that_cannot_start_says_why(tmp_path: Path, template: Path) -> None:
    with pytest.raises(EmbeddedError, match="no_such_setting"):
        async with postgres(tmp_path / "pg", settings={"no_such_setting": "1"}, template=template):
            raise AssertionError
    with pytest.raises(EmbeddedError, match="no-such-setting"):
        async with valkey(settings={"no-such-setting": "1"}):
            raise AssertionError


async def test_valkey_lets_in_only_users_that_were_added(tmp_path: Path) -> None:
    async with valkey(tmp_path) as server:
        reader = await server.add_user("reader", "r", *READER_RULES)
        writer = await server.add_user("writer", "p@ss:/w?#", *WRITER_RULES)
        async with Redis.from_url(writer) as client:
            assert await client.set("key", "value", ex=30)
            with pytest.raises(NoPermissionError):
                await client.flushdb()
            with pytest.raises(NoPermissionError):
                await client.keys("*")
        async with Redis.from_url(reader) as client:
            assert await client.get("key") == b"value"
            assert 0 < await client.ttl("key") <= 30
            assert await client.memory_usage("key")
            assert [key async for key in client.scan_iter()] == [b"key"]
            assert (await client.info())["tcp_port"] == server.port
            with pytest.raises(NoPermissionError):
                await client.delete("key")
        for url in (server.url("default", "x"), server.url("reader", "wrong")):
            async with Redis.from_url(url) as client:
                with pytest.raises(AuthenticationError):
                    await client.ping()
    assert "#" in (tmp_path / "users.acl").read_text(), "only a digest of the password is written down"


async def test_valkey_keeps_data_in_a_folder_and_forgets_it_without_one(tmp_path: Path) -> None:
    for expected in (1, 2):
        async with valkey(tmp_path) as server, Redis.from_url(server.url()) as client:
            assert await client.incr("starts") == expected
    for _ in range(2):
        async with valkey() as server, Redis.from_url(server.url()) as client:
            assert await client.incr("starts") == 1


@dataclass
class Child:
    """Another Python process that holds both servers."""

    process: asyncio.subprocess.Process
    pids: list[int]
    database: str
    cache: str


@contextlib.asynccontextmanager
async def a_child(folder: Path, *prefix: str, template: Path | None = None) -> AsyncIterator[Child]:
    folders = (folder,) if template is None else (folder, template)
    process = await asyncio.create_subprocess_exec(
        *prefix, sys.executable, "-m", "tests.bot.embedded_child", *folders, cwd=ROOT,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout
        async with asyncio.timeout(60):
            line = await process.stdout.readline()
        yield Child(process, **json.loads(line))
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def wait_until_gone(*pids: int) -> None:
    async with asyncio.timeout(20):
        while any(is_alive(pid) for pid in pids):  # noqa: ASYNC110 - other processes set no Event
            await asyncio.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        # A process whose parent does not look after it any more stays visible as a zombie, until init reaps it.
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_kill_9_of_the_parent_leaves_nothing_running_and_loses_nothing(tmp_path: Path, template: Path) -> None:
    async with a_child(tmp_path, template=template) as child:
        await ask(child.database, "CREATE TABLE kept AS SELECT 1 AS one")
        async with Redis.from_url(child.cache) as client:
            await client.set("kept", "1")
        assert all(is_alive(pid) for pid in child.pids)
        child.process.kill()
        await wait_until_gone(*child.pids)
    assert "database system is shut down" in (tmp_path / "pg/postgres.log").read_text(), "an orderly shutdown"
    async with postgres(tmp_path / "pg", settings=QUICK) as server, valkey(tmp_path / "vk") as cache:
        assert await count(server) == 1
        async with Redis.from_url(cache.url()) as client:
            assert await client.get("kept") == b"1"


async def test_a_start_right_after_kill_9_waits_for_the_old_server_to_end(tmp_path: Path, template: Path) -> None:
    async with a_child(tmp_path, template=template) as child:
        await ask(child.database, "CREATE TABLE kept AS SELECT 1 AS one")
        child.process.kill()
        await child.process.wait()
        async with postgres(tmp_path / "pg", settings=QUICK) as server:
            assert await count(server) == 1


async def test_an_ordinary_user_needs_no_other_account(tmp_path: Path) -> None:
    """Root becomes an ordinary user by the launcher itself; everybody else is one already."""
    prefix: list[str] = []
    if os.geteuid() == 0:
        launcher = str(ROOT / "bot/embedded/launch.py")
        account = await choose_account()
        prefix = [sys.executable, "-I", "-S", launcher, account, str(os.getpid()), str(int(signal.SIGTERM))]
        if account is Account.NOBODY:
            os.chown(tmp_path, account.file_owner, -1)
    async with a_child(tmp_path, *prefix) as child:
        assert await ask(child.database, "SELECT 1") == 1
        child.process.kill()
        await wait_until_gone(*child.pids)
