"""chat.*: writing, changing and deleting messages."""

from sandbox.slack import limits, messages
from sandbox.slack.records import Channel, Json
from sandbox.slack.refusals import SlackRefusal
from sandbox.slack.rules import Problems
from sandbox.slack.surfaces import check_message_blocks
from sandbox.slack.switchboard import Switchboard
from sandbox.slack.web_api.methods import Arguments, method
from sandbox.slack.web_api.places import own_message, visible_channel, writable_channel
from sandbox.slack.workspace import Workspace


@method("chat.postMessage", "chat:write")
async def post_message(board: Switchboard, arguments: Arguments) -> Json:
    """Write into a channel, a thread, or somebody's direct messages."""
    workspace = board.workspace
    channel = writable_channel(workspace, arguments.required("channel", "channel_not_found"))
    blocks = _blocks(arguments)
    text = _text(arguments, blocks)
    message = messages.post(
        workspace,
        channel,
        workspace.bot_user_id,
        text,
        blocks=blocks,
        thread_ts=_thread(channel, arguments),
        is_broadcast=arguments.flag("reply_broadcast"),
        username=arguments.text("username") or None,
        metadata=_metadata(arguments),
    )
    board.events.message_posted(message)
    return {"channel": channel.id, "ts": message.ts, "message": messages.as_slack(workspace, message)}


@method("chat.postEphemeral", "chat:write")
async def post_ephemeral(board: Switchboard, arguments: Arguments) -> Json:
    """Write something that only one person in the channel sees."""
    workspace = board.workspace
    channel = writable_channel(workspace, arguments.required("channel", "channel_not_found"))
    person = arguments.required("user", "invalid_arguments")
    if person not in channel.members:
        raise SlackRefusal("user_not_in_channel")
    blocks = _blocks(arguments)
    message = messages.post(
        workspace,
        channel,
        workspace.bot_user_id,
        _text(arguments, blocks),
        blocks=blocks,
        thread_ts=_thread(channel, arguments),
        only_for=person,
    )
    return {"message_ts": message.ts}


@method("chat.update", "chat:write")
async def update(board: Switchboard, arguments: Arguments) -> Json:
    """Change one of the app's own messages."""
    workspace = board.workspace
    message = own_message(workspace, arguments, "cant_update_message")
    blocks = _blocks(arguments)
    text = arguments.values.get("text")
    if text is None and blocks is None:
        raise SlackRefusal("no_text")
    if text is not None and len(str(text)) > limits.UPDATE_TEXT:
        raise SlackRefusal("msg_too_long")
    metadata = _metadata(arguments)
    if metadata is not None:
        message.metadata = metadata
    messages.change(workspace, message, None if text is None else str(text), blocks)
    board.events.message_changed(message)
    return {
        "channel": message.channel,
        "ts": message.ts,
        "text": message.text,
        "message": messages.as_slack(workspace, message),
    }


@method("chat.delete", "chat:write")
async def delete(board: Switchboard, arguments: Arguments) -> Json:
    """Delete one of the app's own messages."""
    message = own_message(board.workspace, arguments, "cant_delete_message")
    board.events.message_removed(message)
    messages.remove(board.workspace, message)
    return {"channel": message.channel, "ts": message.ts}


@method("chat.getPermalink")
async def get_permalink(board: Switchboard, arguments: Arguments) -> Json:
    """The address of a message."""
    channel = visible_channel(board.workspace, arguments.required("channel", "channel_not_found"))
    message = channel.messages.get(arguments.required("message_ts", "message_not_found"))
    if message is None:
        raise SlackRefusal("message_not_found")
    link = permalink(board.workspace, channel, message.ts)
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def permalink(workspace: Workspace, channel: Channel, ts: str) -> str:
    """The address of a message, as Slack forms it."""
    return f"{workspace.address}/archives/{channel.id}/p{ts.replace('.', '')}"


def _blocks(arguments: Arguments) -> list[Json] | None:
    blocks = arguments.structure("blocks", "invalid_blocks_format")
    return None if blocks is None else check_message_blocks(blocks)


def _text(arguments: Arguments, blocks: list[Json] | None) -> str:
    text = arguments.text("text")
    if not text and not blocks:
        raise SlackRefusal("no_text")
    return text


def _thread(channel: Channel, arguments: Arguments) -> str | None:
    ts = arguments.text("thread_ts")
    if not ts:
        return None
    parent = channel.messages.get(ts)
    if parent is None:
        raise SlackRefusal("thread_not_found")
    if parent.only_for is not None:
        raise SlackRefusal("cannot_reply_to_message")
    return parent.thread_ts or parent.ts


def _metadata(arguments: Arguments) -> Json | None:
    metadata: Json | None = arguments.structure("metadata", "invalid_metadata_format")
    if metadata is not None:
        problems = Problems()
        limits.METADATA.check(metadata, "/metadata", problems)
        if problems.messages:
            raise SlackRefusal("invalid_metadata_schema", messages=problems.messages)
    return metadata
