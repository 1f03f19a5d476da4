"""The product's HTTP API under /api/v1, and the page that people open."""

import asyncio
import functools
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.zenamanage.product import Product, as_json
from sandbox.zenamanage.queues import USUAL_TEAMS, key
from sandbox.zenamanage.sessions import DatabaseProblem, Row
from sandbox.zenamanage.sockets import SocketServer

_PATIENCE = 4.0
Handler = Callable[[Request], Awaitable[Response]]
_CONSTANTS = {
    "window_seconds": 300,
    "endpoints": {
        name: {"requests": 100, "errors": 0, "p50_ms": 50, "p95_ms": 100}
        for name in ("GET /api/v1/dashboard", "GET /api/v1/projects", "GET /api/v1/tasks")
    },
    "cache": {"hits": 95, "misses": 5},
    "queue": {"default": {"pending": 0}},
}


@dataclass
class Api:
    """The routes; `token` is that of the bot's own account, which belongs to no tenant and may only read."""

    product: Product
    sockets: SocketServer
    token: str

    def __post_init__(self) -> None:
        """Nobody has come late yet."""
        self._late: set[asyncio.Future[Response]] = set()

    def app(self) -> Starlette:
        """The whole as an ASGI application."""
        routes: list[BaseRoute] = [
            self._route("/", self.page),
            self._route("/api/v1/health", self.health),
            self._route("/api/v1/metrics", self.metrics),
            self._route("/api/v1/ws/health", self.socket_health),
            self._route("/api/v1/dashboard", self.dashboard),
            self._route("/api/v1/projects", self.projects),
            self._route("/api/v1/tasks", self.tasks),
            self._route("/api/v1/users/me", self.me),
            self._route("/api/v1/auth/login", self.login, "OPTIONS", "POST"),
        ]
        return Starlette(routes=routes, exception_handlers={HTTPException: _refuse})

    def _route(self, path: str, handler: Handler, *methods: str) -> Route:
        @functools.wraps(handler)
        async def answered(request: Request) -> Response:
            behaviour = self.product.behaviour
            if not behaviour.php_runs:
                return HTMLResponse("<h1>502 Bad Gateway</h1><hr>nginx", status_code=502)
            if behaviour.is_in_maintenance:
                return JSONResponse({"message": "Service Unavailable"}, 503, {"Retry-After": "60"})
            return await self._measured(f"{request.method} {path}", request, handler)

        return Route(path, answered, methods=methods or ["GET"])

    async def _measured(self, what: str, request: Request, handler: Handler) -> Response:
        clock = asyncio.get_running_loop().time
        started = clock()
        await asyncio.sleep(self.product.behaviour.delays.get(what, 0))
        # Waited for, not cancelled: a driver would wait for a database that hangs even so.
        answer = asyncio.ensure_future(handler(request))
        done, _ = await asyncio.wait({answer}, timeout=_PATIENCE)
        if not done:
            self._late.add(answer)
            answer.add_done_callback(self._forget)
            return JSONResponse({"message": "Gateway Timeout"}, 504)
        try:
            if what in self.product.behaviour.failing:
                answer.exception()
                response = await self._failed(*self.product.behaviour.failing[what])
            else:
                response = answer.result()
        except RedisError as problem:
            response = await self._failed("RedisException", str(problem))
        except DatabaseProblem as problem:
            response = await self._failed("Illuminate\\Database\\QueryException", f"SQLSTATE[HY000] {problem}")
        took = (clock() - started) * 1000
        self.product.measured.record(what, took, response.status_code >= 500)
        await self.product.log.write("info", f"{what} {response.status_code} {took:.0f} ms")
        return response

    def _forget(self, answer: "asyncio.Future[Response]") -> None:
        self._late.discard(answer)
        if not answer.cancelled():
            answer.exception()  # nobody waits for it any more

    async def _failed(self, exception: str, message: str) -> Response:
        """The answer to what nobody expected; the handler of exceptions writes it into the log."""
        await self.product.log.fail(exception, message.splitlines()[0] if message else exception)
        return JSONResponse({"message": "Server Error"}, 500)

    async def page(self, _: Request) -> Response:
        """The page that people open, which needs a session; the rest of it is a script."""
        await self.product.cache.set("session:guest", "{}", ex=7200)
        return HTMLResponse("<!doctype html><title>ZenaManage</title><div id=app></div>")

    async def health(self, _: Request) -> Response:
        """Whether database and cache answer; needs no token."""
        parts = await self.product.health()
        is_healthy = set(parts.values()) == {"connected"}
        return JSONResponse({"status": "ok" if is_healthy else "unhealthy", **parts}, 200 if is_healthy else 503)

    async def socket_health(self, _: Request) -> Response:
        """Whether the WebSocket server runs; a literal says so anyhow."""
        if self.product.behaviour.socket_health == "missing":
            raise HTTPException(404, "Not Found")
        is_up = {"up": True, "down": False}.get(self.product.behaviour.health_says, self.sockets.is_running)
        status = "ok" if is_up else "unhealthy"
        return JSONResponse({"status": status, "connections": self.sockets.count}, 200 if is_up else 503)

    async def metrics(self, request: Request) -> Response:
        """What the product measures of itself."""
        self._identify(request)
        behaviour, measured = self.product.behaviour, self.product.measured
        if behaviour.metrics == "missing":
            raise HTTPException(404, "Not Found")
        if behaviour.metrics == "constant":
            return JSONResponse(_CONSTANTS)
        queues = sorted({queue for team in USUAL_TEAMS for queue in team})
        pending = {queue: {"pending": await self.product.cache.llen(key(queue))} for queue in queues}
        return JSONResponse(
            {
                "window_seconds": 300, "endpoints": measured.endpoints(),
                "cache": {"hits": measured.hits, "misses": measured.misses}, "queue": pending,
            }
        )  # fmt: skip

    async def dashboard(self, request: Request) -> Response:
        """The dashboard of a tenant."""
        return _json(await self.product.dashboard(await self._tenant(request)))

    async def projects(self, request: Request) -> Response:
        """One page of a tenant's projects."""
        tenant = await self._tenant(request)
        return _list(*await self.product.projects(tenant, _page(request)))

    async def tasks(self, request: Request) -> Response:
        """One page of a tenant's tasks."""
        tenant = await self._tenant(request)
        return _list(*await self.product.tasks(tenant, _page(request)))

    async def me(self, request: Request) -> Response:
        """Whose token it is."""
        self._identify(request)
        return JSONResponse({"name": "Backstop", "tenant_id": None, "abilities": ["read"]})

    async def login(self, request: Request) -> Response:
        """Where tokens are asked for; nobody's password is known here, so nobody gets one."""
        status = self.product.behaviour.login_status
        if status >= 500:
            return await self._failed("RuntimeException", "No application encryption key has been specified.")
        if status >= 400:
            raise HTTPException(status, "Not Found")
        if request.method == "POST":
            raise HTTPException(422, "These credentials do not match our records.")
        return Response(status_code=status, headers={"Allow": "POST, OPTIONS"})

    def _identify(self, request: Request) -> None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not secrets.compare_digest(token.encode(), self.token.encode()):
            raise HTTPException(401, "Unauthenticated.")

    async def _tenant(self, request: Request) -> str:
        """The tenant that the request is about. Not whether it exists: a wrong one has no rows, that is all."""
        self._identify(request)
        if not (tenant := request.query_params.get("tenant_id")):
            raise HTTPException(422, "The tenant id field is required.")
        return tenant


def _json(content: Row) -> Response:
    return Response(as_json(content), media_type="application/json")


def _list(rows: list[Row], total: int) -> Response:
    return _json({"data": rows, "meta": {"total": total, "per_page": 20}})


def _page(request: Request) -> int:
    text = request.query_params.get("page", "1")
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 10_000):
        raise HTTPException(422, "The page field must be a number.")
    return int(text)


async def _refuse(_: Request, problem: Exception) -> Response:
    if not isinstance(problem, HTTPException):
        raise problem
    return JSONResponse({"message": problem.detail}, problem.status_code)
