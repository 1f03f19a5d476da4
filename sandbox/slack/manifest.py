"""Reads a Slack app manifest: which commands, shortcuts, events and scopes the app has, and how it is reached."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Command:
    """A slash command of the app."""

    command: str
    description: str = ""
    usage_hint: str = ""
    should_escape: bool = False


@dataclass(frozen=True)
class Shortcut:
    """A shortcut of the app; `type` is `message` or `global`."""

    callback_id: str
    name: str
    type: str
    description: str = ""


@dataclass(frozen=True)
class Manifest:
    """What the workspace knows of the app. `scopes` is None when the manifest lists none: then none is asked for."""

    name: str
    bot_name: str
    commands: tuple[Command, ...]
    shortcuts: tuple[Shortcut, ...]
    events: frozenset[str]
    scopes: frozenset[str] | None
    has_home: bool
    has_messages: bool
    can_messages_be_written: bool
    is_interactive: bool

    def command(self, name: str) -> Command | None:
        """The command of this name (with its slash), if the app has it."""
        return next((command for command in self.commands if command.command == name), None)

    def shortcut(self, callback_id: str) -> Shortcut | None:
        """The shortcut with this callback id, if the app has it."""
        return next((shortcut for shortcut in self.shortcuts if shortcut.callback_id == callback_id), None)


def read_manifest(path: Path) -> Manifest:
    """Read the manifest file (YAML or JSON). Raises ValueError when it is not a manifest."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(document, dict) or "display_information" not in document:
        raise ValueError(f"{path} is not the manifest of a Slack app: it has no display_information.")
    return _manifest(document)


def _manifest(document: dict[str, Any]) -> Manifest:
    features = document.get("features") or {}
    settings = document.get("settings") or {}
    home = features.get("app_home") or {}
    scopes = ((document.get("oauth_config") or {}).get("scopes") or {}).get("bot")
    name = document["display_information"]["name"]
    bot_name = (features.get("bot_user") or {}).get("display_name", name)
    return Manifest(
        name=name,
        bot_name=re.sub(r"[^a-z0-9._-]+", "_", bot_name.lower()),
        commands=tuple(
            Command(
                entry["command"],
                entry.get("description", ""),
                entry.get("usage_hint", ""),
                bool(entry.get("should_escape", False)),
            )
            for entry in features.get("slash_commands") or ()
        ),
        shortcuts=tuple(
            Shortcut(entry["callback_id"], entry["name"], entry["type"], entry.get("description", ""))
            for entry in features.get("shortcuts") or ()
        ),
        events=frozenset((settings.get("event_subscriptions") or {}).get("bot_events") or ()),
        scopes=None if scopes is None else frozenset(scopes),
        has_home=bool(home.get("home_tab_enabled", False)),
        has_messages=bool(home.get("messages_tab_enabled", True)),
        can_messages_be_written=not home.get("messages_tab_read_only_enabled", False),
        is_interactive=bool((settings.get("interactivity") or {}).get("is_enabled", False)),
    )
