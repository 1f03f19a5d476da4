"""The bot's database from empty to restored, with the scripts and commands that the docs show."""

import asyncio
import os
import re
import shlex
import stat
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.audit import AuditTrail, Folder, Notary
from bot.embedded import PostgresServer, postgres
from bot.embedded.account import Account
from bot.embedded.programs import find_postgres
from bot.model.audit import Event
from bot.model.people import BACKSTOP
from bot.store import Store
from bot.store.migrating import newest
from bot.wiring import now
from tests.supported import ROOT

PAGE = (ROOT / "docs" / "how-to" / "backup.md").read_text(encoding="utf-8")


class Machine:
    """A machine with an empty PostgreSQL, the scripts of deploy/, and the programs of PostgreSQL."""

    def __init__(self, server: PostgresServer, folder: Path, programs: Path) -> None:
        self.server, self.folder = server, folder
        url = make_url(server.url())
        self.address = f"{url.host}:{url.port}"
        self.environment = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "SECRETS_PARENT": str(folder), "SECRETS": str(folder / "secrets"),
            "PGHOST": str(url.host), "PGPORT": str(url.port), "PGPASSWORD": str(url.password),
            "POSTGRES_USER": str(url.username),
        }  # fmt: skip

    async def run(self, *words: str, **environment: str) -> str:
        """Runs a program to its good end; returns what it printed."""
        process = await asyncio.create_subprocess_exec(
            *words, cwd=self.folder, env={**self.environment, **environment},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await asyncio.wait_for(process.communicate(), timeout=60)
        assert process.returncode == 0, said.decode()
        return said.decode()

    def url(self, name: str) -> str:
        """An address that the scripts wrote."""
        return (self.folder / "secrets" / name).read_text(encoding="utf-8")

    async def write(self, *says: str) -> None:
        """Writes events, and signs a checkpoint of the trail."""
        store = Store(self.url("database_url"))
        for one in says:
            async with store.work() as work:
                work.record(Event(verb="person.refused", person=BACKSTOP, at=now(), says=one))
        await Notary(store, Folder(self.folder / "state" / "audit"), now).stamp()
        await store.close()

    async def verified(self) -> str:
        """What verifying the trail says."""
        store = Store(self.url("database_url"))
        try:
            return (await AuditTrail(store, self.folder / "state" / "audit").verify()).says
        finally:
            await store.close()


@pytest.fixture
async def machine(tmp_path: Path) -> AsyncIterator[Machine]:
    """An empty server of its own: the scripts make roles, which a server has once."""
    async with postgres(tmp_path / "postgres", settings={"fsync": "off"}) as server:
        yield Machine(server, tmp_path, await find_postgres(Account.SAME))


def commands(heading: str) -> list[str]:
    """The commands below a heading of the page."""
    part = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert part is not None, f"the page has no part {heading}"
    return [line.removeprefix("$ ") for line in part[1].splitlines() if line.startswith("$ ")]


async def test_from_an_empty_server_to_a_restored_trail(machine: Machine) -> None:
    await machine.run(str(ROOT / "deploy" / "secrets.sh"), machine.address)
    before = machine.url("owner_password")
    await machine.run(str(ROOT / "deploy" / "secrets.sh"), machine.address)
    assert machine.url("owner_password") == before  # what is there is kept
    assert stat.S_IMODE((machine.folder / "secrets").stat().st_mode) == 0o700
    for _ in range(2):
        await machine.run(str(ROOT / "deploy" / "database.sh"))
    file = {"BACKSTOP_MIGRATION_URL_FILE": str(machine.folder / "secrets" / "migration_url")}
    ended = await asyncio.to_thread(CliRunner(env=file).invoke, cli, ["migrate"])
    assert f"revision {newest()}" in ended.output
    await machine.write("first", "second")

    values = {"MIGRATION_URL": machine.url("migration_url"), "FILE": str(machine.folder / "backstop.dump")}
    (dump,) = [one for one in commands("Back up") if one.startswith("pg_dump")]
    await machine.run(*filled(dump, values))
    await machine.write("third, after the backup")

    async with await psycopg.AsyncConnection.connect(machine.server.url(), autocommit=True) as superuser:
        await superuser.execute("DROP DATABASE backstop WITH (FORCE)")
    await machine.run(str(ROOT / "deploy" / "database.sh"))
    (restore,) = [one for one in commands("Restore") if one.startswith("pg_restore")]
    await machine.run(*filled(restore, values))
    ended = await asyncio.to_thread(CliRunner(env=file).invoke, cli, ["migrate"])
    assert ended.exit_code == 0, ended.output
    assert "the end was cut off" in await machine.verified()  # the checkpoint of the third event was kept elsewhere

    # From here on the trail goes on, and the running role can do what it may and nothing else.
    environment = {
        "BACKSTOP_DATABASE_URL": machine.url("database_url"),
        "BACKSTOP_STATE": str(machine.folder / "state"),
    }
    ended = await asyncio.to_thread(CliRunner(env=environment).invoke, cli, ["audit", "grants"])
    assert ended.exit_code == 0, ended.output
    kept = machine.folder / "state" / "audit" / "checkpoints.jsonl"
    lines = kept.read_text(encoding="utf-8").splitlines()
    kept.write_text(f"{lines[0]}\n", encoding="utf-8")
    await machine.write("fourth")
    assert (await machine.verified()).startswith("All 4 events are as they were written")  # one is about the key


def filled(command: str, values: Mapping[str, str]) -> list[str]:
    """The words of a command, with its variables filled in."""
    return [re.sub(r"\$(\w+)", lambda match: values[match[1]], word) for word in shlex.split(command)]
