"""What the app says without the Web API: in the acknowledgement of a command, or through a response_url."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from sandbox.slack import messages
from sandbox.slack.records import Json, Message
from sandbox.slack.refusals import SlackRefusal
from sandbox.slack.surfaces import check_message_blocks
from sandbox.slack.switchboard import Switchboard
from sandbox.slack.triggers import ResponseAddress

IN_CHANNEL = "in_channel"


async def answer_response(request: Request) -> Response:
    """Take one POST to a response_url."""
    board: Switchboard = request.app.state.board
    key = request.path_params["key"]
    entry = board.workspace.log.call("response_url", {"key": key[:4]})
    try:
        await board.workspace.faults.befall("response_url")
        body = json.loads(await request.body())
        entry["arguments"] = body
        respond(board, board.workspace.response_addresses.use(key), body)
    except json.JSONDecodeError:
        entry |= {"ok": False, "error": "invalid_payload"}
        return PlainTextResponse("invalid_payload", 400)
    except SlackRefusal as refusal:
        entry |= {"ok": False, "error": refusal.error}
        status = refusal.status if refusal.status != 200 else 400
        headers = {} if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
        return JSONResponse(refusal.body(), status, headers)
    entry["ok"] = True
    return PlainTextResponse("ok")


def respond(board: Switchboard, address: ResponseAddress, body: Json) -> None:
    """Do what a response asks for: replace or delete the message it came from, or say something new."""
    original = board.workspace.message(address.channel, address.message_ts or "")
    if original is not None and body.get("delete_original"):
        _remove(board, original)
        return
    blocks = body.get("blocks")
    if blocks is not None:
        blocks = check_message_blocks(blocks)
    text = str(body.get("text") or "")
    if not text and not blocks:
        raise SlackRefusal("no_text")
    if original is not None and body.get("replace_original"):
        messages.change(board.workspace, original, text, blocks if blocks is not None else [])
        board.events.message_changed(original)
        return
    _say(board, address, text, blocks, body)


def _say(board: Switchboard, address: ResponseAddress, text: str, blocks: list[Json] | None, body: Json) -> None:
    is_public = body.get("response_type") == IN_CHANNEL
    message = messages.post(
        board.workspace,
        board.workspace.channels[address.channel],
        board.workspace.bot_user_id,
        text,
        blocks=blocks,
        thread_ts=body.get("thread_ts") or address.thread_ts,
        only_for=None if is_public else address.person,
    )
    board.events.message_posted(message)


def _remove(board: Switchboard, message: Message) -> None:
    board.events.message_removed(message)
    messages.remove(board.workspace, message)


def answer_of_command(board: Switchboard, channel: str, person: str, payload: Any) -> str | None:
    """Say what the acknowledgement of a command carries, if anything. Returns what was wrong with it."""
    if not isinstance(payload, dict) or not (payload.get("text") or payload.get("blocks")):
        return None
    try:
        respond(board, ResponseAddress(channel, person, expires_at=0.0), payload)
    except SlackRefusal as refusal:
        return "; ".join([refusal.error, *refusal.messages])
    return None
