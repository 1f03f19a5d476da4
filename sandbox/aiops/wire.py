"""What comes in with a request of the platform's API, and what goes out."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

_CHANGEABLE = {"name", "description", "model", "status"}
_STATUSES = {"active", "inactive"}


def tenant_of(request: Request) -> str:
    """The tenant that the request is about. Not whether it exists: a wrong one has no rows, that is all."""
    if not (tenant := request.query_params.get("tenant_id")):
        raise HTTPException(400, "Tenant ID missing")
    return tenant


def number(request: Request, name: str, otherwise: int, most: int) -> int:
    """A whole number from 1 to `most`."""
    text = request.query_params.get(name)
    if text is None:
        return otherwise
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise HTTPException(422, f"{name} must be a number from 1 to {most}")
    return int(text)


def identifier(text: str) -> UUID:
    """A UUID."""
    try:
        return UUID(text)
    except ValueError as problem:
        raise HTTPException(422, "id must be a UUID") from problem


def moment(request: Request, name: str) -> datetime | None:
    """A date, or a date with a time."""
    if not (text := request.query_params.get(name)):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError as problem:
        raise HTTPException(422, f"{name} must be a date such as 2025-01-15") from problem


async def body(request: Request) -> dict[str, str]:
    """The fields of an agent that the request names."""
    try:
        wish = json.loads(await request.body() or b"{}")
    except ValueError as problem:
        raise HTTPException(422, "the body must be JSON") from problem
    if not isinstance(wish, dict) or not all(isinstance(value, str) for value in wish.values()):
        raise HTTPException(422, "the body must be an object of strings")
    if unknown := sorted(wish.keys() - _CHANGEABLE):
        raise HTTPException(422, f"unknown: {', '.join(unknown)}")
    if wish.get("status", "active") not in _STATUSES:
        raise HTTPException(422, "status must be active or inactive")
    return wish


def answer(content: dict[str, Any], status: int = 200) -> Response:
    """A JSON answer; moments are written in ISO 8601."""
    return Response(json.dumps(content, default=_text), status_code=status, media_type="application/json")


def answer_cached(seconds: int, content: dict[str, Any], outcome: str | None) -> Response:
    """A JSON answer that says whether it came from the cache."""
    response = answer(content)
    response.headers["Cache-Control"] = f"max-age={seconds}"
    if outcome is not None:
        response.headers["X-Cache"] = outcome
    return response


async def refuse(_: Request, problem: Exception) -> Response:
    """The answer to what was refused, as FastAPI words it."""
    if not isinstance(problem, HTTPException):
        raise problem
    return JSONResponse({"detail": problem.detail}, status_code=problem.status_code)


def say_unavailable(part: str) -> Callable[[Request, Exception], Awaitable[Response]]:
    """The answer while a server behind the API is away."""

    async def unavailable(_: Request, __: Exception) -> Response:
        return JSONResponse({"detail": f"{part} unavailable"}, status_code=503)

    return unavailable


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not for JSON")
