"""Builders for the few kinds of blocks that are used; each keeps its limits, and says whether it takes markup."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.model.talk import ChoiceField, FileField, SuggestField, TextField
from bot.slack import limits
from bot.slack.limits import cut
from bot.slack.text import Markup, clean, cut_markup, line

Block = dict[str, Any]


@dataclass(frozen=True)
class Press:
    """A button: the handler that it calls, the opaque id that the handler is given, and what stands on it."""

    handler: str
    subject: str
    text: str
    style: Literal["", "primary", "danger"] = ""
    confirm: tuple[str, str, str] | None = None  # title, text, what the confirming button says

    @property
    def packed(self) -> str:
        """Handler and subject as one value, for a menu."""
        return f"{self.handler} {self.subject}"


def plain(text: str, longest: int) -> Block:
    """A text object in which nothing but its letters means anything."""
    return {"type": "plain_text", "text": cut(line(text), longest) or "–", "emoji": False}


def marked(text: Markup, longest: int = limits.SECTION) -> Block:
    """A text object with markup; Slack looks for no links or names of its own in it."""
    return {"type": "mrkdwn", "text": cut_markup(text, longest) or "–", "verbatim": True}


def header(text: str) -> Block:
    """The verdict, large."""
    return {"type": "header", "text": plain(text, limits.HEADER)}


def section(text: Markup) -> Block:
    """A paragraph."""
    return {"type": "section", "text": marked(text)}


def context(*texts: Markup) -> Block:
    """Small print."""
    some = [text for text in texts if text][: limits.CONTEXT_ELEMENTS]
    return {"type": "context", "elements": [marked(text, limits.CONTEXT) for text in some or [Markup("–")]]}


def divider() -> Block:
    """A line."""
    return {"type": "divider"}


def preformatted(lines: Iterable[str]) -> Block:
    """Lines in the letters of a machine, literally."""
    text = cut(clean("\n".join(lines)), limits.SECTION) or "–"
    inside = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [inside]}


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], links: Sequence[str] = ()) -> Block:
    """A table for a message; the first line says what the columns are.

    `links` are addresses to which the first cells of the rows lead, as far as they are not empty.
    """
    width = min(len(columns), limits.TABLE_COLUMNS)
    head = [_bold(text) for text in columns[:width]]
    body = [[_raw(text) for text in row[:width]] for row in rows]
    for cells, address in zip(body, links, strict=False):
        if address:
            cells[0] = _rich({"type": "link", "url": address, "text": cells[0]["text"]})
    settings = [{"is_wrapped": True} for _ in range(width)]
    return {"type": "table", "column_settings": settings, "rows": [head, *body]}


def actions(block_id: str, presses: Sequence[Press], more: Sequence[Press] = ()) -> Block | None:
    """At most five buttons, the likeliest first; what is beyond them stands in a menu. None when there is nothing."""
    fits = limits.BUTTONS if len(presses) <= limits.BUTTONS and not more else limits.BUTTONS - 1
    shown, hidden = list(presses[:fits]), [*presses[fits:], *more]
    if len(hidden) == 1 and len(shown) < limits.BUTTONS:
        shown, hidden = [*shown, *hidden], []
    elements = [_button(press, name) for press, name in zip(shown, _ids(shown), strict=True)]
    if hidden:
        elements.append(_menu(hidden[: limits.OVERFLOW_OPTIONS]))
    return {"type": "actions", "block_id": cut(block_id, limits.ID), "elements": elements} if elements else None


def text_input(field: TextField) -> Block:
    """A line or a block of text to type."""
    element: Block = {
        "type": "plain_text_input", "action_id": "text", "multiline": field.multiline,
        "max_length": min(field.longest, limits.TYPED),
    }  # fmt: skip
    if field.value:
        element["initial_value"] = cut(clean(field.value), min(field.longest, limits.TYPED))
    return _input(field, field.name, element)


def choice(field: ChoiceField) -> Block:
    """One of a few options."""
    options = [_option(value, text) for value, text in field.options[: limits.OPTIONS]]
    element: Block = {"type": "static_select", "action_id": "choice", "options": options}
    for option in options:
        if field.value and option["value"] == field.value:
            element["initial_option"] = option
    return _input(field, field.name, element)


def file_input(field: FileField) -> Block:
    """Files to bring along."""
    element: Block = {"type": "file_input", "action_id": "files", "max_files": min(field.most, limits.FILES)}
    return _input(field, field.name, element)


def suggest(field: SuggestField) -> Block:
    """One of many options, found by typing; the block's id carries what the suggestion is about."""
    element: Block = {"type": "external_select", "action_id": field.source, "min_query_length": 0}
    if field.value:
        element["initial_option"] = _option(field.value, field.value)
    element["placeholder"] = plain("Type to find one", limits.PLACEHOLDER)
    return _input(field, f"{field.name}|{field.about}", element)


def options(pairs: Iterable[tuple[str, str]]) -> list[Block]:
    """Options to choose from, those left out whose value Slack would not carry."""
    return [_option(value, text) for value, text in pairs if 0 < len(value) <= limits.OPTION_VALUE][: limits.OPTIONS]


def _input(field: TextField | ChoiceField | SuggestField | FileField, block_id: str, element: Block) -> Block:
    block: Block = {
        "type": "input", "block_id": cut(block_id, limits.ID), "optional": field.optional,
        "label": plain(field.label, limits.LABEL), "element": element,
    }  # fmt: skip
    if field.hint:
        block["hint"] = plain(field.hint, limits.HINT)
    return block


def _option(value: str, text: str) -> Block:
    return {"text": plain(text, limits.OPTION_TEXT), "value": cut(value, limits.OPTION_VALUE)}


def _button(press: Press, action_id: str) -> Block:
    button: Block = {
        "type": "button", "action_id": action_id, "text": plain(press.text, limits.BUTTON_TEXT),
        "value": press.subject or "-",
    }  # fmt: skip
    if press.style:
        button["style"] = press.style
    if press.confirm:
        title, text, confirm = press.confirm
        button["confirm"] = {
            "title": plain(title, limits.CONFIRM_TITLE), "text": plain(text, limits.CONFIRM_TEXT),
            "confirm": plain(confirm, limits.CONFIRM_BUTTON), "deny": plain("Not now", limits.CONFIRM_BUTTON),
        }  # fmt: skip
        if press.style:
            button["confirm"]["style"] = press.style
    return button


def _menu(presses: Sequence[Press]) -> Block:
    options = [_option(press.packed, press.text) for press in presses]
    return {"type": "overflow", "action_id": "more", "options": options}


def _ids(presses: Sequence[Press]) -> list[str]:
    """The handlers' names, numbered where one stands more than once."""
    often = Counter(press.handler for press in presses)
    return [
        press.handler if often[press.handler] == 1 else f"{press.handler}:{number}"
        for number, press in enumerate(presses)
    ]


def _raw(text: str) -> Block:
    return {"type": "raw_text", "text": cut(line(text), limits.CELL) or "–"}


def _bold(text: str) -> Block:
    return _rich({"type": "text", "text": cut(line(text), limits.CELL) or "–", "style": {"bold": True}})


def _rich(inside: Block) -> Block:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [inside]}]}
