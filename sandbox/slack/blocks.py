"""Walks through blocks: their elements, their texts, and the ids that Slack fills in where the app gave none."""

import copy
from collections.abc import Iterator

from sandbox.slack.identifiers import Identifiers
from sandbox.slack.records import Json

ELEMENTS_WITH_STATE = frozenset(
    {
        "static_select",
        "external_select",
        "multi_static_select",
        "users_select",
        "datepicker",
        "datetimepicker",
        "radio_buttons",
        "checkboxes",
        "plain_text_input",
        "number_input",
        "email_text_input",
        "file_input",
    }
)


def elements_of(block: Json) -> Iterator[tuple[str, Json]]:
    """The interactive elements of one block, each with its JSON pointer inside the block."""
    if block.get("type") == "actions" and isinstance(block.get("elements"), list):
        for number, element in enumerate(block["elements"]):
            if isinstance(element, dict):
                yield f"/elements/{number}", element
    for name in ("accessory", "element"):
        if isinstance(block.get(name), dict):
            yield f"/{name}", block[name]


def with_ids(blocks: list[Json], ids: Identifiers) -> list[Json]:
    """A copy of the blocks in which every block and every interactive element has an id."""
    blocks = copy.deepcopy(blocks)
    for block in blocks:
        if not block.get("block_id"):
            block["block_id"] = ids.short()
        for _, element in elements_of(block):
            if not element.get("action_id"):
                element["action_id"] = ids.short()
    return blocks


def find_element(blocks: list[Json], action_id: str, block_id: str | None = None) -> tuple[Json, Json] | None:
    """The block and its element with this action id, in this block if one is named."""
    for block in blocks:
        if block_id is None or block.get("block_id") == block_id:
            for _, element in elements_of(block):
                if element.get("action_id") == action_id:
                    return block, element
    return None


def options_of(element: Json) -> list[Json]:
    """The options of an element, those in groups included."""
    options: list[Json] = list(element.get("options") or ())
    for group in element.get("option_groups") or ():
        options.extend(group["options"])
    return options


def texts_of(thing: object) -> Iterator[str]:
    """Every text that a reader sees in blocks, in order."""
    if isinstance(thing, list):
        for item in thing:
            yield from texts_of(item)
    elif isinstance(thing, dict):
        for name, part in thing.items():
            if name == "text" and isinstance(part, str):
                yield part
            elif isinstance(part, dict | list) and name not in ("confirm", "options", "option_groups"):
                yield from texts_of(part)


def initial_state(element: Json) -> Json | None:
    """What an element holds before anybody touched it, as Slack reports it; None if it holds nothing ever."""
    kind = element.get("type")
    if kind not in ELEMENTS_WITH_STATE:
        return None
    state: Json = {"type": kind}
    if kind in ("static_select", "external_select", "radio_buttons"):
        state["selected_option"] = element.get("initial_option")
    elif kind in ("multi_static_select", "checkboxes"):
        state["selected_options"] = list(element.get("initial_options") or ())
    elif kind == "users_select":
        state["selected_user"] = element.get("initial_user")
    elif kind == "datepicker":
        state["selected_date"] = element.get("initial_date")
    elif kind == "datetimepicker":
        state["selected_date_time"] = element.get("initial_date_time")
    elif kind == "file_input":
        state["files"] = []
    else:
        state["value"] = element.get("initial_value") or None
    return state


def state_of(blocks: list[Json], before: dict[str, Json] | None = None) -> dict[str, Json]:
    """The state of all inputs: what was there `before` under the same ids and type, else what they begin with."""
    values: dict[str, Json] = {}
    for block in blocks:
        for _, element in elements_of(block):
            state = initial_state(element)
            if state is None:
                continue
            held = (before or {}).get(block["block_id"], {}).get(element["action_id"])
            if held is not None and held.get("type") == element["type"]:
                state = held
            values.setdefault(block["block_id"], {})[element["action_id"]] = state
    return values
