"""The second platform: its own names in the database, in Redis, in the API and in the log."""

import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection, sql
from psycopg.rows import DictRow, dict_row
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.embedded import PostgresServer, ValkeyServer
from sandbox.serving import serve

FOLDER = Path(__file__).parent
_DATABASE = "nova"


@dataclass
class Nova:
    """The running platform; what it does wrong is switched on in its fields."""

    database: AsyncConnection[DictRow]
    cache: Redis
    environment: dict[str, str] = field(default_factory=dict)
    enters_workspace: bool = True
    log: list[str] = field(default_factory=list)

    async def ask(self, statement: str, *values: object) -> list[dict[str, Any]]:
        """As superuser."""
        cursor = await self.database.execute(statement.encode(), values)
        return await cursor.fetchall() if cursor.description else []

    def write(self, level: str, text: str) -> None:
        """A record in the log."""
        self.log.append(f"[{datetime.now(UTC):%d/%m/%Y %H:%M:%S}] nova.{level} {text}")

    async def front(self, request: Request) -> Response:
        """The numbers of the front page, cached for two minutes."""
        key = f"novaprod:dash:{_slug(request)}"
        cached = await self.cache.get(key)
        if cached is None:
            numbers = {"bots": await self._count(request), "as_of": datetime.now(UTC).isoformat()}
            await self.cache.set(key, json.dumps(numbers), ex=120)
            return JSONResponse(numbers, headers={"Nova-Cache": "miss"})
        return JSONResponse(json.loads(cached), headers={"Nova-Cache": "hit"})

    async def bots(self, request: Request) -> Response:
        """The list of bots."""
        found = await self.ask(
            "SELECT b.no, b.title FROM platform.bot b JOIN platform.workspace w ON w.uid = b.workspace_uid"
            " WHERE w.slug = %s ORDER BY b.no",
            _slug(request),
        )
        items = found[: await self._count(request)]
        return JSONResponse({"data": {"items": items, "count": len(items), "per_page": 50}})

    async def runs(self, request: Request) -> Response:
        """The newest runs, filtered."""
        wanted = request.query_params
        found = await self.ask(
            "SELECT r.uid::text AS uid, r.outcome FROM platform.run r JOIN platform.workspace w"
            " ON w.uid = r.workspace_uid WHERE w.slug = %s AND (%s::text IS NULL OR r.outcome = %s)"
            " ORDER BY r.begun DESC LIMIT 10",
            _slug(request), wanted.get("outcome"), wanted.get("outcome"),
        )  # fmt: skip
        return JSONResponse({"rows": found})

    async def grade(self, request: Request) -> Response:
        """Somebody's grade."""
        return JSONResponse({"membership": {"grade": await self._grade(request, request.path_params["member"])}})

    async def edit(self, request: Request) -> Response:
        """An edit, rehearsed."""
        may = await self._grade(request, request.headers["X-Act-As"]) in {"owner", "ops", "maker"}
        return JSONResponse({"simulated": request.headers["X-Simulate"]}, status_code=200 if may else 403)

    async def show_log(self, _: Request) -> Response:
        """The log as text."""
        return PlainTextResponse("\n".join(self.log))

    async def _count(self, request: Request) -> int:
        """How many bots the API sees: as a role under row-level security, in the context that it sets or not."""
        url = self.environment["NOVA_DB_WORKSPACE"]
        async with await AsyncConnection.connect(url, row_factory=dict_row) as connection:
            if self.enters_workspace:
                await connection.execute(
                    "SELECT platform.enter(uid) FROM platform.workspace WHERE slug = %s", [_slug(request)]
                )
            row = await (await connection.execute("SELECT count(*) AS bots FROM platform.bot")).fetchone()
        return int(row["bots"]) if row else 0

    async def _grade(self, request: Request, member: str) -> str | None:
        found = await self.ask(
            "SELECT ms.grade FROM platform.membership ms JOIN platform.workspace w ON w.uid = ms.workspace_uid"
            " WHERE w.slug = %s AND ms.member_no::text = %s",
            _slug(request), member,
        )  # fmt: skip
        return str(found[0]["grade"]) if found else None


def _slug(request: Request) -> str:
    return request.headers.get("X-Workspace", "")


@contextlib.asynccontextmanager
async def nova(postgres: PostgresServer, valkey: ValkeyServer) -> AsyncIterator[Nova]:
    """The platform, filled and served."""
    passwords = {name: secrets.token_hex(12) for name in ("nova_reader", "nova_tenant", "nova_writer")}
    async with await AsyncConnection.connect(postgres.url(), autocommit=True) as server:
        for name, password in passwords.items():
            bypass = sql.SQL("NOBYPASSRLS" if name == "nova_tenant" else "BYPASSRLS")
            role = sql.SQL("CREATE ROLE {} LOGIN {} PASSWORD {}")
            await server.execute(role.format(sql.Identifier(name), bypass, password))
        await server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_DATABASE)))
    urls = {name: postgres.url(_DATABASE, user=name, password=password) for name, password in passwords.items()}
    url = postgres.url(_DATABASE)
    async with (
        await AsyncConnection.connect(url, autocommit=True, row_factory=dict_row) as database,
        Redis.from_url(valkey.url()) as cache,
    ):
        await database.execute((FOLDER / "schema.sql").read_bytes())
        made = Nova(database, cache)
        routes = [
            Route("/v2/front", made.front), Route("/v2/bots", made.bots), Route("/v2/runs", made.runs),
            Route("/v2/members/{member}/grade", made.grade), Route("/v2/bots/{bot}", made.edit, methods=["PATCH"]),
            Route("/v2/log", made.show_log),
        ]  # fmt: skip
        async with serve(Starlette(routes=routes)) as port:
            made.environment |= _environment(urls, valkey.url(), port)
            made.write("info", "started")
            yield made


def _environment(urls: Mapping[str, str], cache: str, port: int) -> dict[str, str]:
    return {
        "NOVA_DB": urls["nova_reader"], "NOVA_DB_WRITER": urls["nova_writer"], "NOVA_DB_WORKSPACE": urls["nova_tenant"],
        "NOVA_CACHE": cache, "NOVA_API": f"http://127.0.0.1:{port}", "NOVA_API_KEY": "a-key",
    }  # fmt: skip
