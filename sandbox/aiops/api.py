"""The platform's HTTP API under /api/v1, and a bit of its older UI under /admin-legacy that shows numbers."""

import asyncio
import functools
import html
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from sandbox.aiops import wire
from sandbox.aiops.access import Access, Caller
from sandbox.aiops.service import Service

_PATIENCE = 4.0

Handler = Callable[[Request], Awaitable[Response]]


class Api:
    """The routes; a tenant is named by the query parameter `tenant_id`, as the runbook does it."""

    def __init__(self, service: Service, access: Access) -> None:
        self._service = service
        self._access = access
        self._late: set[asyncio.Future[Response]] = set()

    def app(self) -> Starlette:
        """The whole as an ASGI application."""
        routes: list[BaseRoute] = [
            self._route("/health", self.health),
            self._route("/agents", self.list_agents),
            self._route("/agents", self.create_agent, "POST"),
            self._route("/agents/{agent}", self.show_agent),
            self._route("/agents/{agent}", self.change_agent, "PUT"),
            self._route("/agents/{agent}", self.delete_agent, "DELETE"),
            self._route("/executions", self.list_executions),
            self._route("/metrics/summary", self.show_dashboard),
            self._route("/metrics/agents", self.show_agent_metrics),
            self._route("/metrics/costs", self.show_costs),
            self._route("/users/me/role", self.show_role),
        ]
        legacy: list[BaseRoute] = [
            self._route("/agents/count", self.show_legacy_count),
            self._route("/rerun", self.rerun_legacy, "POST"),
        ]
        return Starlette(
            routes=[
                Mount("/api/v1", routes=routes),
                Mount("/admin-legacy/api", routes=legacy),
                self._route("/admin-legacy", self.show_older_ui),
            ],
            exception_handlers={
                HTTPException: wire.refuse,
                psycopg.Error: wire.say_unavailable("Database"),
                RedisError: wire.say_unavailable("Cache"),
            },
        )

    def _route(self, path: str, handler: Handler, method: str = "GET") -> Route:
        @functools.wraps(handler)
        async def bounded(request: Request) -> Response:
            # Waited for, not cancelled: psycopg would wait for a database that hangs even so.
            answer = asyncio.ensure_future(handler(request))
            done, _ = await asyncio.wait({answer}, timeout=_PATIENCE)
            if done:
                return await self._ended(request, answer)
            self._late.add(answer)
            answer.add_done_callback(self._forget)
            return JSONResponse({"detail": "Gateway timeout"}, status_code=504)

        return Route(path, bounded, methods=[method])

    async def _ended(self, request: Request, answer: "asyncio.Future[Response]") -> Response:
        """The answer, and a line in the log; what nobody expected has a stack trace there."""
        what, log = f"{request.method} {request.url.path}", self._service.log
        try:
            response = answer.result()
        except HTTPException as refusal:
            await log.write("INFO", "access", f"{what} {refusal.status_code}")
            raise
        except (psycopg.Error, RedisError) as problem:
            await log.write("WARNING", "api", f"{what} 503 {type(problem).__name__}")
            raise
        except Exception as problem:
            await log.write("ERROR", "api", f"{what} failed", problem)
            return JSONResponse({"detail": "Internal Server Error"}, status_code=500)
        await log.write("INFO", "access", f"{what} {response.status_code}")
        return response

    def _forget(self, answer: "asyncio.Future[Response]") -> None:
        self._late.discard(answer)
        answer.exception()  # nobody waits for it any more

    async def health(self, _: Request) -> Response:
        """Whether database and Redis answer; the one route that needs no token."""
        parts = {"database": "connected", "redis": "connected"}
        try:
            async with self._service.connect() as connection:
                await connection.execute("SELECT 1")
        except psycopg.Error:
            parts["database"] = "disconnected"
        try:
            await self._service.cache.ping()
        except RedisError:
            parts["redis"] = "disconnected"
        is_healthy = set(parts.values()) == {"connected"}
        status = "healthy" if is_healthy else "unhealthy"
        return JSONResponse({"status": status, **parts}, status_code=200 if is_healthy else 503)

    async def list_agents(self, request: Request) -> Response:
        """One page of the tenant's agents, and how many there are in all."""
        tenant = await self._view(request)
        await self._service.tenant_config(tenant)
        behaviour = self._service.behaviour
        status = request.query_params.get("status") or behaviour.shows_only_status
        limit = wire.number(request, "limit", behaviour.page_size, 100)
        page = wire.number(request, "page", 1, 10_000)
        async with self._service.connect(tenant) as connection:
            cursor = await connection.execute(
                "SELECT *, count(*) OVER () AS total FROM agents"
                " WHERE %(status)s::text IS NULL OR status = %(status)s"
                " ORDER BY created_at, id LIMIT %(limit)s OFFSET %(offset)s",
                {"status": status, "limit": limit, "offset": (page - 1) * limit},
            )
            rows = await cursor.fetchall()
        total = max([row.pop("total") for row in rows], default=0) - behaviour.hidden_agents
        shown = max(0, min(limit, total - (page - 1) * limit))
        body: dict[str, Any] = {"agents": rows[:shown], "page": page, "limit": limit}
        if behaviour.tells_total:
            body["total"] = max(0, total)
        return wire.answer(body)

    async def create_agent(self, request: Request) -> Response:
        """A new agent; needs the right to edit."""
        tenant, is_rehearsal = await self._change(request, "edit")
        wish = await wire.body(request)
        if not wish.get("name"):
            raise HTTPException(422, "name is missing")
        agent = {
            "id": str(uuid4()),
            "tenant_id": tenant,
            "description": "",
            "model": "large-2",
            "status": "active",
            **wish,
        }
        if not is_rehearsal:
            async with self._service.connect(tenant) as connection:
                await connection.execute(
                    "INSERT INTO agents (id, tenant_id, name, description, model, status)"
                    " VALUES (%(id)s, %(tenant_id)s, %(name)s, %(description)s, %(model)s, %(status)s)",
                    agent,
                )
        return wire.answer({"agent": agent, "dry_run": is_rehearsal}, 200 if is_rehearsal else 201)

    async def show_agent(self, request: Request) -> Response:
        """One agent."""
        tenant = await self._view(request)
        return wire.answer({"agent": await self._agent(request, tenant)})

    async def change_agent(self, request: Request) -> Response:
        """Change an agent, or rehearse it: `?dry_run=true` or the header `X-Dry-Run: true` changes nothing."""
        tenant, is_rehearsal = await self._change(request, "edit")
        agent = {**await self._agent(request, tenant), **await wire.body(request)}
        if not is_rehearsal:
            async with self._service.connect(tenant) as connection:
                await connection.execute(
                    "UPDATE agents SET name = %(name)s, description = %(description)s, model = %(model)s,"
                    " status = %(status)s, updated_at = now() WHERE id = %(id)s",
                    agent,
                )
        return wire.answer({"agent": agent, "dry_run": is_rehearsal})

    async def delete_agent(self, request: Request) -> Response:
        """Delete an agent, or rehearse it."""
        tenant, is_rehearsal = await self._change(request, "delete")
        agent = await self._agent(request, tenant)
        if not is_rehearsal:
            async with self._service.connect(tenant) as connection:
                await connection.execute("DELETE FROM agents WHERE id = %s", [agent["id"]])
        return wire.answer({"agent": agent, "dry_run": is_rehearsal})

    async def list_executions(self, request: Request) -> Response:
        """The newest executions, filtered by status, agent_id, date_from and date_to."""
        tenant = await self._view(request)
        wanted = request.query_params
        limit = wire.number(request, "limit", 20, 100)
        filters = {
            "status": wanted.get("status") or None,
            "agent": wire.identifier(wanted["agent_id"]) if wanted.get("agent_id") else None,
            "first": wire.moment(request, "date_from"),
            "last": wire.moment(request, "date_to"),
            "seen_until": self._service.clock() - timedelta(seconds=self._service.behaviour.hides_runs_of_seconds),
            "limit": limit,
        }
        async with self._service.connect(tenant) as connection:
            cursor = await connection.execute(
                "SELECT * FROM agent_executions"
                " WHERE (%(status)s::text IS NULL OR status = %(status)s)"
                " AND (%(agent)s::uuid IS NULL OR agent_id = %(agent)s)"
                " AND (%(first)s::timestamptz IS NULL OR created_at >= %(first)s)"
                " AND (%(last)s::timestamptz IS NULL OR created_at <= %(last)s)"
                " AND created_at <= %(seen_until)s"
                " ORDER BY created_at DESC LIMIT %(limit)s",
                filters,
            )
            return wire.answer({"executions": await cursor.fetchall(), "limit": limit})

    async def show_dashboard(self, request: Request) -> Response:
        """The dashboard's numbers, cached for 30 seconds."""
        tenant = await self._view(request)
        return wire.answer_cached(self._service.behaviour.browser_seconds, *await self._service.dashboard(tenant))

    async def show_agent_metrics(self, request: Request) -> Response:
        """The agents' performance, cached for 60 seconds."""
        tenant = await self._view(request)
        return wire.answer_cached(60, *await self._service.agent_metrics(tenant))

    async def show_costs(self, request: Request) -> Response:
        """Today's costs, cached for an hour."""
        tenant = await self._view(request)
        return wire.answer_cached(3600, *await self._service.costs(tenant))

    async def show_role(self, request: Request) -> Response:
        """The caller's role for a tenant; the service account asks for the user that it names."""
        tenant = wire.tenant_of(request)
        user = await self._user(request, await self._access.identify(request))
        role = await self._service.role(user, tenant)
        return wire.answer({"user_id": str(user), "tenant_id": tenant, "role": role})

    async def show_legacy_count(self, request: Request) -> Response:
        """How many agents the older UI shows; it counts every five minutes."""
        tenant = await self._view(request)
        count, counted_at = await self._service.legacy_count(tenant)
        return wire.answer({"tenant_id": tenant, "count": count, "counted_at": counted_at})

    async def show_older_ui(self, _: Request) -> Response:
        """The older UI, which counts by itself, whatever the cache holds."""
        counts = await self._service.legacy_counts()
        lines = "".join(f"<tr><td>{html.escape(name)}<td>{count}" for name, count in counts)
        page = "<!doctype html><html lang=en><meta charset=utf-8><title>Agents</title><h1>Agents (older UI)</h1>"
        return HTMLResponse(f"{page}<table><tr><th>Tenant<th>Agents{lines}</table></html>")

    async def rerun_legacy(self, request: Request) -> Response:
        """The older UI's button "Rerun": forget what was counted."""
        tenant = await self._view(request)
        self._service.behaviour.remembered_counts.pop(tenant, None)
        return wire.answer({"tenant_id": tenant})

    async def _view(self, request: Request) -> str:
        """The tenant, if the caller may look at it."""
        caller = await self._access.identify(request)
        tenant = wire.tenant_of(request)
        if not caller.is_service:
            await self._access.require("view", await self._user(request, caller), tenant)
        return tenant

    async def _change(self, request: Request, verb: str) -> tuple[str, bool]:
        """The tenant, and whether it is a rehearsal, if the user may do that; the service account only rehearses."""
        caller = await self._access.identify(request)
        tenant = wire.tenant_of(request)
        wish = request.query_params.get("dry_run") or request.headers.get("X-Dry-Run") or ""
        is_rehearsal = wish.lower() in {"1", "true", "yes"}
        if caller.is_service and not is_rehearsal:
            raise HTTPException(403, "A service account may only rehearse changes")
        await self._access.require(verb, await self._user(request, caller), tenant)
        return tenant, is_rehearsal

    async def _user(self, request: Request, caller: Caller) -> UUID:
        if caller.user is not None:
            return caller.user
        wanted = request.query_params.get("user_id") or request.query_params.get("user")
        if not wanted:
            raise HTTPException(400, "A service account must name the user: user_id is missing")
        return await self._access.find_user(wanted)

    async def _agent(self, request: Request, tenant: str) -> dict[str, Any]:
        async with self._service.connect(tenant) as connection:
            agent = wire.identifier(request.path_params["agent"])
            cursor = await connection.execute("SELECT * FROM agents WHERE id = %s", [agent])
            row = await cursor.fetchone()
        if row is None:
            raise HTTPException(404, "Agent not found")
        return row
