"""The embedded database is backed up, and moved to an own server, with the commands that the docs show."""

import asyncio
import os
import re
from pathlib import Path

from typer.testing import CliRunner

from bot.__main__ import cli
from bot.audit import AuditTrail, Folder, Notary
from bot.embedded.account import Account
from bot.embedded.programs import find_postgres
from bot.model.audit import Event
from bot.model.people import BACKSTOP
from bot.settings import Settings
from bot.store import Store
from bot.wiring import now, own_database
from tests.deploy.test_backup import Machine, commands, filled, machine
from tests.supported import ROOT

__all__ = ["machine"]  # the fixture

RUN = (ROOT / "docs" / "how-to" / "run.md").read_text(encoding="utf-8")


async def _write(address: str, state: Path, says: str) -> None:
    store = Store(address)
    async with store.work() as work:
        work.record(Event(verb="person.refused", person=BACKSTOP, at=now(), says=says))
    await Notary(store, Folder(state / "audit"), now).stamp()
    await store.close()


async def _verified(address: str, state: Path) -> str:
    store = Store(address)
    try:
        return (await AuditTrail(store, state / "audit").verify()).says
    finally:
        await store.close()


def _dump() -> tuple[str, str]:
    """The folder of the programs and the command that dumps, as the page has them."""
    part = RUN[RUN.index("## From the embedded PostgreSQL") : RUN.index("## Limits of the embedded")]
    shown = re.search(r"```console\n(.*?)```", part, re.DOTALL)
    assert shown is not None
    named, dump = shown[1].replace("\\\n", "").replace("$ ", "", 1).split("\n$ ")
    return named.rpartition("BIN=")[2], dump


async def test_backed_up_and_moved(machine: Machine, tmp_path: Path) -> None:
    state, backup = tmp_path / "embedded", tmp_path / "kept"
    settings = Settings(_env_file=None, state=state)
    programs = await find_postgres(Account.SAME)
    folder, dump = _dump()
    assert str(programs).endswith(folder.partition("site-packages/")[2])
    async with own_database(settings) as address:
        await _write(address, state, "first")
        environment = {**os.environ, "STATE": str(state), "BIN": str(programs)}
        process = await asyncio.create_subprocess_exec("bash", "-euc", dump, cwd=tmp_path, env=environment)
        assert await asyncio.wait_for(process.wait(), 60) == 0
    (copy,) = commands("The embedded PostgreSQL")
    await machine.run(*filled(copy, {"STATE": str(state), "BACKUP": str(backup)}))

    await machine.run(str(ROOT / "deploy" / "secrets.sh"), machine.address)
    await machine.run(str(ROOT / "deploy" / "database.sh"))
    values = {"MIGRATION_URL": machine.url("migration_url"), "FILE": str(tmp_path / "backstop.dump")}
    (restore,) = [one for one in commands("Restore") if one.startswith("pg_restore")]
    await machine.run(*filled(restore, values))
    own = {
        "BACKSTOP_MIGRATION_URL_FILE": str(machine.folder / "secrets" / "migration_url"),
        "BACKSTOP_DATABASE_URL": machine.url("database_url"), "BACKSTOP_STATE": str(state),
    }  # fmt: skip
    for words in (["migrate"], ["audit", "grants"], ["audit", "verify"]):
        ended = await asyncio.to_thread(CliRunner(env=own).invoke, cli, words)
        assert ended.exit_code == 0, ended.output
    await _write(machine.url("database_url"), state, "second, on the own server")
    assert (await _verified(machine.url("database_url"), state)).startswith("All 3 events are as they were written")

    # What was copied is put back elsewhere, and stands as it was.
    async with own_database(settings.model_copy(update={"state": backup})) as address:
        assert (await _verified(address, backup)).startswith("All 2 events are as they were written")
