"""A person presses a button, chooses in a select, or types into an external select for its options."""

from typing import Any

from sandbox.slack import modals, payloads
from sandbox.slack.blocks import elements_of
from sandbox.slack.control.asking import Wish
from sandbox.slack.control.inputs import chosen, submitted
from sandbox.slack.control.saying import outcome
from sandbox.slack.records import Json, Message, Person, View
from sandbox.slack.refusals import ControlRefusal
from sandbox.slack.surfaces import check_suggestions


async def press(wish: Wish) -> Json:
    """Press or choose something in a message, a modal, or on the App Home."""
    person = wish.person()
    place = _place(wish, person)
    block, element = _element(wish, place)
    if isinstance(place, View):
        take_values(wish, place, wish.get("values") or {}, is_form=False)
    action = _action(wish, place, block, element)
    if block["type"] == "input" and not block.get("dispatch_action"):
        return {"ok": True, "acknowledged": True}  # Slack tells the app nothing until the form is submitted
    if isinstance(place, View):
        payload = payloads.view_actions(wish.workspace, person, place, action)
    else:
        key = wish.workspace.response_addresses.hand_out(
            place.channel, person.id, message_ts=place.ts, thread_ts=place.thread_ts
        )
        payload = payloads.message_actions(wish.workspace, person, place, action, key)
    return outcome(await wish.board.delivery.send_interaction(payload))


async def suggest(wish: Wish) -> Json:
    """Type a few letters into an external select and get its options."""
    person = wish.person()
    place = _place(wish, person)
    block, element = _element(wish, place)
    if element["type"] != "external_select":
        raise ControlRefusal("not_external", f"{element['action_id']} is a {element['type']}: its options are fixed.")
    value = str(wish.get("value") or "")
    if len(value) < element.get("min_query_length", 3):
        return {"options": []}
    if isinstance(place, View):
        take_values(wish, place, wish.get("values") or {}, is_form=False)
    payload = payloads.block_suggestion(wish.workspace, person, place, block=block, element=element, value=value)
    answer = await wish.board.delivery.send_interaction(payload)
    if not answer.is_acknowledged:
        return {"options": [], "failure": answer.failure}
    suggestions = answer.payload or {"options": []}
    if complaint := check_suggestions(suggestions):
        return {"options": [], "failure": f"invalid options: {complaint}"}
    shown: Json = {"options": suggestions.get("options", [])}
    return shown | {"option_groups": suggestions["option_groups"]} if "option_groups" in suggestions else shown


def take_values(wish: Wish, view: View, values: Json, *, is_form: bool) -> None:
    """Take over what was typed into a view: `{block_id: {action_id: state}}`.

    In a form every input must be there, else ControlRefusal. What comes along with a press may be of the view as it was
    before the app changed it: what is not there any more is dropped.
    """
    elements = {
        (block["block_id"], element["action_id"]): element for block in view.blocks for _, element in elements_of(block)
    }
    for block_id, states in values.items():
        for action_id, state in states.items():
            element = elements.get((block_id, action_id))
            if element is None and not is_form:
                continue
            if element is None:
                raise ControlRefusal("unknown_input", f"The view has no input {action_id!r} in {block_id!r}.")
            view.state[block_id][action_id] = submitted(wish.workspace, element, state)


def _place(wish: Wish, person: Person) -> View | Message:
    if wish.get("home"):
        return wish.home(person)
    if wish.get("view_id"):
        return wish.view(person)
    return wish.message(person)


def _blocks(place: View | Message) -> list[Json]:
    return place.blocks or []


def _element(wish: Wish, place: View | Message) -> tuple[Json, Json]:
    action_id = str(wish.required("action_id"))
    block_id, value = wish.get("block_id"), wish.get("value")
    there: list[tuple[Json, Json]] = [(block, element) for block in _blocks(place) for _, element in elements_of(block)]
    for block, element in there:
        if element["action_id"] != action_id or block_id not in (None, block["block_id"]):
            continue
        if element["type"] == "button" and value not in (None, element.get("value", "")):
            continue
        return block, element
    names = ", ".join(element["action_id"] for _, element in there) or "none"
    raise ControlRefusal(
        "unknown_action", f"There is nothing called {action_id!r} here; there is: {names}.", status=404
    )


def _action(wish: Wish, place: View | Message, block: Json, element: Json) -> Json:
    action: Json = {"action_id": element["action_id"], "block_id": block["block_id"], "type": element["type"]}
    if element["type"] == "button":
        return action | {name: element[name] for name in ("text", "value", "style", "url") if name in element}
    selected: Any = wish.get("selected", wish.get("value"))
    state = chosen(element, selected)
    if element["type"] != "overflow":
        place.state[block["block_id"]][element["action_id"]] = state
        if isinstance(place, View):
            modals.tell(wish.workspace, place.user, place.type)
    return action | state
