"""The Slack app as its manifest describes it: what the code needs, what is wrong with it, and how it is over HTTP."""

import copy
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.errors import InputError

Document = dict[str, Any]

DOOR = "/slack/events"  # everything that Slack sends comes to one address
# Every method of the Web API that is called, with the scopes that it needs; a test compares this with the calls.
METHODS: Mapping[str, tuple[str, ...]] = {
    "auth_test": (),
    "apps_connections_open": (),  # with the app-level token: connections:write
    "chat_getPermalink": (),
    "chat_postEphemeral": ("chat:write",),
    "chat_postMessage": ("chat:write",),
    "chat_update": ("chat:write",),
    "conversations_list": ("channels:read", "groups:read"),
    "conversations_members": ("channels:read", "groups:read"),
    "conversations_open": ("im:write",),
    "files_info": ("files:read",),
    "files_upload_v2": ("files:write",),
    "usergroups_list": ("usergroups:read",),
    "users_info": ("users:read", "users:read.email"),
    "users_lookupByEmail": ("users:read.email",),
    "views_open": (),
    "views_publish": (),
    "views_update": (),
}
EVENTS: Mapping[str, tuple[str, ...]] = {
    "app_home_opened": (),
    "app_mention": ("app_mentions:read",),
    "message.im": ("im:history",),
}
_COMMAND = re.compile(r"/[a-z0-9_-]{1,31}")
_SCOPE = re.compile(r"[a-z_]+(:[a-z_.]+)*|commands")


def needed_scopes() -> frozenset[str]:
    """The scopes of the bot token that the code needs, and no more."""
    needed = (scope for scopes in (*METHODS.values(), *EVENTS.values()) for scope in scopes)
    return frozenset({"commands", *needed})


def over_http(document: Document, address: str) -> Document:
    """The same app with Slack coming to `address` by HTTP. Raises InputError for an address that Slack refuses."""
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise InputError("Slack comes to an https address without a query, such as https://backstop.example.com.")
    url = address.rstrip("/") if parts.path.rstrip("/") else f"https://{parts.netloc}{DOOR}"
    made = copy.deepcopy(document)
    made["settings"]["socket_mode_enabled"] = False
    made["settings"]["event_subscriptions"] = {"request_url": url, **made["settings"]["event_subscriptions"]}
    made["settings"]["interactivity"] |= {"request_url": url, "message_menu_options_url": url}
    for command in made["features"]["slash_commands"]:
        command["url"] = url
    return made


def lint(document: Document) -> list[str]:
    """Everything that is wrong with a manifest, also what Slack's schema does not see; one line each."""
    return [*_texts(document), *_commands(document), *_shortcuts(document), *_scopes(document), *_ways_in(document)]


def _texts(document: Document) -> Iterable[str]:
    if document.get("_metadata", {}).get("major_version") != 1:
        yield "_metadata.major_version: must be 1, whose fields these are"
    shown = document.get("display_information", {})
    for name, least, most in (("name", 1, 35), ("description", 1, 140), ("long_description", 175, 4_000)):
        if not least <= len(str(shown.get(name, ""))) <= most:
            yield f"display_information.{name}: must have {least} to {most} characters"
    colour = str(shown.get("background_color", ""))
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour) or _is_light(colour):
        yield "display_information.background_color: must be a dark colour such as #1f3a5f"


def _commands(document: Document) -> Iterable[str]:
    commands = document.get("features", {}).get("slash_commands", [])
    names = [str(one.get("command")) for one in commands]
    if len(names) > 50:
        yield "features.slash_commands: at most 50"
    yield from (f"features.slash_commands: {name} is named twice" for name in names if names.count(name) > 1)
    yield from (
        f"features.slash_commands: {name} is no name of a command" for name in names if not _COMMAND.fullmatch(name)
    )
    for one in commands:
        if not 1 <= len(str(one.get("description", ""))) <= 2_000 or len(str(one.get("usage_hint", ""))) > 1_000:
            yield f"features.slash_commands: {one.get('command')} needs a description (2,000 characters at most)"
        if one.get("should_escape"):
            yield f"features.slash_commands: {one.get('command')} would get names as ids (should_escape)"


def _shortcuts(document: Document) -> Iterable[str]:
    shortcuts = document.get("features", {}).get("shortcuts", [])
    if len(shortcuts) > 10:
        yield "features.shortcuts: at most 10"
    for one in shortcuts:
        name = one.get("name", "")
        if not 1 <= len(name) <= 24 or len(str(one.get("description", ""))) > 150:
            yield f"features.shortcuts: {name} is too long (24 characters, its description 150)"
        if one.get("type") not in {"message", "global"} or not 1 <= len(str(one.get("callback_id", ""))) <= 255:
            yield f"features.shortcuts: {name} needs a type (message or global) and a callback_id"


def _scopes(document: Document) -> Iterable[str]:
    scopes = document.get("oauth_config", {}).get("scopes", {}).get("bot", [])
    events = document.get("settings", {}).get("event_subscriptions", {}).get("bot_events", [])
    needed = needed_scopes()
    yield from (f"oauth_config.scopes.bot: {one} is missing" for one in sorted(needed - set(scopes)))
    for one in scopes:
        if not _SCOPE.fullmatch(one) or one not in needed:
            yield f"oauth_config.scopes.bot: {one} is nothing that the code needs"
    yield from (f"bot_events: {one} is missing" for one in EVENTS if one not in events)
    yield from (f"bot_events: {one} is nothing that the code listens to" for one in events if one not in EVENTS)


def _ways_in(document: Document) -> Iterable[str]:
    settings, features = document.get("settings", {}), document.get("features", {})
    home = features.get("app_home", {})
    if not home.get("home_tab_enabled") or not home.get("messages_tab_enabled"):
        yield "features.app_home: both tabs are needed"
    if home.get("messages_tab_read_only_enabled"):
        yield "features.app_home.messages_tab_read_only_enabled: then nobody can write to the bot"
    if not features.get("bot_user"):
        yield "features.bot_user: is missing, and with it every bot scope"
    if not settings.get("interactivity", {}).get("is_enabled"):
        yield "settings.interactivity: buttons and forms need it"
    addresses = {
        "settings.event_subscriptions.request_url": settings.get("event_subscriptions", {}).get("request_url"),
        "settings.interactivity.request_url": settings.get("interactivity", {}).get("request_url"),
        "settings.interactivity.message_menu_options_url": settings.get("interactivity", {}).get(
            "message_menu_options_url"
        ),
        **{
            f"features.slash_commands {one.get('command')} url": one.get("url")
            for one in features.get("slash_commands", [])
        },
    }
    is_socket = bool(settings.get("socket_mode_enabled"))
    for name, address in addresses.items():
        if is_socket and address:
            yield f"{name}: is not used in Socket Mode"
        elif not is_socket and not str(address or "").startswith("https://"):
            yield f"{name}: an https address is needed without Socket Mode"


def _is_light(colour: str) -> bool:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue > 140  # Slack draws white on it
