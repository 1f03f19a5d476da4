"""conversations.*: channels, who is in them, what was said."""

from sandbox.slack import messages
from sandbox.slack.records import Channel, Json, Message
from sandbox.slack.refusals import SlackRefusal
from sandbox.slack.switchboard import Switchboard
from sandbox.slack.web_api.methods import Arguments, method, page_of
from sandbox.slack.web_api.places import joined_channel, visible_channel
from sandbox.slack.workspace import Workspace

READ = ("channels:read", "groups:read", "im:read", "mpim:read")
HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
READ_SCOPE = {
    "public_channel": "channels:read",
    "private_channel": "groups:read",
    "im": "im:read",
    "mpim": "mpim:read",
}


@method("conversations.open", "im:write", "mpim:write")
async def open_conversation(board: Switchboard, arguments: Arguments) -> Json:
    """Open direct messages with somebody, or a group of up to eight."""
    workspace = board.workspace
    if channel_id := arguments.text("channel"):
        channel, was_open = visible_channel(workspace, channel_id), True
    else:
        users = arguments.names("users")
        if not users:
            raise SlackRefusal("users_list_not_supplied")
        if any(user not in workspace.people for user in users):
            raise SlackRefusal("user_not_found")
        if any(workspace.people[user].deleted for user in users):
            raise SlackRefusal("user_disabled")
        if len(users) > 8:
            raise SlackRefusal("too_many_users")
        channel, was_open = workspace.conversation_of((*users, workspace.bot_user_id))
    answer: Json = {"channel": {"id": channel.id}}
    if arguments.flag("return_im"):
        answer["channel"] = channel_as_slack(workspace, channel)
    return {**answer, "no_op": True, "already_open": True} if was_open else answer


@method("conversations.info", *READ)
async def info(board: Switchboard, arguments: Arguments) -> Json:
    """One channel or conversation."""
    channel = visible_channel(board.workspace, arguments.required("channel", "channel_not_found"))
    shown = channel_as_slack(board.workspace, channel)
    if arguments.flag("include_num_members"):
        shown["num_members"] = len(channel.members)
    return {"channel": shown}


@method("conversations.list", *READ)
async def list_conversations(board: Switchboard, arguments: Arguments) -> Json:
    """The channels that the app may know of, of the types that were asked for."""
    workspace = board.workspace
    types = arguments.names("types") or ["public_channel"]
    if any(kind not in READ_SCOPE for kind in types):
        raise SlackRefusal("invalid_types")
    granted = workspace.manifest.scopes
    for needed in (READ_SCOPE[kind] for kind in types):
        if granted is not None and needed not in granted:
            raise SlackRefusal("missing_scope", extra={"needed": needed, "provided": ",".join(sorted(granted))})
    found = [
        channel
        for channel in workspace.channels.values()
        if channel.kind in types
        and (not channel.is_private or workspace.bot_user_id in channel.members)
        and not (channel.is_archived and arguments.flag("exclude_archived"))
    ]
    page, metadata = page_of(found, arguments)
    return {
        "channels": [channel_as_slack(workspace, channel) for channel in page],
        "response_metadata": metadata,
    }


@method("conversations.members", *READ)
async def members(board: Switchboard, arguments: Arguments) -> Json:
    """Who is in a channel."""
    channel = visible_channel(board.workspace, arguments.required("channel", "channel_not_found"))
    page, metadata = page_of(channel.members, arguments)
    return {"members": page, "response_metadata": metadata}


@method("conversations.join", "channels:join")
async def join(board: Switchboard, arguments: Arguments) -> Json:
    """Let the app join a public channel."""
    workspace = board.workspace
    channel = visible_channel(workspace, arguments.required("channel", "channel_not_found"))
    if channel.kind != "public_channel":
        raise SlackRefusal("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackRefusal("is_archived")
    answer: Json = {}
    if workspace.bot_user_id in channel.members:
        answer = {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
    else:
        channel.members.append(workspace.bot_user_id)
        workspace.announce(channel)
        board.events.member_joined(channel, workspace.bot_user_id)
    return {"channel": channel_as_slack(workspace, channel), **answer}


@method("conversations.history", *HISTORY)
async def history(board: Switchboard, arguments: Arguments) -> Json:
    """What was said in a channel, newest first."""
    channel = joined_channel(board.workspace, arguments.required("channel", "channel_not_found"))
    found = [
        message
        for message in reversed(channel.messages.values())
        if (not message.is_reply or message.is_broadcast) and _is_asked_for(message, arguments)
    ]
    page, metadata = page_of(found, arguments)
    return {
        "messages": [messages.as_slack(board.workspace, message) for message in page],
        "has_more": bool(metadata["next_cursor"]),
        "response_metadata": metadata,
    }


@method("conversations.replies", *HISTORY)
async def replies(board: Switchboard, arguments: Arguments) -> Json:
    """A message and what was replied to it, oldest first."""
    channel = joined_channel(board.workspace, arguments.required("channel", "channel_not_found"))
    asked = channel.messages.get(arguments.required("ts", "thread_not_found"))
    if asked is None or asked.only_for is not None:
        raise SlackRefusal("thread_not_found")
    parent = channel.messages[asked.thread_ts or asked.ts]
    below = [reply for reply in board.workspace.replies(channel, parent.ts) if _is_asked_for(reply, arguments)]
    page, metadata = page_of([parent, *below], arguments, 1000)
    return {
        "messages": [messages.as_slack(board.workspace, message) for message in page],
        "has_more": bool(metadata["next_cursor"]),
        "response_metadata": metadata,
    }


def channel_as_slack(workspace: Workspace, channel: Channel) -> Json:
    """A channel as the Web API shows it."""
    shown: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.is_archived,
        "is_im": channel.is_im,
        "is_org_shared": False,
        "context_team_id": workspace.team_id,
        "updated": channel.created * 1000,
    }
    if channel.is_im:
        return shown | {"user": channel.other_than(workspace.bot_user_id), "is_user_deleted": False, "priority": 0}
    return shown | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private and not channel.is_mpim,
        "is_mpim": channel.is_mpim,
        "is_private": channel.is_private,
        "is_general": False,
        "is_shared": False,
        "is_ext_shared": False,
        "is_member": workspace.bot_user_id in channel.members,
        "creator": channel.creator,
        "topic": {"value": channel.topic, "creator": channel.creator, "last_set": channel.created},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "num_members": len(channel.members),
    }


def _is_asked_for(message: Message, arguments: Arguments) -> bool:
    if message.only_for is not None:
        return False
    oldest, latest = arguments.text("oldest", "0"), arguments.text("latest", "99999999999")
    if arguments.flag("inclusive"):
        return float(oldest) <= float(message.ts) <= float(latest)
    return float(oldest) < float(message.ts) < float(latest)
