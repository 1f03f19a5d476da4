"""What a person has before them over the channels: the stack of modals, and the App Home."""

import copy

from sandbox.slack import limits
from sandbox.slack.blocks import state_of, with_ids
from sandbox.slack.records import Json, View
from sandbox.slack.refusals import SlackRefusal
from sandbox.slack.workspace import Workspace


def open_modal(workspace: Workspace, person: str, content: Json) -> View:
    """Show a modal to somebody in place of whatever modals they had open."""
    _check_external_id(workspace, content, None)
    view = _new_view(workspace, person, content, None)
    workspace.modals[person] = [view]
    tell(workspace, person)
    return view


def push_modal(workspace: Workspace, person: str, content: Json) -> View:
    """Put a modal on top of those that somebody has open. Raises SlackRefusal `push_limit_reached`."""
    stack = workspace.modals.get(person) or []
    if not stack:
        raise SlackRefusal("invalid_trigger_id", messages=["[ERROR] the person has no modal open to push onto"])
    if len(stack) >= limits.VIEW_STACK:
        raise SlackRefusal("push_limit_reached")
    _check_external_id(workspace, content, None)
    view = _new_view(workspace, person, content, stack[-1])
    stack.append(view)
    tell(workspace, person)
    return view


def update_view(workspace: Workspace, view: View, content: Json) -> View:
    """Give a view other content; what was typed under the same ids stays."""
    _check_external_id(workspace, content, view)
    view.content = {**content, "blocks": with_ids(content["blocks"], workspace.ids)}
    view.state = state_of(view.blocks, view.state)
    view.errors = {}
    view.hash = _new_hash(workspace)
    tell(workspace, view.user, view.type)
    return view


def publish_home(workspace: Workspace, person: str, content: Json) -> View:
    """Show an App Home to somebody."""
    home = workspace.homes.get(person)
    if home:
        return update_view(workspace, home, content)
    home = _new_view(workspace, person, content, None)
    workspace.homes[person] = home
    tell(workspace, person, "home")
    return home


def close_modals(workspace: Workspace, person: str, down_to: View | None) -> list[View]:
    """Take away every modal above and including `down_to` (None: all). Returns them, the topmost first."""
    stack = workspace.modals.get(person, [])
    keep = stack.index(down_to) if down_to in stack else 0
    closed = stack[keep:][::-1]
    del stack[keep:]
    tell(workspace, person)
    return closed


def tell(workspace: Workspace, person: str, kind: str = "modal") -> None:
    """Tell the person's page that what they have before them changed."""
    workspace.changes.publish({"type": kind}, [person])


def as_slack(workspace: Workspace, view: View) -> Json:
    """The view as the Web API and interactions carry it."""
    content = view.content
    shown: Json = {
        "id": view.id,
        "team_id": workspace.team_id,
        "type": view.type,
        "blocks": view.blocks,
        "private_metadata": content.get("private_metadata", ""),
        "callback_id": content.get("callback_id", ""),
        "state": {"values": copy.deepcopy(view.state)},
        "hash": view.hash,
        "title": content.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True},
        "clear_on_close": content.get("clear_on_close", False),
        "notify_on_close": content.get("notify_on_close", False),
        "close": content.get("close"),
        "submit": content.get("submit"),
        "previous_view_id": view.previous_id,
        "root_view_id": view.root_id,
        "app_id": workspace.app_id,
        "external_id": content.get("external_id", ""),
        "app_installed_team_id": workspace.team_id,
        "bot_id": workspace.bot_id,
    }
    if view.type == "modal":
        shown["submit_disabled"] = content.get("submit_disabled", False)
    return shown


def _new_view(workspace: Workspace, person: str, content: Json, below: View | None) -> View:
    view_id = workspace.ids.new("V")
    blocks = with_ids(content["blocks"], workspace.ids)
    return View(
        id=view_id,
        user=person,
        content={**content, "blocks": blocks},
        hash=_new_hash(workspace),
        root_id=below.root_id if below else view_id,
        previous_id=below.id if below else None,
        state=state_of(blocks),
    )


def _new_hash(workspace: Workspace) -> str:
    return f"{workspace.ids.ts().partition('.')[0]}.{workspace.ids.short()}"


def _check_external_id(workspace: Workspace, content: Json, own: View | None) -> None:
    external_id = content.get("external_id")
    if not external_id:
        return
    views = [view for stack in workspace.modals.values() for view in stack]
    if any(view is not own and view.content.get("external_id") == external_id for view in views):
        raise SlackRefusal("duplicate_external_id")
