"""views.*: modals and the App Home."""

from sandbox.slack import modals
from sandbox.slack.records import Json, View
from sandbox.slack.refusals import SlackRefusal
from sandbox.slack.surfaces import check_view
from sandbox.slack.switchboard import Switchboard
from sandbox.slack.web_api.methods import Arguments, method


@method("views.open")
async def open_view(board: Switchboard, arguments: Arguments) -> Json:
    """Open a modal for the person of the trigger."""
    trigger = board.workspace.triggers.check(arguments.required("trigger_id"))
    content = check_view(arguments.structure("view"), "modal")
    view = modals.open_modal(board.workspace, trigger.person, content)
    trigger.is_used = True
    return {"view": modals.as_slack(board.workspace, view)}


@method("views.push")
async def push_view(board: Switchboard, arguments: Arguments) -> Json:
    """Put a modal on top of the one that the trigger came from."""
    trigger = board.workspace.triggers.check(arguments.required("trigger_id"))
    content = check_view(arguments.structure("view"), "modal")
    view = modals.push_modal(board.workspace, trigger.person, content)
    trigger.is_used = True
    return {"view": modals.as_slack(board.workspace, view)}


@method("views.update")
async def update_view(board: Switchboard, arguments: Arguments) -> Json:
    """Give an open modal, or a home, other content."""
    view = _view(board, arguments)
    content = check_view(arguments.structure("view"), view.type)
    _check_hash(view, arguments)
    modals.update_view(board.workspace, view, content)
    return {"view": modals.as_slack(board.workspace, view)}


@method("views.publish")
async def publish_view(board: Switchboard, arguments: Arguments) -> Json:
    """Show an App Home to somebody."""
    workspace = board.workspace
    person = workspace.people.get(arguments.required("user_id"))
    if person is None or person.is_bot:
        raise SlackRefusal("user_not_found")
    if not workspace.manifest.has_home:
        raise SlackRefusal("not_enabled")
    content = check_view(arguments.structure("view"), "home")
    if home := workspace.homes.get(person.id):
        _check_hash(home, arguments)
    view = modals.publish_home(workspace, person.id, content)
    return {"view": modals.as_slack(workspace, view)}


def _view(board: Switchboard, arguments: Arguments) -> View:
    view_id, external_id = arguments.text("view_id"), arguments.text("external_id")
    if not view_id and not external_id:
        raise SlackRefusal("invalid_arguments", messages=["[ERROR] missing required field: view_id"])
    view = board.workspace.view(view_id)
    if view is None and external_id:
        stacks = board.workspace.modals.values()
        views = [view for stack in stacks for view in stack]
        view = next((found for found in views if found.content.get("external_id") == external_id), None)
    if view is None:
        raise SlackRefusal("not_found")
    return view


def _check_hash(view: View, arguments: Arguments) -> None:
    if (known := arguments.text("hash")) and known != view.hash:
        raise SlackRefusal("hash_conflict")
