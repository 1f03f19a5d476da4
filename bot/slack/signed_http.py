"""Slack comes by signed HTTP: the door as a Starlette route."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import structlog
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import metrics

log = structlog.get_logger()


def http_route(
    app: AsyncApp, refused: Callable[[str], Awaitable[None]] | None = None, path: str = "/slack/events"
) -> Route:
    """The door for signed HTTP requests; Bolt checks each signature before anything is read.

    `refused` is told of requests that are not signed by Slack.
    """
    handler = AsyncSlackRequestHandler(app)

    async def receive(request: Request) -> Response:
        with metrics.timed(metrics.acks.labels("http")):
            try:
                answer = await handler.handle(request)
            except Exception:
                # Signed, and yet of a shape that Bolt cannot read: it would be no better the next time.
                log.exception("door.unreadable")
                metrics.deliveries.labels("unknown", "unreadable").inc()
                return Response(status_code=HTTPStatus.BAD_REQUEST)
        if refused is not None and answer.status_code == HTTPStatus.UNAUTHORIZED:
            await refused(path)
        return answer

    return Route(path, receive, methods=["POST"])
