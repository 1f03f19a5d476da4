"""Puts messages into conversations, changes and removes them, and shows them as Slack's API does."""

from typing import Any

from sandbox.slack import limits
from sandbox.slack.blocks import state_of, with_ids
from sandbox.slack.records import Channel, Json, Message
from sandbox.slack.workspace import SLACKBOT, Workspace


def post(
    workspace: Workspace,
    channel: Channel,
    user: str,
    text: str,
    *,
    blocks: list[Json] | None = None,
    thread_ts: str | None = None,
    **fields: Any,
) -> Message:
    """Add a message to a channel, or to a thread in it. `fields` are further fields of `Message`."""
    message = Message(
        ts=workspace.ids.ts(),
        channel=channel.id,
        user=user,
        text=text[: limits.MESSAGE_TEXT_CUT_AT],
        blocks=with_ids(blocks, workspace.ids) if blocks else None,
        thread_ts=thread_ts,
        bot_id=workspace.people[user].bot_id,
        **fields,
    )
    message.state = state_of(message.blocks or [])
    channel.messages[message.ts] = message
    workspace.announce(channel, thread_ts, only_for=message.only_for)
    return message


def post_notice(workspace: Workspace, channel: Channel, person: str, text: str, thread_ts: str | None = None) -> None:
    """Let Slackbot tell one person something that only they see."""
    post(workspace, channel, SLACKBOT, text, thread_ts=thread_ts, only_for=person)


def change(workspace: Workspace, message: Message, text: str | None, blocks: list[Json] | None) -> None:
    """Give a message another text or other blocks; None leaves what is there, an empty list removes blocks."""
    if text is not None:
        # Slack shows "(edited)" only where the text itself was changed.
        message.is_edit_shown = message.is_edit_shown or (text != message.text and not blocks)
        message.text = text[: limits.MESSAGE_TEXT_CUT_AT]
    if blocks is not None:
        message.blocks = with_ids(blocks, workspace.ids) or None
        message.state = state_of(message.blocks or [], message.state)
    message.edited_ts = workspace.ids.ts()
    workspace.announce(workspace.channels[message.channel], message.thread_ts, only_for=message.only_for)


def remove(workspace: Workspace, message: Message) -> None:
    """Delete a message; where replies hang on it, a gravestone stays."""
    channel = workspace.channels[message.channel]
    if not message.is_reply and workspace.replies(channel, message.ts):
        message.subtype = "tombstone"
        message.text, message.blocks, message.files = "This message was deleted.", None, []
    else:
        del channel.messages[message.ts]
    workspace.announce(channel, message.thread_ts, only_for=message.only_for)


def as_slack(workspace: Workspace, message: Message) -> Json:
    """The message as the Web API, events and interactions carry it."""
    shown: Json = {"type": "message", "user": message.user, "text": message.text, "ts": message.ts}
    if message.bot_id:
        shown |= {"bot_id": message.bot_id, "app_id": workspace.app_id}
    if message.blocks:
        shown["blocks"] = message.blocks
    if message.username:
        shown |= {"username": message.username, "subtype": "bot_message"}
    if message.subtype or message.is_broadcast:
        shown["subtype"] = message.subtype or "thread_broadcast"
    if message.files:
        shown["files"] = [file_as_slack(workspace, file_id) for file_id in message.files]
    if message.edited_ts:
        shown["edited"] = {"user": message.user, "ts": message.edited_ts}
    if message.metadata:
        shown["metadata"] = message.metadata
    if message.reactions:
        shown["reactions"] = reactions_of(message)
    shown |= {"team": workspace.team_id, **_thread_of(workspace, message)}
    return shown


def reactions_of(message: Message) -> list[Json]:
    """The reactions to a message."""
    return [{"name": name, "users": list(users), "count": len(users)} for name, users in message.reactions.items()]


def file_as_slack(workspace: Workspace, file_id: str) -> Json:
    """A file as the Web API shows it."""
    file = workspace.files[file_id]
    private = f"{workspace.address}/files/{file.id}/{file.name}"
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title,
        "mimetype": file.mimetype,
        "filetype": file.name.rpartition(".")[2].lower() if "." in file.name else "binary",
        "user": file.user,
        "user_team": workspace.team_id,
        "mode": "hosted",
        "size": file.size,
        "is_external": False,
        "is_public": any(channel.startswith("C") for channel in file.shared_in),
        "url_private": private,
        "url_private_download": f"{private}?download=1",
        "permalink": f"{workspace.address}/files/{file.id}/{file.name}",
        "channels": [channel for channel in file.shared_in if channel.startswith("C")],
        "groups": [channel for channel in file.shared_in if channel.startswith("G")],
        "ims": [channel for channel in file.shared_in if channel.startswith("D")],
    }


def _thread_of(workspace: Workspace, message: Message) -> Json:
    if message.thread_ts:
        return {"thread_ts": message.thread_ts}
    replies = workspace.replies(workspace.channels[message.channel], message.ts)
    replies = [reply for reply in replies if reply.only_for is None]
    if not replies:
        return {}
    users = list(dict.fromkeys(reply.user for reply in replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users_count": len(users),
        "reply_users": users,
        "latest_reply": replies[-1].ts,
    }
