"""Finds the conversation or the message that a call names, or refuses as Slack would."""

from sandbox.slack.records import Channel, Message
from sandbox.slack.refusals import SlackRefusal
from sandbox.slack.web_api.methods import Arguments
from sandbox.slack.workspace import Workspace


def visible_channel(workspace: Workspace, name: str) -> Channel:
    """A conversation that the app may know of. Raises SlackRefusal `channel_not_found`."""
    channel = workspace.channels.get(name)
    if channel is None or (channel.is_private and workspace.bot_user_id not in channel.members):
        raise SlackRefusal("channel_not_found")
    return channel


def joined_channel(workspace: Workspace, name: str) -> Channel:
    """A conversation that the app is in. Raises SlackRefusal `channel_not_found` or `not_in_channel`."""
    channel = visible_channel(workspace, name)
    if workspace.bot_user_id not in channel.members:
        raise SlackRefusal("not_in_channel")
    return channel


def writable_channel(workspace: Workspace, name: str) -> Channel:
    """Where the app may write: a channel by id or name, or somebody's direct messages by their user id."""
    if name in workspace.people:
        person = workspace.people[name]
        if person.deleted:
            raise SlackRefusal("channel_not_found")
        if not workspace.manifest.has_messages:
            raise SlackRefusal("messages_tab_disabled")
        return workspace.direct_messages_of(person.id)
    named = workspace.channel_named(name)
    channel = joined_channel(workspace, named.id if named else name)
    if channel.is_archived:
        raise SlackRefusal("is_archived")
    return channel


def own_message(workspace: Workspace, arguments: Arguments, refusal: str) -> Message:
    """A message that the app wrote itself. Raises SlackRefusal `message_not_found` or `refusal`."""
    channel = visible_channel(workspace, arguments.required("channel", "channel_not_found"))
    message = channel.messages.get(arguments.required("ts", "message_not_found"))
    if message is None or message.only_for is not None:
        raise SlackRefusal("message_not_found")
    if message.user != workspace.bot_user_id:
        raise SlackRefusal(refusal)
    return message
