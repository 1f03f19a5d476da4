"""The payloads that the app receives, shaped as Slack shapes them."""

import copy

from sandbox.slack.messages import as_slack as message_as_slack
from sandbox.slack.modals import as_slack as view_as_slack
from sandbox.slack.records import Channel, Json, Message, Person, View
from sandbox.slack.workspace import Workspace


def slash_command(
    workspace: Workspace, person: Person, channel: Channel, *, command: str, text: str, response_key: str
) -> Json:
    """A slash command that somebody sent."""
    return {
        "token": workspace.verification_token,
        "team_id": person.team_id,
        "team_domain": workspace.team_domain,
        "channel_id": channel.id,
        "channel_name": _command_channel_name(channel),
        "user_id": person.id,
        "user_name": person.name,
        "command": command,
        "text": text,
        "api_app_id": workspace.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url(workspace, response_key),
        "trigger_id": workspace.triggers.hand_out(person.id),
    }


def message_actions(workspace: Workspace, person: Person, message: Message, action: Json, response_key: str) -> Json:
    """Something pressed or chosen in a message. An ephemeral message itself is not sent along, as in Slack."""
    channel = workspace.channels[message.channel]
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.only_for is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    payload = {
        **_interaction(workspace, "block_actions", person),
        "container": container,
        "trigger_id": workspace.triggers.hand_out(person.id),
        "channel": {"id": channel.id, "name": _interaction_channel_name(channel)},
        "state": {"values": copy.deepcopy(message.state)},
        "response_url": response_url(workspace, response_key),
        "actions": [{**action, "action_ts": workspace.ids.ts()}],
    }
    if message.only_for is None:
        payload["message"] = message_as_slack(workspace, message)
    return payload


def view_actions(workspace: Workspace, person: Person, view: View, action: Json) -> Json:
    """Something pressed or chosen in a modal or on the App Home."""
    return {
        **_interaction(workspace, "block_actions", person),
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": workspace.triggers.hand_out(person.id, view.id),
        "view": view_as_slack(workspace, view),
        "actions": [{**action, "action_ts": workspace.ids.ts()}],
    }


def view_submission(workspace: Workspace, person: Person, view: View) -> Json:
    """A modal that somebody sent off."""
    return {
        **_interaction(workspace, "view_submission", person),
        "trigger_id": workspace.triggers.hand_out(person.id, view.id),
        "view": view_as_slack(workspace, view),
        "response_urls": [],
    }


def view_closed(workspace: Workspace, person: Person, view: View, *, is_cleared: bool) -> Json:
    """A modal that somebody closed, or (`is_cleared`) that went away with the others."""
    return {
        **_interaction(workspace, "view_closed", person),
        "view": view_as_slack(workspace, view),
        "is_cleared": is_cleared,
    }


def block_suggestion(
    workspace: Workspace, person: Person, place: View | Message, *, block: Json, element: Json, value: str
) -> Json:
    """A few letters typed into an external select."""
    payload = {
        **_interaction(workspace, "block_suggestion", person),
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "value": value,
    }
    if isinstance(place, View):
        payload["container"] = {"type": "view", "view_id": place.id}
        payload["view"] = view_as_slack(workspace, place)
        return payload
    channel = workspace.channels[place.channel]
    payload["container"] = {
        "type": "message",
        "message_ts": place.ts,
        "channel_id": channel.id,
        "is_ephemeral": place.only_for is not None,
    }
    payload["channel"] = {"id": channel.id, "name": _interaction_channel_name(channel)}
    payload["message"] = message_as_slack(workspace, place)
    return payload


def message_shortcut(
    workspace: Workspace, person: Person, callback_id: str, message: Message, response_key: str
) -> Json:
    """A shortcut used on a message."""
    channel = workspace.channels[message.channel]
    return {
        **_interaction(workspace, "message_action", person),
        "callback_id": callback_id,
        "trigger_id": workspace.triggers.hand_out(person.id),
        "action_ts": workspace.ids.ts(),
        "response_url": response_url(workspace, response_key),
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": _interaction_channel_name(channel)},
        "message": message_as_slack(workspace, message),
    }


def global_shortcut(workspace: Workspace, person: Person, callback_id: str) -> Json:
    """A shortcut used from anywhere."""
    return {
        **_interaction(workspace, "shortcut", person),
        "callback_id": callback_id,
        "trigger_id": workspace.triggers.hand_out(person.id),
        "action_ts": workspace.ids.ts(),
    }


def event_callback(workspace: Workspace, event: Json) -> Json:
    """The envelope of an event."""
    event_id = workspace.ids.new("Ev")
    return {
        "token": workspace.verification_token,
        "team_id": workspace.team_id,
        "context_team_id": workspace.team_id,
        "context_enterprise_id": None,
        "api_app_id": workspace.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(workspace.clock()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": workspace.team_id,
                "user_id": workspace.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{event_id}",
    }


def response_url(workspace: Workspace, key: str) -> str:
    """The address for answers."""
    return f"{workspace.address}/response/{key}"


def _interaction(workspace: Workspace, kind: str, person: Person) -> Json:
    return {
        "type": kind,
        "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team_id},
        "api_app_id": workspace.app_id,
        "token": workspace.verification_token,
        "team": {"id": workspace.team_id, "domain": workspace.team_domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _command_channel_name(channel: Channel) -> str:
    if channel.is_im:
        return "directmessage"
    return "privategroup" if channel.is_private and not channel.is_mpim else channel.name


def _interaction_channel_name(channel: Channel) -> str:
    if channel.is_im:
        return "directmessage"
    return "privategroup" if channel.is_private else channel.name
