"""A local double of the services that call people: it takes what PagerDuty's Events API v2 takes, and no more."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.http import serve

KEY = "R0123456789ABCDEF0123456789ABCDE"
_ACTIONS = {"trigger", "acknowledge", "resolve"}
_SEVERITIES = {"critical", "error", "warning", "info"}


class Double:
    """What it was told; `answers` are statuses that it gives first, instead of taking anything."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.hooks: list[tuple[bytes, str]] = []
        self.answers: list[int] = []
        self.address = ""

    async def enqueue(self, request: Request) -> Response:
        """POST /v2/enqueue"""
        if self.answers:
            return JSONResponse({"status": "throttle exceeded"}, status_code=self.answers.pop(0))
        event = json.loads(await request.body())
        if problems := _problems(event):
            return JSONResponse({"status": "invalid event", "errors": problems}, status_code=400)
        self.events.append(event)
        return JSONResponse({"status": "success", "dedup_key": event["dedup_key"]}, status_code=202)

    async def hook(self, request: Request) -> Response:
        """POST /hook"""
        self.hooks.append((await request.body(), request.headers["x-backstop-signature"]))
        return Response(status_code=204)


def _problems(event: dict[str, Any]) -> list[str]:
    problems = [] if event.get("routing_key") == KEY else ["routing_key is invalid"]
    problems += [] if event.get("event_action") in _ACTIONS else ["event_action is invalid"]
    problems += [] if 0 < len(event.get("dedup_key", "")) <= 255 else ["dedup_key is invalid"]
    if event.get("event_action") == "trigger":
        payload = event.get("payload") or {}
        problems += [] if 0 < len(payload.get("summary", "")) <= 1024 else ["summary is invalid"]
        problems += [] if payload.get("source") else ["source is missing"]
        problems += [] if payload.get("severity") in _SEVERITIES else ["severity is invalid"]
    return problems


@asynccontextmanager
async def double() -> AsyncIterator[Double]:
    """The double, served on a free port."""
    made = Double()
    routes = [
        Route("/v2/enqueue", made.enqueue, methods=["POST"]),
        Route("/hook", made.hook, methods=["POST"]),
    ]
    async with serve(Starlette(routes=routes), "127.0.0.1", 0) as port:
        made.address = f"http://127.0.0.1:{port}"
        yield made
