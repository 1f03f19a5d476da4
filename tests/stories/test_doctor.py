"""The doctor finds what is wrong with an installation, says what to do, and shows no secret."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from pydantic import SecretStr
from rich.console import Console

from bot.app.doctor import compare_clocks, examine_secrets
from bot.commands import doctor
from bot.embedded import READER_RULES, WRITER_RULES, PostgresServer, ValkeyServer
from bot.model.checkup import Health, Line
from tests.stories.conftest import Story

ZENA = {"ZENA_DATABASE_URL", "ZENA_CACHE_URL", "ZENA_API_URL", "ZENA_WS_URL", "ZENA_LOG"}


class Clinic:
    """An installation that can be bent, and the lines about it."""

    def __init__(self, story: Story, folder: Path) -> None:
        self._folder = folder
        self.settings = story.stage.settings.model_copy(
            update={"database_url": SecretStr(story.addresses.running), "state": folder}
        )
        self.environment = dict(story.system.environment)

    async def lines(self, **settings: object) -> dict[str, Line]:
        """Every line but those about the system that is not there, by area and what."""
        env = self._folder / "settings.env"
        env.touch(mode=0o600)
        env.write_text("".join(f"{name}={value}\n" for name, value in self.environment.items()))
        changed: Mapping[str, object] = settings
        found = await doctor.examine(self.settings.model_copy(update=changed), env)
        return {f"{line.area} · {line.what}": line for line in found if line.area != "zenamanage"}

    async def bad(self, **settings: object) -> dict[str, str]:
        """The red lines: what was found."""
        lines = await self.lines(**settings)
        assert all(line.fix for line in lines.values() if line.health is not Health.GOOD)
        return {what: line.says for what, line in lines.items() if line.health is Health.BAD}


@pytest.fixture
def clinic(story: Story, tmp_path: Path) -> Clinic:
    """The installation of the story."""
    return Clinic(story, tmp_path)


async def test_a_whole_installation_has_no_red_line(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = await clinic.lines()
    red = {what: line.says for what, line in lines.items() if line.health is Health.BAD}
    assert red == {}
    for what, says in {
        "slack · bot token": "speaks as",
        "slack · scopes": "all 12 are granted",
        "slack · app-level token": "Socket Mode",
        "channels · #backend-support": "the bot is in it",
        "people · e-mail addresses": "found by their address",
        "clock · Slack": "between this machine and Slack",
        "database · reachable": "an own server",
        "audit · grants": "rights that keep the trail",
        "aiops · database": "looked as",
        "aiops · database: reader": "every one was refused",
        "aiops · database: queries": "with the grants for it",
        "aiops · database: writer": "with the grants for it",
        "aiops · cache: writer": "may remove and expire keys",
        "aiops · api": "answers",
    }.items():
        is_slow = lines[what].says.startswith("answers slowly")  # where much else is going on
        assert lines[what].health is Health.GOOD or is_slow, lines[what]
        assert says in lines[what].says
    # The reader of the sandbox may not ask the ACL about itself: said, and not passed over.
    assert "FLUSHALL" in lines["aiops · cache: ACL"].says
    said = StringIO()
    monkeypatch.setattr(doctor, "out", Console(file=said, width=300))
    doctor.show(list(lines.values()))
    passwords = [urlsplit(value).password for value in (*clinic.settings.secrets(), *clinic.environment.values())]
    secret_values = [*filter(None, passwords), clinic.environment["AIOPS_API_TOKEN"], "xoxb", "xapp"]
    assert [one for one in secret_values if one in said.getvalue()] == []
    assert "0 bad" in said.getvalue()


async def test_credentials_that_can_write(
    clinic: Clinic, postgres_server: PostgresServer, valkey_server: ValkeyServer
) -> None:
    database = psycopg.conninfo.conninfo_to_dict(clinic.environment["AIOPS_DATABASE_URL"])["dbname"]
    before = await _contents(postgres_server.url(str(database)))
    clinic.environment["AIOPS_DATABASE_URL"] = postgres_server.url(str(database))
    clinic.environment["AIOPS_CACHE_URL"] = valkey_server.url()
    bad = await clinic.bad()
    assert "DELETE on" in bad["aiops · database: reader"]
    assert "SET on" in bad["aiops · cache: ACL"]
    assert await _contents(postgres_server.url(str(database))) == before
    rules = (*WRITER_RULES, "+flushdb", "+acl|whoami", "+acl|dryrun", "-expire")
    flusher = await valkey_server.add_user("flusher", secrets.token_hex(8), *rules)
    clinic.environment["AIOPS_CACHE_WRITER_URL"] = flusher
    assert "may empty the server" in (await clinic.bad())["aiops · cache: writer"]


async def test_a_reader_that_may_ask_the_acl_is_known_not_to_empty_it(
    clinic: Clinic, valkey_server: ValkeyServer
) -> None:
    rules = (*READER_RULES, "+acl|whoami", "+acl|dryrun")
    clinic.environment["AIOPS_CACHE_URL"] = await valkey_server.add_user("asker", secrets.token_hex(8), *rules)
    line = (await clinic.lines())["aiops · cache: ACL"]
    assert line.health is Health.GOOD, line


async def test_what_slack_lacks(clinic: Clinic, story: Story) -> None:
    workspace = story.stage.served.workspace
    workspace.manifest = replace(workspace.manifest, scopes=frozenset({"chat:write", "channels:read", "groups:read"}))
    bad = await clinic.bad(slack_app_token=None, audit_channel="nowhere")
    assert "im:history" in bad["slack · scopes"]
    assert "Neither" in bad["slack · way in"]
    assert "can't see it (for the audit trail)" in bad["channels · #nowhere"]
    assert "people · e-mail addresses" in bad
    refused = await clinic.bad(slack_bot_token=SecretStr("xoxb-wrong-000000"))
    assert "refuses the bot token" in refused["slack · bot token"]
    assert "xoxb-wrong" not in str(refused)
    assert "is not set" in (await clinic.bad(slack_bot_token=None))["slack · bot token"]


async def test_what_is_down_or_missing(clinic: Clinic, story: Story, tmp_path: Path) -> None:
    await story.system.faults.break_("cache-down")
    del clinic.environment["AIOPS_API_URL"]
    (tmp_path / "empty").mkdir()
    nowhere = SecretStr("postgresql://app:hunter2hunter2@127.0.0.1:1/backstop")
    bad = await clinic.bad(database_url=nowhere, policies=tmp_path / "empty")
    assert "cannot be read" in bad["files · catalogue"]
    assert "does not answer" in bad["database · reachable"]
    assert "hunter2" not in str(bad)
    assert "no system is described here" in (await clinic.bad(systems=tmp_path / "empty"))["files · catalogue"]
    bad = await clinic.bad()
    assert "cannot be reached" in bad["aiops · cache"]
    assert "AIOPS_API_URL is not set" in bad["aiops · api"]


async def test_where_no_database_was_made_none_is_made(clinic: Clinic) -> None:
    line = (await clinic.lines(database_url=None))["database · reachable"]
    assert (line.health, line.says.startswith("there is none yet in ")) == (Health.NOTICE, True)
    assert not (clinic.settings.state / "postgres").exists()


async def test_the_owner_is_no_role_to_run_as(clinic: Clinic, story: Story) -> None:
    bad = await clinic.bad(database_url=SecretStr(story.addresses.owner))
    assert "Does not hold" in bad["audit · grants"]


def test_clocks_and_files(tmp_path: Path) -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    found = [compare_clocks("it", now + timedelta(seconds=apart), now).health for apart in (0.5, -10, 61)]
    assert found == [Health.GOOD, Health.NOTICE, Health.BAD]
    file = tmp_path / ".env"
    file.write_text("BACKSTOP_SLACK_BOT_TOKEN=xoxb-1")
    file.chmod(0o644)
    [line] = examine_secrets(file)
    assert line.health is Health.BAD
    assert line.fix == f"chmod 600 {file}"


async def _contents(address: str) -> list[tuple[object, ...]]:
    """How many rows every table has."""
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        await connection.execute("ANALYZE")
        found = await connection.execute(
            "SELECT relname, reltuples FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
        )
        return await found.fetchall()
