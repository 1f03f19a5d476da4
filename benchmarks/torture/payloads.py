"""Ten thousand deliveries of Slack that were forged or spoiled after signing: none brings the door down."""

import asyncio
import copy
import hashlib
import hmac
import json
import random
import time
import urllib.parse
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from benchmarks.child import free_port
from benchmarks.ground import Ground
from benchmarks.torture.hostile import text, value
from benchmarks.torture.tried import Tried
from benchmarks.without_slack import built, directory_of
from bot.http import serve
from bot.slack.bounded import Bounded
from bot.slack.door import connect
from bot.slack.link import make_app, make_client
from bot.slack.post import Poster
from bot.slack.signed_http import http_route

_SECRET = "torture"  # noqa: S105  # of a door that is open for a minute
_HERE = "127.0.0.1"
_AT_ONCE, _OK = 20, 200
_TEAM, _USER = {"id": "T1", "domain": "t"}, {"id": "U1", "team_id": "T1", "name": "olga"}
_WHERE = {"channel": {"id": "C1", "name": "backend-support"}, "container": {"type": "message", "message_ts": "1.1"}}
_BASE = {"team": _TEAM, "user": _USER, "api_app_id": "A1", "token": "x", "trigger_id": "1.1.a", "enterprise": None}
_VIEW = {
    "id": "V1", "type": "modal", "callback_id": "ask", "title": {"type": "plain_text", "text": "Ask"},
    "private_metadata": '{"m":"01JD.0"}', "hash": "1", "state": {"values": {"reason": {"reason": {
        "type": "plain_text_input", "value": "because"}}}},
    "blocks": [{"type": "input", "block_id": "reason", "label": {"type": "plain_text", "text": "Reason"},
                "element": {"type": "plain_text_input", "action_id": "reason"}}],
}  # fmt: skip
_PRESSES = ("ask", "approve", "deny", "look_again", "escalate", "open_form", "cancel", "again", "acknowledge", "show")
_SAMPLES: tuple[dict[str, Any], ...] = (
    *(
        {**_BASE, **_WHERE, "type": "block_actions", "response_url": "http://127.0.0.1:9/r", "state": {"values": {}},
         "actions": [{"type": "button", "action_id": f"{name}:1", "block_id": "b", "value": "01JD.0",
                      "action_ts": "1.2"}]}
        for name in _PRESSES
    ),
    {**_BASE, "type": "view_submission", "view": _VIEW, "response_urls": []},
    {**_BASE, "type": "view_closed", "view": _VIEW, "is_cleared": False},
    {**_BASE, "type": "block_suggestion", "action_id": "tenants", "block_id": "tenant|aiops", "value": "ten",
     "view": _VIEW, "container": {"type": "view", "view_id": "V1"}},
    {**_BASE, **_WHERE, "type": "message_action", "callback_id": "diagnose", "response_url": "http://127.0.0.1:9/r",
     "message": {"type": "message", "text": "old numbers", "ts": "1.1", "user": "U1"}, "message_ts": "1.1"},
    *(
        {"type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event_id": "Ev1", "event_time": 1,
         "authorizations": [{"team_id": "T1", "user_id": "UB", "is_bot": True}], "event": event}
        for event in (
            {"type": "app_mention", "user": "U1", "text": "<@UB> help", "ts": "1.1", "channel": "C1"},
            {"type": "message", "channel_type": "im", "user": "U1", "text": "help", "ts": "1.1", "channel": "D1"},
            {"type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "home"},
        )
    ),
)  # fmt: skip


async def payloads(on: Ground, count: int, seed: int) -> Tried:
    """Sends them through the real door, with a Slack behind it that agrees to everything."""
    tried, dice = Tried("spoilt deliveries"), random.Random(seed)  # noqa: S311  # repeatable, not secret
    async with (
        serve(Starlette(routes=[Route("/{method}", _agrees, methods=["GET", "POST"])]), _HERE, free_port()) as slack,
        built(on) as made,
    ):
        client = make_client("xoxb-torture", f"http://{_HERE}:{slack}/")
        app = make_app(client, _SECRET)
        poster = Poster(client, made.bot)

        def incident() -> str:
            tried.lose("a handler failed with an error that nobody had thought of; the log has its trace")
            return "torture"

        door = connect(app, made.bot, directory_of(made), poster, new_incident=incident, work=Bounded())
        routes = Starlette(routes=[http_route(app)])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(routes), base_url="http://door") as http:
            for start in range(0, count, _AT_ONCE):
                samples = [_spoilt(dice, number) for number in range(start, min(start + _AT_ONCE, count))]
                for answer in await asyncio.gather(*(_send(http, one) for one in samples), return_exceptions=True):
                    tried.count("sent")
                    if isinstance(answer, BaseException):
                        tried.lose(f"the door answered {answer!r}")
                    else:
                        tried.count("acknowledged" if answer.status_code == _OK else "unreadable for Bolt")
            whole = {**copy.deepcopy(_SAMPLES[0]), "trigger_id": "last"}
            if (await _send(http, whole)).status_code != _OK:
                tried.lose("the door no longer acknowledges what is whole")
        tried.count("told that there is too much to do", door.work.refused)
        await door.stop()
        await poster.stop()
    return tried


def _spoilt(dice: random.Random, number: int) -> dict[str, Any]:
    made = copy.deepcopy(dice.choice(_SAMPLES))
    made["event_id" if "event" in made else "trigger_id"] = f"{number}"
    for _ in range(dice.randint(0, 3)):
        place: Any = made
        while isinstance(place, dict | list) and place:
            key = dice.choice(list(place)) if isinstance(place, dict) else dice.randrange(len(place))
            if dice.random() < 0.15 or not isinstance(place[key], dict | list):
                if isinstance(place, dict) and dice.random() < 0.2:  # seldom it is left out
                    del place[key]
                else:
                    place[key] = text(dice) if isinstance(place[key], str) else value(dice)
                break
            place = place[key]
    return made


async def _send(http: httpx.AsyncClient, payload: dict[str, Any]) -> httpx.Response:
    if payload.get("type") == "event_callback" or "event" in payload:
        body, kind = json.dumps(payload).encode(), "application/json"
    else:
        body = urllib.parse.urlencode({"payload": json.dumps(payload)}).encode()
        kind = "application/x-www-form-urlencoded"
    timestamp = str(int(time.time()))
    signature = hmac.new(_SECRET.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": kind, "X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={signature}"
    }  # fmt: skip
    return await http.post("/slack/events", content=body, headers=headers)


async def _agrees(request: Request) -> Response:
    """Whatever is called, it went well."""
    await request.body()
    return JSONResponse({
        "ok": True, "ts": f"{time.time():.6f}", "channel": "C1", "team_id": "T1", "user_id": "UB", "bot_id": "B1",
        "view": {"id": "V1", "hash": "1"}, "permalink": "http://127.0.0.1:9/p",
        "user": {"id": "U1", "team_id": "T1", "name": "olga", "profile": {"email": "olga@example.com"}},
    })  # fmt: skip
