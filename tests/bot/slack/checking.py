"""Checks blocks twice: by the classes of slack_sdk, and by the rules that the local workspace enforces."""

from typing import Any

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.slack.paper import Message
from sandbox.slack.blocks import texts_of
from sandbox.slack.surfaces import check_message_blocks, check_view

KINDS = {"header", "section", "context", "divider", "actions", "input", "rich_text", "table"}


def check(message: Message) -> Message:
    """The message, if Slack would take it."""
    assert message.text and message.blocks
    check_message_blocks(message.blocks)
    _parse(message.blocks)
    return message


def check_modal(view: dict[str, Any]) -> dict[str, Any]:
    """The modal, if Slack would take it."""
    check_view(view, "modal")
    _parse(view["blocks"])
    View(**view).validate_json()
    return view


def check_home(view: dict[str, Any]) -> dict[str, Any]:
    """The home, if Slack would take it."""
    check_view(view, "home")
    _parse(view["blocks"])
    return view


def words(message: Message) -> str:
    """Everything that is read in the blocks."""
    return "\n".join(texts_of(message.blocks))


def buttons(message: Message) -> list[str]:
    """The texts of the buttons in order; those of the menu after a bar."""
    found: list[str] = []
    for block in message.blocks:
        for element in block["elements"] if block["type"] == "actions" else ():
            if element["type"] == "button":
                found.append(element["text"]["text"])
            else:
                found += ["|", *(option["text"]["text"] for option in element["options"])]
    return found


def _parse(blocks: list[dict[str, Any]]) -> None:
    for block in blocks:
        assert block["type"] in KINDS
        parsed = Block.parse(block)
        assert parsed is not None, block["type"]
        parsed.validate_json()
