"""Blocks and Slack's text as a person reads them, in plain words."""

import re
from collections.abc import Callable, Iterable
from typing import Any

_MARKUP = re.compile(r"<([^<>\n]+)>")
_CODE = re.compile(r"```(.+?)```|`([^`\n]+)`", re.DOTALL)
_EMPHASIS = re.compile(r"(?<![\w*])([*_~])(\S(?:[^\n]*?\S)?)\1(?![\w*])")

Names = Callable[[str], str]


def readable(text: str, names: Names) -> str:
    """A text as it is read: mentions by name, links by label, no marks of emphasis. `names` turns an id into a name."""

    def show(match: re.Match[str]) -> str:
        target, _, label = match[1].partition("|")
        if target[:1] in ("@", "#"):
            return target[0] + (label or names(target[1:]))
        if label:
            return label
        if target.startswith("!"):
            return "@" + names(target[1:].removeprefix("subteam^"))
        return target

    pieces: list[str] = []
    end = 0
    for code in _CODE.finditer(text):
        pieces += [_without_emphasis(text[end : code.start()]), code[1] or code[2]]
        end = code.end()
    pieces.append(_without_emphasis(text[end:]))
    shown = _MARKUP.sub(show, "".join(pieces))
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def read_blocks(blocks: Iterable[dict[str, Any]], names: Names) -> str:
    """Blocks as lines of text."""
    return "\n".join(line for block in blocks for line in _lines_of(block, names))


def shown_text(text: dict[str, Any] | None, names: Names) -> str:
    """A text object as it is read."""
    if not text:
        return ""
    content = str(text["text"])
    return content if text["type"] == "plain_text" else readable(content, names)


def _lines_of(block: dict[str, Any], names: Names) -> list[str]:
    match block["type"]:
        case "table":
            lines = [" | ".join(_cell(cell, names) for cell in row) for row in block["rows"]]
        case "rich_text":
            lines = [_rich(part, names) for part in block["elements"]]
        case "context":
            lines = ["  ".join(shown_text(part, names) for part in block["elements"])]
        case "actions":
            lines = [" ".join(_element(part, names) for part in block["elements"])]
        case "input":
            filled = f"{shown_text(block['label'], names)}: {_element(block['element'], names)}"
            lines = [filled, shown_text(block.get("hint"), names)]
        case _:
            fields = block.get("fields") or ()
            lines = [shown_text(block.get("text"), names), *(shown_text(part, names) for part in fields)]
            if block.get("accessory"):
                lines.append(_element(block["accessory"], names))
    return [line for line in lines if line]


def _cell(cell: dict[str, Any], names: Names) -> str:
    if cell["type"] == "raw_text":
        return str(cell["text"])
    return " ".join(_rich(part, names) for part in cell["elements"])


def _rich(part: dict[str, Any], names: Names) -> str:
    if "elements" in part:
        separator = "\n" if part["type"] == "rich_text_list" else ""
        return separator.join(_rich(inner, names) for inner in part["elements"])
    for name in ("text", "url", "fallback"):
        if name in part:
            return str(part[name])
    for name in ("user_id", "usergroup_id"):
        if name in part:
            return "@" + names(part[name])
    if "channel_id" in part:
        return "#" + names(part["channel_id"])
    return str(part.get("name") or part.get("range") or part.get("value") or "")


def _element(element: dict[str, Any], names: Names) -> str:
    if element["type"] == "button":
        return f"[{element['text']['text']}]"
    if element["type"] == "overflow":
        return "[… " + " / ".join(option["text"]["text"] for option in element["options"]) + "]"
    if element["type"] in ("radio_buttons", "checkboxes"):
        return " / ".join(shown_text(option["text"], names) for option in element["options"])
    chosen = element.get("initial_option") or {}
    shown = chosen.get("text") or element.get("placeholder") or {}
    return f"({element.get('initial_value') or shown.get('text') or element['type']})"


def _without_emphasis(text: str) -> str:
    before = ""
    while before != text:
        before, text = text, _EMPHASIS.sub(r"\2", text)
    return text
