"""`backstop diagnose`: the same runbooks without Slack, as the account that runs it; it looks and nothing else."""

import io
import os
import pwd
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from bot.errors import InputError, Refused
from bot.model.diagnosis import Verdict
from bot.model.people import Via
from bot.settings import Settings
from bot.store.provisioning import Addresses
from bot.terminal import Nobody, diagnose, show
from bot.wiring import Built, build, make_store
from sandbox.aiops import AiOps

ROOT = Path(__file__).parents[2]
ACCOUNT = pwd.getpwuid(os.geteuid()).pw_name


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """The shipped policies with this account as Sam's."""
    folder = tmp_path / "policies"
    shutil.copytree(ROOT / "policies", folder)
    people = yaml.safe_load((folder / "people.yml").read_text())
    sam = next(one for one in people["people"] if one.get("email") == "sam@example.com")
    sam["terminal"] = [ACCOUNT]
    (folder / "people.yml").write_text(yaml.safe_dump(people))
    return folder


@pytest.fixture
async def built(addresses: Addresses, system: AiOps, policies: Path) -> AsyncIterator[Built]:
    """A bot without Slack."""
    settings = Settings(_env_file=None, policies=policies)
    made = build(settings, make_store(addresses.running), Nobody(), environment=system.environment)
    yield made
    await made.bot.stop()
    await system.faults.heal_all()


async def test_it_finds_the_same_and_is_recorded_as_the_account(built: Built, system: AiOps) -> None:
    await system.faults.break_("never-expires")
    diagnosis = await diagnose(built.bot, "stale-data tenant=tenant-abc")
    assert diagnosis.verdict is Verdict.FAULT
    assert [cause.id for cause in diagnosis.causes][:1] == ["dashboard-never-expires"]
    out = io.StringIO()
    show(diagnosis, Console(file=out, width=160, highlight=False))
    assert "FAULT FOUND  The cached dashboard never expires" in out.getvalue()
    (event, _) = await built.bot.audit.find(limit=2)
    assert (event.event.person.id, event.event.person.via) == (f"terminal:{ACCOUNT}", Via.TERMINAL)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("stale-data", "Missing: tenant=…; type\n    backstop diagnose stale-data tenant=…$"),
        ("old numbers on the dashboard", "type the line below .*\n    backstop diagnose stale-data tenant=…\n"),
        (
            'permission-denied tenant=tenant-abc action="edit agents"',
            "diagnose permission-denied tenant=tenant-abc 'action=edit agents' user=…$",
        ),
        ('agents are missing tenant="tenant-abc" user=x', "    backstop diagnose stale-data tenant=tenant-abc$"),
        ("", "Say what is wrong, such as: backstop diagnose"),
    ],
)
async def test_what_is_missing_is_said_and_what_to_type(built: Built, text: str, says: str) -> None:
    with pytest.raises(InputError, match=f"(?s){says}"):
        await diagnose(built.bot, text)


async def test_an_account_that_is_nobodys_is_refused(addresses: Addresses, system: AiOps) -> None:
    made = build(Settings(_env_file=None), make_store(addresses.running), Nobody(), environment=system.environment)
    try:
        with pytest.raises(Refused, match=f"{ACCOUNT} is nobody's in policies/people.yml"):
            await diagnose(made.bot, "stale-data tenant=tenant-abc")
    finally:
        await made.bot.stop()
