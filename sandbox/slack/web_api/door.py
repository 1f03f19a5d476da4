"""The door of the Web API: reads arguments, checks the token and the scopes, lets faults befall, calls the method."""

import json
import urllib.parse
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.slack.records import Json
from sandbox.slack.refusals import SlackRefusal
from sandbox.slack.switchboard import Switchboard
from sandbox.slack.web_api import chat, connections, conversations, files, people, views
from sandbox.slack.web_api.methods import METHODS, Arguments, Method

FAMILIES = (chat, connections, conversations, files, people, views)


async def answer_call(request: Request) -> Response:
    """Answer one call of the Web API."""
    board: Switchboard = request.app.state.board
    name = request.path_params["method"]
    try:
        values = await _values(request)
    except SlackRefusal as refusal:
        return JSONResponse(refusal.body(), refusal.status)
    entry = board.workspace.log.call(name, values)
    try:
        token = _token(request, values)
        method = _method(name)
        _check_token(board, method, token)
        _check_scopes(board, method)
        await board.workspace.faults.befall(name)
        board.workspace.pace.check(name, values)
        answer = await method.answer(board, Arguments(values))
    except SlackRefusal as refusal:
        entry |= {"ok": False, "error": refusal.error}
        headers = {} if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
        return JSONResponse(refusal.body(), refusal.status, headers)
    entry["ok"] = True
    return JSONResponse({"ok": True, **answer}, headers=_scope_headers(board))


async def _values(request: Request) -> Json:
    values: Json = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            body: Any = json.loads(await request.body() or b"{}")
        except json.JSONDecodeError:
            raise SlackRefusal("invalid_json") from None
        if not isinstance(body, dict):
            raise SlackRefusal("json_not_object")
        return values | body
    body_text = (await request.body()).decode("utf-8", "replace")
    return values | dict(urllib.parse.parse_qsl(body_text, keep_blank_values=True))


def _token(request: Request, values: Json) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token if scheme.lower() == "bearer" else str(values.pop("token", ""))
    if not token:
        raise SlackRefusal("not_authed")
    return token.strip()


def _method(name: str) -> Method:
    if name not in METHODS:
        raise SlackRefusal("unknown_method", extra={"req_method": name})
    return METHODS[name]


def _check_token(board: Switchboard, method: Method, token: str) -> None:
    workspace = board.workspace
    right, wrong = workspace.bot_token, workspace.app_token
    if method.takes_app_token:
        right, wrong = wrong, right
    if token == wrong:
        raise SlackRefusal("not_allowed_token_type")
    if token != right:
        raise SlackRefusal("invalid_auth")


def _check_scopes(board: Switchboard, method: Method) -> None:
    granted = board.workspace.manifest.scopes
    if granted is None or not method.scopes or granted.intersection(method.scopes):
        return
    provided = ",".join(sorted(granted))
    raise SlackRefusal("missing_scope", extra={"needed": ",".join(method.scopes), "provided": provided})


def _scope_headers(board: Switchboard) -> dict[str, str]:
    return {"X-OAuth-Scopes": ",".join(sorted(board.workspace.manifest.scopes or ()))}
