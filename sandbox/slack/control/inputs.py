"""What a person chose or typed into an element, checked as Slack's client checks it, in the form that Slack sends."""

import re
from typing import Any

from sandbox.slack.blocks import options_of
from sandbox.slack.messages import file_as_slack
from sandbox.slack.records import Json, View
from sandbox.slack.refusals import ControlRefusal
from sandbox.slack.workspace import Workspace

ONE_OPTION = frozenset({"static_select", "external_select", "radio_buttons", "overflow"})
MANY_OPTIONS = frozenset({"multi_static_select", "checkboxes"})
SINGLE_FIELDS = {"users_select": "selected_user", "datepicker": "selected_date", "datetimepicker": "selected_date_time"}
TYPED = frozenset({"plain_text_input", "number_input", "email_text_input"})
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
# Where the longest content is written in an element, what it is otherwise, and what is counted.
MOST = {
    "plain_text_input": ("max_length", 3000, "characters"),
    "file_input": ("max_files", 10, "files"),
    "multi_static_select": ("max_selected_items", 100, "choices"),
}
REQUIRED = "Please complete this required field."


def chosen(element: Json, selected: Any) -> Json:
    """The state of an element after `selected` was chosen: values of options, an id, a date, or a text.

    Raises ControlRefusal when the element does not offer it.
    """
    kind = element["type"]
    state: Json = {"type": kind}
    if kind in ONE_OPTION:
        state["selected_option"] = None if selected is None else _option(element, selected)
    elif kind in MANY_OPTIONS:
        state["selected_options"] = [_option(element, one) for one in selected or ()]
    elif kind in SINGLE_FIELDS:
        state[SINGLE_FIELDS[kind]] = selected
    elif kind in TYPED:
        state["value"] = None if selected is None else str(selected)
    else:
        raise ControlRefusal("nothing_to_choose", f"In a {kind} nothing can be chosen.")
    return state


def submitted(workspace: Workspace, element: Json, state: Json) -> Json:
    """The state of an element as the client sent it with a form, checked against what the element offers."""
    kind = element["type"]
    if state.get("type", kind) != kind:
        raise ControlRefusal("wrong_type", f"{element['action_id']} is a {kind}, not a {state['type']}.")
    if kind in ONE_OPTION:
        return chosen(element, state.get("selected_option"))
    if kind in MANY_OPTIONS:
        return chosen(element, state.get("selected_options"))
    if kind == "file_input":
        return {"type": kind, "files": [_file(workspace, entry) for entry in state.get("files") or ()]}
    field = SINGLE_FIELDS.get(kind, "value")
    value = state.get(field)
    if kind == "users_select" and value is not None and value not in workspace.people:
        raise ControlRefusal("unknown_person", f"There is no person {value!r}.")
    return chosen(element, None if value == "" else value)


def complaints(view: View) -> dict[str, str]:
    """What Slack's own client refuses before it sends a form: block id → sentence."""
    found: dict[str, str] = {}
    for block in view.blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        state = view.state[block["block_id"]][element["action_id"]]
        content = next((value for name, value in state.items() if name != "type"), None)
        if content in (None, "", []):
            if not block.get("optional"):
                found[block["block_id"]] = REQUIRED
        elif complaint := _complaint(element, content):
            found[block["block_id"]] = complaint
    return found


def _complaint(element: Json, content: Any) -> str | None:
    kind = element["type"]
    if kind == "email_text_input" and not EMAIL.fullmatch(content):
        return "Enter a valid email address."
    if kind == "number_input":
        return _number_complaint(element, content)
    if kind in MOST:
        field, most, unit = MOST[kind]
        most = element.get(field, most)
        if len(content) > most:
            return f"Must be at most {most} {unit}."
    if kind == "plain_text_input" and len(content) < element.get("min_length", 0):
        return f"Must be at least {element['min_length']} characters."
    return None


def _number_complaint(element: Json, content: str) -> str | None:
    if not NUMBER.fullmatch(content) or ("." in content and not element["is_decimal_allowed"]):
        return "Enter a valid number."
    if "min_value" in element and float(content) < float(element["min_value"]):
        return f"Must be at least {element['min_value']}."
    if "max_value" in element and float(content) > float(element["max_value"]):
        return f"Must be at most {element['max_value']}."
    return None


def _option(element: Json, selected: Any) -> Json:
    """The option with this value (or this very option). What an external select offers is only known to the app."""
    if element["type"] == "external_select":
        if isinstance(selected, dict) and "value" in selected:
            return selected
        raise ControlRefusal("option_needed", f"For {element['action_id']} a whole option {{text, value}} is needed.")
    value = selected.get("value") if isinstance(selected, dict) else selected
    for option in options_of(element):
        if option["value"] == value:
            return option
    offered = ", ".join(option["value"] for option in options_of(element))
    raise ControlRefusal("unknown_option", f"{element['action_id']} does not offer {value!r}, only: {offered}.")


def _file(workspace: Workspace, entry: Any) -> Json:
    file_id = entry.get("id") if isinstance(entry, dict) else entry
    if file_id not in workspace.files:
        raise ControlRefusal("unknown_file", f"There is no file {file_id!r}.", status=404)
    return file_as_slack(workspace, file_id)
