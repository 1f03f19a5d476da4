"""A person says something: a message, a reply, a slash command; or uses a shortcut, or opens the App Home."""

import base64
import binascii

from sandbox.slack import messages, payloads
from sandbox.slack.control.asking import Wish
from sandbox.slack.delivery import Answer
from sandbox.slack.records import Channel, Json, Person
from sandbox.slack.refusals import ControlRefusal
from sandbox.slack.responses import answer_of_command
from sandbox.slack.text import typed_command, typed_message
from sandbox.slack.web_api.files import new_file


async def say(wish: Wish) -> Json:
    """Say something in a channel or a thread; what begins with a slash is a command."""
    person = wish.person()
    channel = wish.channel(person)
    files = list(wish.get("files") or ())
    text = str(wish.get("text") or "") if files else str(wish.required("text"))
    thread_ts = wish.get("thread_ts")
    if text.startswith("/"):
        if thread_ts:
            raise ControlRefusal(
                "commands_in_threads_not_supported",
                f"{text.split()[0]} is not supported in threads. Sorry!",
            )
        return await _command(wish, person, channel, text)
    _check_can_write(wish, channel)
    if unknown := [file_id for file_id in files if file_id not in wish.workspace.files]:
        raise ControlRefusal("unknown_file", f"There is no file {unknown[0]}.", status=404)
    if thread_ts:
        parent = wish.message(person, "thread_ts")
        thread_ts = parent.thread_ts or parent.ts
    message = messages.post(
        wish.workspace,
        channel,
        person.id,
        typed_message(wish.workspace, text),
        thread_ts=thread_ts,
        files=files,
        is_broadcast=bool(wish.get("broadcast")),
        subtype="file_share" if files else None,
    )
    for file_id in files:
        wish.workspace.files[file_id].shared_in.append(channel.id)
    wish.board.events.message_posted(message)
    _offer_invitation(wish, channel, person, message.text, thread_ts)
    return {"ok": True, "kind": "message", "ts": message.ts, "channel": channel.id}


async def use_shortcut(wish: Wish) -> Json:
    """Use a shortcut of the app, on a message or from anywhere."""
    person = wish.person()
    callback_id = str(wish.required("callback_id"))
    shortcut = wish.workspace.manifest.shortcut(callback_id)
    if shortcut is None:
        known = ", ".join(shortcut.callback_id for shortcut in wish.workspace.manifest.shortcuts) or "none"
        raise ControlRefusal(
            "unknown_shortcut", f"The app has no shortcut {callback_id!r}; it has: {known}.", status=404
        )
    if shortcut.type == "message":
        message = wish.message(person)
        if message.only_for is not None:
            raise ControlRefusal("ephemeral_message", "Slack offers no shortcuts on messages that only you can see.")
        key = wish.workspace.response_addresses.hand_out(
            message.channel, person.id, message_ts=None, thread_ts=message.thread_ts
        )
        payload = payloads.message_shortcut(wish.workspace, person, callback_id, message, key)
    else:
        payload = payloads.global_shortcut(wish.workspace, person, callback_id)
    return outcome(await wish.board.delivery.send_interaction(payload))


async def open_home(wish: Wish) -> Json:
    """Open the App Home."""
    person = wish.person()
    wish.workspace.direct_messages_of(person.id)
    wish.board.events.home_opened(person.id, str(wish.get("tab", "home")))
    return {"ok": True}


async def upload(wish: Wish) -> Json:
    """Bring a file along, to be used in a message or a modal: `name` and `text`, or `base64`."""
    person = wish.person()
    if wish.get("base64") is not None:
        try:
            content = base64.b64decode(str(wish.get("base64")), validate=True)
        except binascii.Error as error:
            raise ControlRefusal("not_base64", f"The field base64 is not base64: {error}.") from error
    else:
        content = str(wish.required("text")).encode()
    file = new_file(wish.workspace, str(wish.required("name")), person.id, len(content))
    file.content, file.is_uploaded = content, True
    return {"ok": True, "id": file.id}


def outcome(answer: Answer) -> Json:
    """What a person's client learns of the app's acknowledgement."""
    told: Json = {"ok": answer.is_acknowledged, "acknowledged": answer.is_acknowledged}
    return told if answer.is_acknowledged else {**told, "failure": answer.failure}


async def _command(wish: Wish, person: Person, channel: Channel, text: str) -> Json:
    name, _, rest = text.partition(" ")
    command = wish.workspace.manifest.command(name)
    if command is None:
        raise ControlRefusal("unknown_command", f"{name} is not a valid command.")
    sent_at = wish.workspace.ids.ts()
    key = wish.workspace.response_addresses.hand_out(channel.id, person.id)
    delivered = typed_command(wish.workspace, rest.strip(), should_escape=command.should_escape)
    payload = payloads.slash_command(wish.workspace, person, channel, command=name, text=delivered, response_key=key)
    answer = await wish.board.delivery.send_command(payload)
    failure = answer.failure
    if answer.is_acknowledged:
        failure = answer_of_command(wish.board, channel.id, person.id, answer.payload) or ""
    if failure:
        messages.post_notice(
            wish.workspace, channel, person.id, f'{name} failed with the error "{failure.split(";")[0]}"'
        )
    told: Json = {
        "ok": not failure,
        "kind": "command",
        "acknowledged": answer.is_acknowledged,
        "channel": channel.id,
        "ts": sent_at,
    }
    return {**told, "failure": failure} if failure else told


def _check_can_write(wish: Wish, channel: Channel) -> None:
    manifest = wish.workspace.manifest
    is_with_app = channel.is_im and wish.workspace.bot_user_id in channel.members
    if is_with_app and not (manifest.has_messages and manifest.can_messages_be_written):
        raise ControlRefusal("messages_tab_disabled", "Sending messages to this app has been turned off.")


def _offer_invitation(wish: Wish, channel: Channel, person: Person, text: str, thread_ts: str | None) -> None:
    state = wish.workspace
    if f"<@{state.bot_user_id}>" in text and state.bot_user_id not in channel.members:
        notice = f"You mentioned <@{state.bot_user_id}>, but they're not in this channel. Invite them?"
        messages.post_notice(state, channel, person.id, notice, thread_ts)
