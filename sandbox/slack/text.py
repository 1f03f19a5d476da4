"""Slack's text: what becomes of what a person types before the app gets it."""

import re
from collections.abc import Callable

from sandbox.slack.records import Json
from sandbox.slack.workspace import Workspace

_TOKEN = re.compile(
    r"(?P<code>```.+?```|`[^`\n]+`)"
    r"|<@(?P<user_id>[A-Z0-9]+)>|<\#(?P<channel_id>[A-Z0-9]+)>"
    r"|(?P<url>https?://[^\s<>|]*[^\s<>|.,;:!?)\]}'\"])"
    r"|(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?<![\w@])@(?P<name>[\w-]+(?:\.[\w-]+)*)"
    r"|(?<![\w\#])\#(?P<channel>[\w-]+)"
    r"|(?<![\w.@/-])(?P<domain>(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|app))(?![\w.-]*[\w-])",
    re.DOTALL,
)
_MARKUP = re.compile(r"<([^<>]+)>")
BROADCASTS = ("here", "channel", "everyone")


def escape(text: str) -> str:
    """Escape the three characters that mean something in Slack's text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """Undo `escape`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def typed_message(workspace: Workspace, text: str) -> str:
    """What Slack delivers for a message that a person typed: escaped, with mentions and links resolved."""

    def link(match: re.Match[str]) -> str | None:
        if url := match["url"]:
            return f"<{escape(url)}>"
        if email := match["email"]:
            return f"<mailto:{email}|{email}>"
        if domain := match["domain"]:
            return f"<http://{domain}|{domain}>"
        return None

    return _replaced(text, lambda match: link(match) or _mention(workspace, match, with_names=False))


def typed_command(workspace: Workspace, text: str, *, should_escape: bool) -> str:
    """What Slack delivers as the text of a command: escaped; mentions resolved if the app asks for that."""
    if not should_escape:
        return escape(text)
    return _replaced(text, lambda match: _mention(workspace, match, with_names=True))


def rich_text(text: str) -> list[Json]:
    """The rich text block that Slack adds to what a person typed; `text` is as delivered."""
    elements: list[Json] = []
    end = 0
    for match in _MARKUP.finditer(text):
        _add_text(elements, text[end : match.start()])
        elements.append(_inline(match[1]))
        end = match.end()
    _add_text(elements, text[end:])
    return [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}]


def _inline(content: str) -> Json:
    target, _, label = content.partition("|")
    if target.startswith("@"):
        return {"type": "user", "user_id": target[1:]}
    if target.startswith("#"):
        return {"type": "channel", "channel_id": target[1:]}
    if target.startswith("!subteam^"):
        return {"type": "usergroup", "usergroup_id": target.removeprefix("!subteam^")}
    if target.startswith("!"):
        return {"type": "broadcast", "range": target[1:]}
    link = {"type": "link", "url": unescape(target)}
    return {**link, "text": unescape(label)} if label else link


def _add_text(elements: list[Json], text: str) -> None:
    if text:
        elements.append({"type": "text", "text": unescape(text)})


def _replaced(text: str, replace: Callable[[re.Match[str]], str | None]) -> str:
    """Escape everything except the tokens for which `replace` knows something better."""
    pieces: list[str] = []
    end = 0
    for match in _TOKEN.finditer(text):
        pieces.append(escape(text[end : match.start()]))
        replacement = None if match["code"] else replace(match)
        pieces.append(escape(match[0]) if replacement is None else replacement)
        end = match.end()
    pieces.append(escape(text[end:]))
    return "".join(pieces)


def _mention(workspace: Workspace, match: re.Match[str], *, with_names: bool) -> str | None:
    if name := match["user_id"] or match["name"]:
        return _mention_of_person(workspace, name, with_names=with_names)
    if name := match["channel_id"] or match["channel"]:
        channel = workspace.channel_named(name)
        return f"<#{channel.id}|{channel.name}>" if channel else None
    return None


def _mention_of_person(workspace: Workspace, name: str, *, with_names: bool) -> str | None:
    if person := workspace.person_named(name):
        return f"<@{person.id}|{person.name}>" if with_names else f"<@{person.id}>"
    for group in workspace.groups.values():
        if name == group.handle:
            return f"<!subteam^{group.id}|@{group.handle}>" if with_names else f"<!subteam^{group.id}>"
    return f"<!{name}>" if name in BROADCASTS else None
