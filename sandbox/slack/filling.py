"""Finds what a test means in a view or message ("Reason", "Clear cache", an action id) and puts values into it."""

import datetime
from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.slack.blocks import options_of
from sandbox.slack.seen import Json, Place, SeenView, Suggestion

Suggesting = Callable[[Json, Json, str], Awaitable[list[Suggestion]]]


def find_pressable(
    place: Place, button: str | None, *, action_id: str | None, block_id: str | None, value: str | None
) -> tuple[Json, Json, Any]:
    """The block, the element and what is chosen in it: by the text of a button or of an option, or by ids.

    Raises AssertionError that says what there is instead.
    """
    found: list[tuple[Json, Json, Any]] = []
    for block, element in place.elements:
        if action_id not in (None, element["action_id"]) or block_id not in (None, block["block_id"]):
            continue
        if element["type"] == "button":
            if button in (None, element["text"]["text"]) and value in (None, element.get("value", "")):
                found.append((block, element, None))
        elif button is None:
            found.append((block, element, value))
        else:
            found += [(block, element, one["value"]) for one in options_of(element) if one["text"]["text"] == button]
    if not found:
        wanted = ", ".join(str(part) for part in (button, action_id, block_id, value) if part is not None)
        offered = place.buttons + place.choices
        ids = [element["action_id"] for _, element in place.elements]
        raise AssertionError(
            f"There is nothing to press that is {wanted!r}.\nTexts: {offered}\nAction ids: {ids}\n{place.described()}"
        )
    return found[0]


def find_input(view: Place, name: str) -> tuple[Json, Json]:
    """The block and the element of an input: by its label, its action id or its block id. Raises AssertionError."""
    for block, element in view.elements:
        label = (block.get("label") or {}).get("text")
        if name in (label, element["action_id"], block["block_id"]):
            return block, element
    inputs = view.inputs if isinstance(view, SeenView) else []
    ids = [element["action_id"] for _, element in view.elements]
    raise AssertionError(f"There is no input {name!r}.\nLabels: {inputs}\nAction ids: {ids}\n{view.described()}")


async def state_for(block: Json, element: Json, value: Any, suggest: Suggesting) -> Json:
    """The state that Slack's client would send for an element holding `value`, which is given as people say it.

    A text, a number, a date; the text or the value of an option, or a list of them; the name of a file's id.
    Raises AssertionError when the element does not offer it.
    """
    kind = element["type"]
    held: Json
    if kind in ("static_select", "radio_buttons"):
        held = {"selected_option": _option(element, value)}
    elif kind == "external_select":
        held = {"selected_option": await _suggested(block, element, value, suggest)}
    elif kind in ("multi_static_select", "checkboxes"):
        held = {"selected_options": [_option(element, one) for one in _several(value)]}
    elif kind == "users_select":
        held = {"selected_user": value}
    elif kind == "datepicker":
        held = {"selected_date": value.isoformat() if isinstance(value, datetime.date) else value}
    elif kind == "datetimepicker":
        held = {"selected_date_time": int(value.timestamp()) if isinstance(value, datetime.datetime) else value}
    elif kind == "file_input":
        held = {"files": [{"id": file_id} for file_id in _several(value)]}
    else:
        held = {"value": None if value is None else str(value)}
    return {"type": kind, **held}


def _several(value: Any) -> list[Any]:
    return [value] if isinstance(value, str) else list(value or ())


def _option(element: Json, value: Any) -> Json | None:
    if value is None:
        return None
    for option in options_of(element):
        if value in (option["value"], option["text"]["text"]):
            return option
    offered = [option["text"]["text"] for option in options_of(element)]
    raise AssertionError(f"{element['action_id']!r} does not offer {value!r}, but: {offered}")


async def _suggested(block: Json, element: Json, value: Any, suggest: Suggesting) -> Json | None:
    if value is None or isinstance(value, dict):
        return value
    suggestions = await suggest(block, element, str(value))
    for suggestion in suggestions:
        if value in (suggestion.value, suggestion.text):
            return suggestion.option
    offered = [suggestion.text for suggestion in suggestions]
    raise AssertionError(f"For {value!r}, {element['action_id']!r} offers {offered}")
