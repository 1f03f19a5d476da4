"""files.* and reactions.*: uploads in three steps, and the small pictures below messages."""

import mimetypes

from sandbox.slack import messages
from sandbox.slack.records import Json, StoredFile
from sandbox.slack.refusals import SlackRefusal
from sandbox.slack.surfaces import check_message_blocks
from sandbox.slack.switchboard import Switchboard
from sandbox.slack.web_api.methods import Arguments, method
from sandbox.slack.web_api.places import joined_channel, writable_channel
from sandbox.slack.workspace import Workspace


def new_file(workspace: Workspace, name: str, user: str, size: int) -> StoredFile:
    """A file that is known, but whose content has not come yet."""
    safe_name = name.replace("/", "_").replace("?", "_").replace("#", "_")
    file = StoredFile(
        id=workspace.ids.new("F"),
        name=safe_name,
        title=name,
        mimetype=mimetypes.guess_type(safe_name)[0] or "application/octet-stream",
        size=size,
        user=user,
        key=workspace.ids.ticket(),
        created=int(workspace.clock()),
    )
    workspace.files[file.id] = file
    return file


@method("files.getUploadURLExternal", "files:write")
async def get_upload_address(board: Switchboard, arguments: Arguments) -> Json:
    """First step: where to send the bytes."""
    workspace = board.workspace
    name = arguments.required("filename")
    length = arguments.number("length", 0)
    if length <= 0:
        raise SlackRefusal("invalid_arguments", messages=["[ERROR] length must be greater than 0"])
    file = new_file(workspace, name, workspace.bot_user_id, length)
    return {"upload_url": f"{workspace.address}/upload/{file.id}?key={file.key}", "file_id": file.id}


@method("files.completeUploadExternal", "files:write")
async def complete_upload(board: Switchboard, arguments: Arguments) -> Json:
    """Third step: give the files their titles and share them."""
    workspace = board.workspace
    named = arguments.structure("files")
    if not isinstance(named, list) or not named:
        raise SlackRefusal("invalid_arguments", messages=["[ERROR] missing required field: files"])
    files = []
    for entry in named:
        file = workspace.files.get(entry.get("id", ""))
        if file is None or not file.is_uploaded:
            raise SlackRefusal("file_not_found")
        file.title = entry.get("title") or file.title
        files.append(file)
    for name in arguments.names("channels") or arguments.names("channel_id"):
        channel = writable_channel(workspace, name)
        thread_ts = arguments.text("thread_ts") or None
        if thread_ts and thread_ts not in channel.messages:
            raise SlackRefusal("invalid_thread_ts")
        blocks = arguments.structure("blocks", "invalid_blocks_format")
        for file in files:
            file.shared_in.append(channel.id)
        message = messages.post(
            workspace,
            channel,
            workspace.bot_user_id,
            arguments.text("initial_comment"),
            blocks=None if blocks is None else check_message_blocks(blocks),
            thread_ts=thread_ts,
            files=[file.id for file in files],
            subtype="file_share",
        )
        board.events.message_posted(message)
    return {"files": [messages.file_as_slack(workspace, file.id) for file in files]}


@method("files.info", "files:read")
async def info(board: Switchboard, arguments: Arguments) -> Json:
    """One file."""
    file_id = arguments.required("file", "file_not_found")
    if file_id not in board.workspace.files:
        raise SlackRefusal("file_not_found")
    return {
        "file": messages.file_as_slack(board.workspace, file_id),
        "comments": [],
        "response_metadata": {"next_cursor": ""},
    }


@method("reactions.add", "reactions:write")
async def add_reaction(board: Switchboard, arguments: Arguments) -> Json:
    """Put a small picture below a message."""
    workspace = board.workspace
    channel = joined_channel(workspace, arguments.required("channel", "channel_not_found"))
    message = channel.messages.get(arguments.required("timestamp", "no_item_specified"))
    if message is None or message.only_for is not None:
        raise SlackRefusal("message_not_found")
    people = message.reactions.setdefault(arguments.required("name", "invalid_name").strip(":"), [])
    if workspace.bot_user_id in people:
        raise SlackRefusal("already_reacted")
    people.append(workspace.bot_user_id)
    workspace.announce(channel, message.thread_ts)
    return {}


@method("reactions.remove", "reactions:write")
async def remove_reaction(board: Switchboard, arguments: Arguments) -> Json:
    """Take a small picture away again."""
    workspace = board.workspace
    channel = joined_channel(workspace, arguments.required("channel", "channel_not_found"))
    message = channel.messages.get(arguments.required("timestamp", "no_item_specified"))
    name = arguments.required("name", "invalid_name").strip(":")
    if message is None or message.only_for is not None:
        raise SlackRefusal("message_not_found")
    if workspace.bot_user_id not in message.reactions.get(name, []):
        raise SlackRefusal("no_reaction")
    message.reactions[name].remove(workspace.bot_user_id)
    if not message.reactions[name]:
        del message.reactions[name]
    workspace.announce(channel, message.thread_ts)
    return {}
