"""The manifest says what the code needs of Slack, and no more; what Slack's schema does not see is linted here."""

import ast
import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.errors import InputError
from bot.slack.manifest import EVENTS, METHODS, lint, needed_scopes, over_http
from sandbox.slack.manifest import read_manifest
from tests.bot.slack.conftest import MANIFEST

SLACK_SIDE = MANIFEST.parent / "bot" / "slack"
Document = dict[str, Any]


@pytest.fixture
def manifest() -> Document:
    """The file as it is."""
    read = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    assert isinstance(read, dict)
    return read


def test_it_is_whole(manifest: Document) -> None:
    assert lint(manifest) == []
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == needed_scopes()
    assert set(manifest["settings"]["event_subscriptions"]["bot_events"]) == set(EVENTS)
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert read_manifest(MANIFEST).is_interactive


def test_every_call_of_the_web_api_is_known_with_its_scopes() -> None:
    called: set[str] = set()
    for path in SLACK_SIDE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and _is_client(node.value) and "_" in node.attr:
                called.add(node.attr)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "_pages":
                called.add(str(ast.literal_eval(node.args[0])))
    assert called - {"is_connected", "socket_mode_request_listeners"} == set(METHODS)


def test_every_event_that_is_listened_to_is_subscribed() -> None:
    door = ast.parse((SLACK_SIDE / "door.py").read_text(encoding="utf-8"))
    listened = {
        str(ast.literal_eval(node.args[0]))
        for node in ast.walk(door)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "event"
    }
    assert {name.partition(".")[0] for name in EVENTS} == listened


def _is_client(value: ast.expr) -> bool:
    name = value.attr if isinstance(value, ast.Attribute) else value.id if isinstance(value, ast.Name) else ""
    return name in {"client", "_client"}


def without(*path: str) -> Callable[[Document], None]:
    """Takes something out."""

    def take_out(document: Document) -> None:
        at = document
        for part in path[:-1]:
            at = at[part]
        del at[path[-1]]

    return take_out


def put(value: object, *path: Any) -> Callable[[Document], None]:
    """Puts something in the place of something else."""

    def put_in(document: Document) -> None:
        at: Any = document
        for part in path[:-1]:
            at = at[part]
        at[path[-1]] = value

    return put_in


@pytest.mark.parametrize(
    ("bend", "complaint"),
    [
        (put(2, "_metadata", "major_version"), "_metadata.major_version"),
        (put("x" * 36, "display_information", "name"), "display_information.name"),
        (put("short", "display_information", "long_description"), "display_information.long_description"),
        (put("#eeeeee", "display_information", "background_color"), "background_color: must be a dark"),
        (put("/Backstop", "features", "slash_commands", 0, "command"), "/Backstop is no name of a command"),
        (put("/audit", "features", "slash_commands", 0, "command"), "/audit is named twice"),
        (put(True, "features", "slash_commands", 0, "should_escape"), "should_escape"),
        (put("", "features", "slash_commands", 0, "description"), "/backstop needs a description"),
        (put("y" * 25, "features", "shortcuts", 0, "name"), "too long"),
        (put("app", "features", "shortcuts", 0, "type"), "needs a type"),
        (put([], "oauth_config", "scopes", "bot"), "commands is missing"),
        (put(["commands", "chat:wrote"], "oauth_config", "scopes", "bot"), "chat:wrote is nothing"),
        (put(["app_mention"], "settings", "event_subscriptions", "bot_events"), "message.im is missing"),
        (put([*EVENTS, "team_join"], "settings", "event_subscriptions", "bot_events"), "team_join is nothing"),
        (put(False, "features", "app_home", "home_tab_enabled"), "both tabs"),
        (put(True, "features", "app_home", "messages_tab_read_only_enabled"), "nobody can write"),
        (without("features", "bot_user"), "features.bot_user"),
        (put(False, "settings", "interactivity", "is_enabled"), "buttons and forms"),
        (put(False, "settings", "socket_mode_enabled"), "https address is needed"),
        (put("https://b.example.com", "settings", "interactivity", "request_url"), "not used in Socket Mode"),
    ],
)
def test_what_the_schema_does_not_see(bend: Callable[[Document], None], complaint: str, manifest: Document) -> None:
    bend(manifest)
    assert any(complaint in line for line in lint(manifest)), lint(manifest)


def test_over_http_everything_has_an_address(manifest: Document) -> None:
    before = copy.deepcopy(manifest)
    made = over_http(manifest, "https://backstop.example.com/")
    assert manifest == before
    assert lint(made) == []
    door = "https://backstop.example.com/slack/events"
    assert {one["url"] for one in made["features"]["slash_commands"]} == {door}
    assert made["settings"]["interactivity"]["message_menu_options_url"] == door
    assert over_http(manifest, "https://b.example.com/elsewhere")["settings"]["interactivity"]["request_url"].endswith(
        "example.com/elsewhere"
    )
    for wrong in ("http://b.example.com", "b.example.com", "https://b.example.com/?a=1"):
        with pytest.raises(InputError):
            over_http(manifest, wrong)


def test_the_command_prints_either(manifest: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = CliRunner().invoke(cli, ["manifest"])
    assert yaml.safe_load(said.output) == manifest
    said = CliRunner().invoke(cli, ["manifest", "--http", "https://backstop.example.com"])
    assert yaml.safe_load(said.output) == over_http(manifest, "https://backstop.example.com")
    assert CliRunner().invoke(cli, ["manifest", "--http", "http://backstop.example.com"]).exit_code == 1
    put([], "oauth_config", "scopes", "bot")(manifest)
    (tmp_path / "manifest.yml").write_text(yaml.safe_dump(manifest))
    monkeypatch.setenv("BACKSTOP_FOLDER", str(tmp_path))
    assert CliRunner().invoke(cli, ["manifest"]).exit_code == 1
