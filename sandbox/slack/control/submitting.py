"""A person sends off a modal, or closes it; what the app answers decides what they see then."""

from typing import Any

from sandbox.slack import limits, modals, payloads
from sandbox.slack.control.asking import Wish
from sandbox.slack.control.inputs import complaints
from sandbox.slack.control.pressing import take_values
from sandbox.slack.records import Json, Person, View
from sandbox.slack.refusals import ControlRefusal, SlackRefusal
from sandbox.slack.surfaces import check_view

TROUBLE = "We had some trouble connecting. Try again?"


async def submit(wish: Wish) -> Json:
    """Send a modal off with what was typed into it."""
    person = wish.person()
    view = wish.view(person)
    if view.type != "modal" or not view.content.get("submit"):
        raise ControlRefusal("nothing_to_submit", "This view has no button to submit it.")
    take_values(wish, view, wish.get("values") or {}, is_form=True)
    if found := complaints(view):
        return _keep(wish, view, found) | {"acknowledged": None}
    view.errors = {}
    answer = await wish.board.delivery.send_interaction(payloads.view_submission(wish.workspace, person, view))
    if not answer.is_acknowledged:
        return {
            "ok": False,
            "acknowledged": False,
            "response_action": None,
            "failure": answer.failure,
            "error": TROUBLE,
        }
    payload = answer.payload or {}
    try:
        told = _follow(wish, person, view, payload)
    except SlackRefusal as refusal:
        complaint = "; ".join([refusal.error, *refusal.messages])
        return {"ok": False, "acknowledged": True, "response_action": None, "failure": complaint, "error": TROUBLE}
    return told | {"acknowledged": True}


async def close(wish: Wish) -> Json:
    """Close a modal, and with `all` those below it too."""
    person = wish.person()
    view = wish.view(person)
    if view.type != "modal":
        raise ControlRefusal("not_a_modal", "Only modals can be closed.")
    is_cleared = bool(wish.get("all") or view.content.get("clear_on_close"))
    closed = modals.close_modals(wish.workspace, person.id, None if is_cleared else view)
    _tell_closed(wish, person, closed, is_cleared=is_cleared)
    return {"ok": True}


def _follow(wish: Wish, person: Person, view: View, payload: Any) -> Json:
    """Do what the acknowledgement says. Raises SlackRefusal when it says something impossible."""
    action = payload.get("response_action") if isinstance(payload, dict) else None
    told: Json = {"ok": True, "response_action": action}
    if action is None:
        modals.close_modals(wish.workspace, person.id, view)
    elif action == "errors":
        errors = payload.get("errors") or {}
        inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
        if not errors or not set(errors) <= inputs:
            raise SlackRefusal(
                "invalid_errors", messages=[f"errors name {sorted(errors)}, inputs are {sorted(inputs)}"]
            )
        return _keep(wish, view, errors)
    elif action == "update":
        modals.update_view(wish.workspace, view, check_view(payload.get("view"), "modal"))
    elif action == "push":
        content = check_view(payload.get("view"), "modal")
        if len(wish.workspace.modals[person.id]) >= limits.VIEW_STACK:
            raise SlackRefusal("push_limit_reached")
        modals.push_modal(wish.workspace, person.id, content)
    elif action == "clear":
        closed = modals.close_modals(wish.workspace, person.id, None)
        _tell_closed(wish, person, [other for other in closed if other is not view], is_cleared=True)
    else:
        raise SlackRefusal("invalid_response_action", messages=[str(action)])
    return told


def _keep(wish: Wish, view: View, errors: dict[str, str]) -> Json:
    view.errors = {block_id: str(text) for block_id, text in errors.items()}
    modals.tell(wish.workspace, view.user)
    return {"ok": True, "response_action": "errors", "errors": view.errors}


def _tell_closed(wish: Wish, person: Person, closed: list[View], *, is_cleared: bool) -> None:
    for view in closed:
        if view.content.get("notify_on_close"):
            payload = payloads.view_closed(wish.workspace, person, view, is_cleared=is_cleared)
            wish.board.delivery.notify(payload)
