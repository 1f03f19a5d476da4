"""Slack's limits: what is just allowed passes, one more is refused with a pointer to the place."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.slack import limits
from sandbox.slack.refusals import SlackRefusal
from sandbox.slack.rules import Problems
from sandbox.slack.surfaces import check_message_blocks, check_suggestions, check_view
from tests.sandbox.slack.parrot import JSON, plain

Make = Callable[[int], JSON]


def mrkdwn(text: str) -> JSON:
    """A text object with markup."""
    return {"type": "mrkdwn", "text": text}


def section(accessory: JSON) -> JSON:
    """A section with something beside it."""
    return {"type": "section", "text": plain("x"), "accessory": accessory}


def button(**fields: Any) -> JSON:
    """A button."""
    return {"type": "button", "action_id": "a", "text": plain("x"), **fields}


def options(count: int, text: str = "x") -> list[JSON]:
    """So many options."""
    return [{"text": plain(text), "value": str(number)} for number in range(count)]


def select(**fields: Any) -> JSON:
    """A select."""
    return {"type": "static_select", "action_id": "a", "options": options(1), **fields}


def confirm(**fields: Any) -> JSON:
    """A button that asks again."""
    asking = {"title": plain("x"), "text": plain("x"), "confirm": plain("x"), "deny": plain("x"), **fields}
    return section(button(confirm=asking))


def form(element: JSON, **fields: Any) -> JSON:
    """An input block."""
    return {"type": "input", "label": plain("x"), "element": {"action_id": "a", **element}, **fields}


def table(rows: int, columns: int, text: str = "x") -> JSON:
    """A table."""
    return {"type": "table", "rows": [[{"type": "raw_text", "text": text}] * columns] * rows}


def modal(**fields: Any) -> JSON:
    """A modal."""
    return {"type": "modal", "title": plain("x"), "submit": plain("x"), "blocks": [], **fields}


BLOCK_LIMITS: list[tuple[str, int, Make, str]] = [
    ("section text", 3000, lambda n: {"type": "section", "text": mrkdwn("x" * n)}, "/text/text"),
    ("section fields", 10, lambda n: {"type": "section", "fields": [mrkdwn("x")] * n}, "/fields"),
    ("field text", 2000, lambda n: {"type": "section", "fields": [mrkdwn("x" * n)]}, "/fields/0/text"),
    ("header", 150, lambda n: {"type": "header", "text": plain("x" * n)}, "/text/text"),
    ("context", 10, lambda n: {"type": "context", "elements": [mrkdwn("x")] * n}, "/elements"),
    (
        "actions",
        25,
        lambda n: {"type": "actions", "elements": [button(action_id=str(i)) for i in range(n)]},
        "/elements",
    ),
    ("button text", 75, lambda n: section(button(text=plain("x" * n))), "/accessory/text/text"),
    ("button value", 2000, lambda n: section(button(value="x" * n)), "/accessory/value"),
    ("action id", 255, lambda n: section(button(action_id="x" * n)), "/accessory/action_id"),
    ("block id", 255, lambda n: {"type": "divider", "block_id": "x" * n}, "/block_id"),
    ("options", 100, lambda n: section(select(options=options(n))), "/accessory/options"),
    ("option text", 75, lambda n: section(select(options=options(1, "x" * n))), "/accessory/options/0/text/text"),
    (
        "option value",
        150,
        lambda n: section(select(options=[{"text": plain("x"), "value": "x" * n}])),
        "/accessory/options/0/value",
    ),
    ("overflow", 5, lambda n: section({"type": "overflow", "options": options(n)}), "/accessory/options"),
    ("radio buttons", 10, lambda n: section({"type": "radio_buttons", "options": options(n)}), "/accessory/options"),
    ("placeholder", 150, lambda n: section(select(placeholder=plain("x" * n))), "/accessory/placeholder/text"),
    ("confirm title", 100, lambda n: confirm(title=plain("x" * n)), "/accessory/confirm/title/text"),
    ("confirm text", 300, lambda n: confirm(text=plain("x" * n)), "/accessory/confirm/text/text"),
    ("confirm button", 30, lambda n: confirm(confirm=plain("x" * n)), "/accessory/confirm/confirm/text"),
    ("confirm deny", 30, lambda n: confirm(deny=plain("x" * n)), "/accessory/confirm/deny/text"),
    ("label", 2000, lambda n: form({"type": "plain_text_input"}, label=plain("x" * n)), "/label/text"),
    ("hint", 2000, lambda n: form({"type": "plain_text_input"}, hint=plain("x" * n)), "/hint/text"),
    (
        "initial value",
        3000,
        lambda n: form({"type": "plain_text_input", "initial_value": "x" * n}),
        "/element/initial_value",
    ),
    ("table rows", 100, lambda n: table(n, 1), "/rows"),
    ("table columns", 20, lambda n: table(1, n), "/rows/0"),
    ("table characters", 10_000, lambda n: table(1, 1, "x" * n), ""),
]

VIEW_LIMITS: list[tuple[str, int, Make, str]] = [
    ("title", 24, lambda n: modal(title=plain("x" * n)), "/title/text"),
    ("submit", 24, lambda n: modal(submit=plain("x" * n)), "/submit/text"),
    ("close", 24, lambda n: modal(close=plain("x" * n)), "/close/text"),
    ("private metadata", 3000, lambda n: modal(private_metadata="x" * n), "/private_metadata"),
    ("callback id", 255, lambda n: modal(callback_id="x" * n), "/callback_id"),
    ("blocks", 100, lambda n: modal(blocks=[{"type": "divider"}] * n), "/blocks"),
]

WRONG_MESSAGES: list[tuple[str, list[JSON], str]] = [
    ("unknown block", [{"type": "video"}], "unsupported type: video [json-pointer:/blocks/0/type]"),
    ("no type", [{"text": "x"}], "missing required field: type [json-pointer:/blocks/0]"),
    (
        "image",
        [{"type": "image", "image_url": "https://example.com/x.png", "alt_text": "x"}],
        "unsupported type: image",
    ),
    ("empty section", [{"type": "section"}], "must provide one of: text, fields"),
    ("empty text", [{"type": "section", "text": mrkdwn("")}], "must be more than 0 characters"),
    ("markup in a header", [{"type": "header", "text": mrkdwn("x")}], "unsupported type: mrkdwn"),
    ("typo", [{"type": "divider", "blockid": "x"}], "invalid additional property: blockid"),
    ("button style", [section(button(style="green"))], "value must be one of: primary, danger"),
    ("same block id", [{"type": "divider", "block_id": "x"}] * 2, "`block_id` already used: x"),
    ("same action id", [{"type": "actions", "elements": [button()] * 2}], "`action_id` already used in this block: a"),
    ("select with two values", [section(select(options=options(1) * 2))], "options must have different values"),
    (
        "initial option of its own",
        [section(select(initial_option={"text": plain("y"), "value": "y"}))],
        "initial option must exactly match one of the options",
    ),
    ("text among actions", [{"type": "actions", "elements": [{"type": "plain_text_input"}]}], "unsupported element"),
    ("button in an input", [form({"type": "button", "text": plain("x")})], "unsupported element: button"),
    ("file input in a message", [form({"type": "file_input"})], "unsupported element: file_input"),
    ("two tables", [table(1, 1), table(1, 1)], "only_one_table_allowed"),
    ("ragged table", [{"type": "table", "rows": [table(1, 1)["rows"][0], table(1, 2)["rows"][0]]}], "same number"),
    ("number input", [form({"type": "number_input"})], "missing required field: is_decimal_allowed"),
    ("date", [section({"type": "datepicker", "initial_date": "1.2.2026"})], "does not match the form"),
    ("flag", [form({"type": "plain_text_input", "multiline": "yes"})], "must be a boolean"),
    ("not an object", ["text"], "must be an object"),  # type: ignore[list-item]  # that is what is wrong with it
]


@pytest.mark.parametrize(("name", "most", "make", "pointer"), BLOCK_LIMITS, ids=[limit[0] for limit in BLOCK_LIMITS])
def test_block_may_have_as_much_and_no_more(name: str, most: int, make: Make, pointer: str) -> None:
    check_message_blocks([make(most)])
    with pytest.raises(SlackRefusal) as refusal:
        check_message_blocks([make(most + 1)])
    assert refusal.value.error == "invalid_blocks", name
    assert f"[json-pointer:/blocks/0{pointer}]" in refusal.value.messages[0]


@pytest.mark.parametrize(("name", "most", "make", "pointer"), VIEW_LIMITS, ids=[limit[0] for limit in VIEW_LIMITS])
def test_view_may_have_as_much_and_no_more(name: str, most: int, make: Make, pointer: str) -> None:
    check_view(make(most), "modal")
    with pytest.raises(SlackRefusal) as refusal:
        check_view(make(most + 1), "modal")
    assert refusal.value.error == "invalid_arguments", name
    assert f"[json-pointer:/view{pointer}]" in refusal.value.messages[0]


@pytest.mark.parametrize(("name", "blocks", "complaint"), WRONG_MESSAGES, ids=[wrong[0] for wrong in WRONG_MESSAGES])
def test_wrong_blocks_are_refused(name: str, blocks: list[JSON], complaint: str) -> None:
    with pytest.raises(SlackRefusal) as refusal:
        check_message_blocks(blocks)
    assert refusal.value.error == "invalid_blocks", name
    assert any(complaint in message for message in refusal.value.messages), refusal.value.messages


def test_message_has_at_most_fifty_blocks_and_thirteen_thousand_characters() -> None:
    check_message_blocks([{"type": "divider"}] * 50)
    with pytest.raises(SlackRefusal) as refusal:
        check_message_blocks([{"type": "divider"}] * 51)
    assert refusal.value.messages == ["[ERROR] no more than 50 items allowed [json-pointer:/blocks]"]

    full = [{"type": "section", "text": mrkdwn("x" * 2600)}] * 5
    check_message_blocks(full)
    with pytest.raises(SlackRefusal) as refusal:
        check_message_blocks([*full, {"type": "header", "text": plain("x")}])
    assert refusal.value.error == "msg_blocks_too_long"


def test_blocks_that_are_no_list_are_refused() -> None:
    with pytest.raises(SlackRefusal, match="invalid_blocks_format"):
        check_message_blocks({"type": "divider"})


def test_view_is_at_most_a_quarter_of_a_megabyte() -> None:
    sections = [{"type": "section", "fields": [mrkdwn("x" * 2000)] * 10}]
    check_view(modal(blocks=sections * 12), "modal")
    with pytest.raises(SlackRefusal, match="view_too_large"):
        check_view(modal(blocks=sections * 13), "modal")


def test_surfaces_take_different_things() -> None:
    with_file = form({"type": "file_input"})
    check_view(modal(blocks=[with_file]), "modal")
    home: JSON = {"type": "home", "blocks": [section(button())]}
    check_view(home, "home")
    for wrong, kind, complaint in [
        ({**home, "blocks": [with_file]}, "home", "unsupported element: file_input"),
        ({**home, "blocks": [table(1, 1)]}, "home", "unsupported type: table"),
        (modal(blocks=[table(1, 1)]), "modal", "unsupported type: table"),
        (modal(), "home", "must be a valid enum value: home"),
        (modal(blocks=[with_file], submit=None), "modal", "missing required field: submit"),
    ]:
        with pytest.raises(SlackRefusal) as refusal:
            check_view(wrong, kind)
        assert complaint in refusal.value.messages[0]


def test_only_one_element_has_the_focus() -> None:
    focused = form({"type": "plain_text_input", "focus_on_load": True})
    check_view(modal(blocks=[focused]), "modal")
    with pytest.raises(SlackRefusal) as refusal:
        check_view(modal(blocks=[focused, focused]), "modal")
    assert "focus_on_load" in refusal.value.messages[0]


def test_suggestions_are_options_too() -> None:
    assert check_suggestions({"options": options(100)}) is None
    assert check_suggestions({"options": []}) is None
    assert check_suggestions({"option_groups": [{"label": plain("x"), "options": options(2)}]}) is None
    assert "no more than 100" in (check_suggestions({"options": options(101)}) or "")
    assert "must provide one of" in (check_suggestions({}) or "")


def test_rich_text_and_tables_of_rich_text_are_known() -> None:
    words = {"type": "rich_text_section", "elements": [{"type": "text", "text": "x", "style": {"bold": True}}]}
    rich = [
        words,
        {"type": "rich_text_list", "style": "bullet", "elements": [words]},
        {"type": "rich_text_preformatted", "elements": [{"type": "link", "url": "https://example.com"}]},
        {"type": "rich_text_quote", "elements": [{"type": "user", "user_id": "U0SAM"}]},
    ]
    cell = {"type": "rich_text", "elements": [words]}
    check_message_blocks(
        [
            {"type": "rich_text", "elements": rich},
            {"type": "table", "rows": [[cell, cell]], "column_settings": [{"align": "right", "is_wrapped": True}]},
        ]
    )


def test_metadata_names_its_event() -> None:
    problems = Problems()
    limits.METADATA.check({"event_type": "x"}, "/metadata", problems)
    assert problems.messages == ["[ERROR] missing required field: event_payload [json-pointer:/metadata]"]
