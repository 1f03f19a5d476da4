"""What a person may see, as JSON."""

from dataclasses import asdict

from sandbox.slack import modals
from sandbox.slack.control.asking import Wish
from sandbox.slack.messages import reactions_of
from sandbox.slack.records import Channel, Json, Message, Person, View
from sandbox.slack.workspace import Workspace

LONGEST_WAIT = 30.0


async def workspace(wish: Wish) -> Json:
    """The team, the app, everybody and everything in it."""
    state = wish.workspace
    return {
        "team": {"id": state.team_id, "name": state.team_name},
        "app": {"id": state.app_id, "name": state.manifest.name, "bot_user_id": state.bot_user_id},
        "people": [_person(person) for person in state.people.values()],
        "channels": [
            {
                "id": channel.id,
                "name": channel.name,
                "topic": channel.topic,
                "is_private": channel.is_private,
                "members": channel.members,
            }
            for channel in state.channels.values()
            if not channel.is_im
        ],
        "groups": [
            {"id": group.id, "handle": group.handle, "name": group.name, "users": group.users}
            for group in state.groups.values()
        ],
        "commands": [
            {"command": command.command, "description": command.description, "usage_hint": command.usage_hint}
            for command in state.manifest.commands
        ],
        "shortcuts": [
            {"callback_id": shortcut.callback_id, "name": shortcut.name, "type": shortcut.type}
            for shortcut in state.manifest.shortcuts
        ],
        "connections": wish.board.sockets.count,
    }


async def view(wish: Wish) -> Json:
    """What a person has before them: channels, App Home, modals."""
    person = wish.person()
    state = wish.workspace
    if not person.is_bot:
        state.direct_messages_of(person.id)
    home = state.homes.get(person.id)
    return {
        "channels": [_channel(state, channel, person) for channel in state.channels_of(person.id)],
        "home": _view(state, home) if home else None,
        "modal_stack": [_view(state, modal) for modal in state.modals.get(person.id, [])],
        "now": state.clock(),
        "version": state.changes.version,
    }


async def messages(wish: Wish) -> Json:
    """The messages of a channel, or of one thread in it, that a person sees; they count as read then."""
    person = wish.person()
    state = wish.workspace
    channel = wish.channel(person)
    thread_ts = wish.get("thread_ts")
    replies: dict[str, list[Message]] = {}
    for message in channel.messages.values():
        if message.is_reply and message.only_for in (None, person.id):
            replies.setdefault(message.thread_ts or "", []).append(message)
    shown: list[Message]
    if thread_ts:
        parent = wish.message(person, "thread_ts")
        shown = [parent, *replies.get(parent.ts, [])]
    else:
        shown = [
            message
            for message in channel.messages.values()
            if (not message.is_reply or message.is_broadcast) and message.only_for in (None, person.id)
        ]
        if shown:
            channel.read_until[person.id] = shown[-1].ts
    return {
        "channel": channel.id,
        "messages": [_message(state, message, replies.get(message.ts, [])) for message in shown],
        "version": state.changes.version,
    }


async def changes(wish: Wish) -> Json:
    """Wait until something happened beyond `version`, at most `seconds`."""
    seconds = min(float(wish.get("seconds", LONGEST_WAIT)), LONGEST_WAIT)
    return {"version": await wish.workspace.changes.wait_beyond(int(wish.get("version", 0)), seconds)}


async def log(wish: Wish) -> list[Json]:
    """Every call of the app and every delivery to it."""
    return wish.workspace.log.entries()


async def panel(wish: Wish) -> Json:
    """What can be broken in the systems, and what is."""
    groups = await wish.board.panel.faults() if wish.board.panel else []
    return {"groups": [group.as_json() for group in groups]}


def _person(person: Person) -> Json:
    fields = asdict(person)
    del fields["bot_id"]
    return {**fields, "is_bot": person.is_bot}


def _channel(state: Workspace, channel: Channel, person: Person) -> Json:
    read_until = channel.read_until.get(person.id, "")
    unread = sum(
        1
        for message in channel.messages.values()
        if message.ts > read_until
        and message.user != person.id
        and not message.is_reply
        and message.only_for in (None, person.id)
    )
    other = channel.other_than(person.id) if channel.is_im else None
    return {
        "id": channel.id,
        "name": state.people[other].name if other else channel.name,
        "unread": unread,
        "is_im": channel.is_im,
        "is_private": channel.is_private,
        "topic": channel.topic,
        "with": other,
    }


def _message(state: Workspace, message: Message, replies: list[Message]) -> Json:
    shown: Json = {
        "ts": message.ts,
        "channel": message.channel,
        "user": message.user,
        "text": message.text,
        "blocks": message.blocks,
        "thread_ts": message.thread_ts,
        "reply_count": len(replies),
        "latest_reply": replies[-1].ts if replies else None,
        "files": [_file(state, file_id) for file_id in message.files],
        "edited": message.is_edit_shown,
        "ephemeral": message.only_for is not None,
        "reactions": reactions_of(message),
        "state": {"values": message.state},
    }
    if message.username:
        shown["username"] = message.username
    return shown


def _file(state: Workspace, file_id: str) -> Json:
    file = state.files[file_id]
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "mimetype": file.mimetype,
        "size": file.size,
        "url": f"/files/{file.id}/{file.name}?key={file.key}",
    }


def _view(state: Workspace, view: View) -> Json:
    return {**modals.as_slack(state, view), "errors": view.errors}
