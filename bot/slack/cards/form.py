"""Modals: a form, the moment of waiting before it, and what is said when it is done."""

import json
from collections.abc import Mapping
from typing import Any

from bot.model.talk import ChoiceField, FileField, Form, SuggestField, TextField
from bot.slack import limits
from bot.slack.blocks import Block, choice, file_input, plain, preformatted, section, suggest, text_input
from bot.slack.paper import Message, columns_aligned, texts_of
from bot.slack.text import Markup

NO_FORM = "nothing"  # the callback id of modals that only say something


def draw_form(form: Form, about: Message | None, place: Mapping[str, Any]) -> Block:
    """The form; `place` is where it was opened, and comes back with it.

    Raises ValueError when the memo is longer than Slack carries: it is meant for ids.
    """
    metadata = json.dumps({"memo": form.memo, **place}, separators=(",", ":"))
    if len(metadata) > limits.METADATA:
        raise ValueError(f"The memo of form {form.name} is too long: {len(metadata)} characters.")
    blocks = [*modal_blocks(about)] if about else []
    return {
        "type": "modal", "callback_id": form.name, "private_metadata": metadata,
        "title": plain(form.title, limits.VIEW_TITLE), "submit": plain(form.submit, limits.VIEW_BUTTON),
        "close": plain("Cancel", limits.VIEW_BUTTON),
        "blocks": [*blocks, *map(_field, form.fields)][: limits.BLOCKS_IN_VIEW],
    }  # fmt: skip


def draw_waiting(title: str) -> Block:
    """What stands there until the form has been put together, or the work is done."""
    return _saying(title, [section(Markup("One moment…"))])


def draw_closing(title: str, said: Message) -> Block:
    """What stands there when nothing is left to fill in."""
    return _saying(title, modal_blocks(said))


def modal_blocks(message: Message) -> list[Block]:
    """The blocks of a message for a modal, where a table becomes lines of text."""
    blocks = []
    for block in message.blocks:
        if block["type"] == "table":
            rows = [["".join(texts_of(cell)) for cell in row] for row in block["rows"]]
            blocks.append(preformatted(columns_aligned((), rows)[: limits.LINES]))
        else:
            blocks.append(block)
    return blocks


def _saying(title: str, blocks: list[Block]) -> Block:
    return {
        "type": "modal", "callback_id": NO_FORM, "title": plain(title, limits.VIEW_TITLE),
        "close": plain("Close", limits.VIEW_BUTTON), "blocks": blocks[: limits.BLOCKS_IN_VIEW],
    }  # fmt: skip


def _field(field: TextField | ChoiceField | SuggestField | FileField) -> Block:
    match field:
        case TextField():
            return text_input(field)
        case ChoiceField():
            return choice(field)
        case SuggestField():
            return suggest(field)
        case FileField():
            return file_input(field)
