"""Checks what the app wants to show on a surface (message, modal, App Home) and refuses it as Slack would."""

import json
from typing import Any

from sandbox.slack import limits
from sandbox.slack.blocks import elements_of, options_of, texts_of
from sandbox.slack.records import Json
from sandbox.slack.refusals import SlackRefusal
from sandbox.slack.rules import Items, Problems, Rule


def check_message_blocks(blocks: Any) -> list[Json]:
    """The blocks, if a message may carry them. Raises SlackRefusal `invalid_blocks…` or `msg_blocks_too_long`."""
    if not isinstance(blocks, list):
        raise SlackRefusal("invalid_blocks_format")
    problems = Problems()
    Items(limits.IN_MESSAGES, limits.MESSAGE_BLOCKS, 0).check(blocks, "/blocks", problems)
    if not problems.messages:
        _check_together(blocks, "/blocks", problems)
        _check_tables(blocks, problems)
    if problems.messages:
        raise SlackRefusal("invalid_blocks", messages=problems.messages)
    if sum(map(len, texts_of(blocks))) > limits.BLOCK_CHARACTERS:
        raise SlackRefusal("msg_blocks_too_long")
    return blocks


def check_view(view: Any, kind: str) -> Json:
    """The view, if it may be shown as a `modal` or a `home`. Raises SlackRefusal `invalid_arguments`, …"""
    if not isinstance(view, dict):
        raise SlackRefusal("invalid_arguments", messages=["[ERROR] must provide an object [json-pointer:/view]"])
    if len(json.dumps(view, ensure_ascii=False).encode()) > limits.VIEW_BYTES:
        raise SlackRefusal("view_too_large")
    problems = Problems()
    if view.get("type") != kind:
        problems.add(f"must be a valid enum value: {kind}", "/view/type")
    shape: Rule = limits.MODAL if kind == "modal" else limits.HOME
    shape.check(view, "/view", problems)
    if not problems.messages:
        blocks = view["blocks"]
        _check_together(blocks, "/view/blocks", problems)
        if kind == "modal" and not view.get("submit") and any(block["type"] == "input" for block in blocks):
            problems.add("missing required field: submit (the modal has input blocks)", "/view")
    if problems.messages:
        raise SlackRefusal("invalid_arguments", messages=problems.messages)
    return view


def check_suggestions(answer: Any) -> str | None:
    """What is wrong with the options that the app answered for an external select, or None."""
    problems = Problems()
    limits.SUGGESTIONS.check(answer, "", problems)
    return "; ".join(problems.messages) or None


def _check_together(blocks: list[Json], at: str, problems: Problems) -> None:
    """What no block can know alone: ids used twice, more than one element that wants the focus."""
    seen_blocks: set[str] = set()
    focused = 0
    for number, block in enumerate(blocks):
        block_at = f"{at}/{number}"
        block_id = block.get("block_id")
        if block_id is not None and block_id in seen_blocks:
            problems.add(f"`block_id` already used: {block_id}", f"{block_at}/block_id")
        seen_blocks.add(block_id or "")
        seen_actions: set[str] = set()
        for element_at, element in elements_of(block):
            action_id = element.get("action_id")
            if action_id is not None and action_id in seen_actions:
                problems.add(f"`action_id` already used in this block: {action_id}", f"{block_at}{element_at}")
            seen_actions.add(action_id or "")
            focused += bool(element.get("focus_on_load"))
            _check_element(element, f"{block_at}{element_at}", problems)
    if focused > 1:
        problems.add("only one element may have focus_on_load", at)


def _check_element(element: Json, at: str, problems: Problems) -> None:
    if element.get("options") and element.get("option_groups"):
        problems.add("only one of options and option_groups may be given", at)
    options = options_of(element)
    values = [option["value"] for option in options]
    if len(set(values)) != len(values):
        problems.add("options must have different values", f"{at}/options")
    initial = [element["initial_option"]] if element.get("initial_option") else element.get("initial_options") or []
    if element["type"] != "external_select" and any(option not in options for option in initial):
        problems.add("initial option must exactly match one of the options", f"{at}/initial_option")
    shortest, longest = element.get("min_length"), element.get("max_length")
    if shortest is not None and longest is not None and shortest > longest:
        problems.add("min_length must not be greater than max_length", f"{at}/min_length")


def _check_tables(blocks: list[Json], problems: Problems) -> None:
    tables = [(number, block) for number, block in enumerate(blocks) if block["type"] == "table"]
    for number, _ in tables[limits.TABLES :]:
        problems.add("only_one_table_allowed", f"/blocks/{number}")
    for number, table in tables:
        if sum(map(len, texts_of(table))) > limits.TABLE_CHARACTERS:
            problems.add(f"table must have fewer than {limits.TABLE_CHARACTERS + 1} characters", f"/blocks/{number}")
        if len({len(row) for row in table["rows"]}) > 1:
            problems.add("all rows must have the same number of cells", f"/blocks/{number}/rows")
