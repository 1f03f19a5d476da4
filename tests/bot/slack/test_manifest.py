"""The manifest says what the door listens to, and no more."""

from typing import Any

import pytest
import yaml

from sandbox.slack.manifest import read_manifest
from tests.bot.slack.conftest import MANIFEST

CORE_SCOPES = {
    "app_mentions:read", "channels:read", "chat:write", "commands", "files:read", "files:write", "groups:read",
    "im:history", "im:write", "reactions:write", "usergroups:read", "users:read", "users:read.email",
}  # fmt: skip


@pytest.fixture
def manifest() -> dict[str, Any]:
    """The file as it is."""
    read = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    assert isinstance(read, dict)
    return read


def test_commands_are_backstop_and_its_aliases(manifest: dict[str, Any]) -> None:
    commands = manifest["features"]["slash_commands"]
    assert [one["command"] for one in commands] == ["/backstop", "/diagnose", "/approvals", "/audit", "/escalate"]
    assert all(len(one["command"]) <= 32 and len(one["description"]) <= 2000 for one in commands)


def test_scopes_are_the_core_ones(manifest: dict[str, Any]) -> None:
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == CORE_SCOPES


def test_texts_keep_slacks_limits(manifest: dict[str, Any]) -> None:
    shown = manifest["display_information"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 174 <= len(shown["long_description"]) <= 4000
    for shortcut in manifest["features"]["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150


def test_it_can_be_reached(manifest: dict[str, Any]) -> None:
    read = read_manifest(MANIFEST)
    assert read.events == {"app_home_opened", "app_mention", "message.im"}
    assert read.is_interactive and read.has_home and read.can_messages_be_written
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert manifest["_metadata"]["major_version"] == 1
    assert {(one.callback_id, one.type) for one in read.shortcuts} == {
        ("diagnose_this", "message"), ("diagnose_anything", "global"),
    }  # fmt: skip
