"""The commands of `backstop audit`, as an auditor runs them."""

import asyncio
import json
import os
import pwd
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.audit import Folder
from bot.settings import Settings
from bot.store.provisioning import Addresses
from tests.bot.audit.conftest import SAM, Office
from tests.bot.audit.test_exports import run as run_script

ACCOUNT = pwd.getpwuid(os.geteuid()).pw_name


class Terminal:
    """A terminal with the settings of one bot."""

    def __init__(self, env: Path) -> None:
        self._env = env

    async def says(self, *words: str | Path) -> tuple[int, str]:
        """Runs `backstop audit …`; returns the exit status and what was printed."""
        words = ("audit", *words, "--env", self._env)
        logs = structlog.get_config()
        try:
            # In a thread, where it has a loop of its own, as in a process.
            found = await asyncio.to_thread(CliRunner().invoke, cli, [str(word) for word in words])
        finally:
            structlog.configure(**logs)
        if found.exception is not None and not isinstance(found.exception, SystemExit):
            raise found.exception
        return found.exit_code, found.output


@pytest.fixture
def terminal(addresses: Addresses, office: Office, tmp_path: Path) -> Terminal:
    """The account that runs this is an auditor's."""
    policies = tmp_path / "policies"
    policies.mkdir()
    for path in (Settings(_env_file=None).folder / "policies").iterdir():
        text = path.read_text()
        if path.name == "people.yml":
            text = text.replace("terminal: [ada]", f"terminal: [{ACCOUNT}]")
        (policies / path.name).write_text(text)
    env = tmp_path / "env"
    env.write_text(
        f"BACKSTOP_DATABASE_URL={addresses.running}\nBACKSTOP_STATE={tmp_path}\nBACKSTOP_POLICIES={policies}\n"
    )
    assert office.path == tmp_path / "audit"
    return Terminal(env)


async def test_from_checkpoint_to_a_proven_export(terminal: Terminal, office: Office, tmp_path: Path) -> None:
    await office.write("a", "b", "a")
    code, said = await terminal.says("checkpoint")
    assert (code, json.loads(said)["number"]) == (0, 4), said
    code, said = await terminal.says("rotate-key")
    assert (code, said.startswith("Checkpoints are signed with the key ")) == (0, True), said
    (rotated,) = await office.trail.find(verb="audit.key_rotated")
    assert rotated.event.person.email == "ada@example.com"
    path = tmp_path / "a.jsonl"
    code, said = await terminal.says("export", "--tenant", "a", "--from", "1d", "-o", path)
    assert (code, "2 events, 2 left out as digests" in said) == (0, True), said
    code, said = await run_script(path, "--key", Folder(office.path).public_keys()[0].id)
    assert code == 0, said
    code, said = await terminal.says("verify", "--evidence")
    assert code == 0, said
    assert "All 6 events are as they were written" in said
    await office.tamper("DELETE FROM audit_events WHERE number = 2")
    code, said = await terminal.says("verify")
    assert (code, said.startswith("Broken at event 2: it was removed")) == (1, True), said
    code, said = await terminal.says("export", "-o", path)
    assert (code, "Broken at event 2" in said) == (1, True), said


async def test_figures_grants_and_purge(terminal: Terminal, office: Office) -> None:
    await office.write("a", verb="request.asked", subject="request R1", detail={"state": "pending"})
    code, said = await terminal.says("digest", "--from", "1d")
    assert (code, "1 asked, 0 approved" in said) == (0, True), said
    code, said = await terminal.says("grants")
    assert (code, "✖" in said) == (0, False), said
    await office.change("GRANT UPDATE ON audit_events TO backstop_app")
    code, said = await terminal.says("grants")
    assert (code, said.count("✖")) == (1, 1), said
    code, said = await terminal.says("purge", "--older-than", "90d")
    assert (code, said) == (0, "Removed the evidence of 0 diagnoses, 0 requests and 0 files of escalations.\n")


async def test_only_auditors_export(terminal: Terminal, office: Office, tmp_path: Path) -> None:
    people = tmp_path / "policies" / "people.yml"
    people.write_text(people.read_text().replace("auditor: true", "auditor: false"))
    await office.write("a", person=SAM)
    code, said = await terminal.says("export", "-o", tmp_path / "x.jsonl")
    assert (code, "Only auditors export the trail" in said) == (1, True), said
    (refused,) = await office.trail.find(outcome="refused")
    assert refused.event.person.id == f"terminal:{ACCOUNT}"
