"""`async with aiops(postgres, valkey)`: the platform, seeded, served and used by its users."""

import asyncio
import contextlib
import secrets
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from redis.asyncio import Redis

from bot.embedded import READER_RULES, PostgresServer, ValkeyServer
from sandbox.aiops.access import Access
from sandbox.aiops.api import Api
from sandbox.aiops.database import DATABASE, Passwords, create_database
from sandbox.aiops.decoys import fill
from sandbox.aiops.faults import Faults
from sandbox.aiops.log import ApiLog
from sandbox.aiops.seed import VERA
from sandbox.aiops.service import Service
from sandbox.aiops.traffic import traffic
from sandbox.aiops.worker import worker
from sandbox.aiops.world import World
from sandbox.gate import gate, through
from sandbox.serving import serve

_WRITER = (*READER_RULES, "+unlink", "+del", "+expire", "+persist", "+multi", "+exec", "+discard", "+watch", "+unwatch")
_APP = ("~*", "resetchannels", "+@all", "-@dangerous", "-@admin", "+info")
_CACHE_USERS = {"backstop_reader": READER_RULES, "backstop_writer": _WRITER, "aiagents_app": _APP}


@dataclass(frozen=True, repr=False)
class AiOps:
    """The running platform."""

    environment: Mapping[str, str]
    """The environment variables that `systems/aiops.yml` names, all of them leading through the gates."""
    faults: Faults
    world: World
    access: Access
    revoked_token: str
    """A token of a user who logged out: it is good for nothing as long as Redis remembers that."""


@contextlib.asynccontextmanager
async def aiops(
    postgres: PostgresServer,
    valkey: ValkeyServer,
    *,
    traffic_seconds: float | None = 5,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> AsyncIterator[AiOps]:
    """Set the platform up from scratch (database `ai_agents`, Redis database 0) and serve it.

    Its users look at their pages every `traffic_seconds`; with None nobody does.
    """
    passwords = Passwords.make()
    seeded_at, token = clock(), secrets.token_urlsafe(24)
    cache_reader, cache_writer, cache_app = [
        await valkey.add_user(user, secrets.token_urlsafe(24), *rules) for user, rules in _CACHE_USERS.items()
    ]
    async with contextlib.AsyncExitStack() as stack:
        cache = await stack.enter_async_context(Redis.from_url(valkey.url()))
        await cache.flushdb()
        database = await create_database(postgres, passwords, seeded_at)
        stack.push_async_callback(database.close)
        database_gate = await stack.enter_async_context(gate(postgres.port))
        cache_gate = await stack.enter_async_context(gate(valkey.port))

        def database_url(user: str, password: str) -> str:
            return through(database_gate, postgres.url(DATABASE, user=user, password=password))

        folder = await asyncio.to_thread(tempfile.TemporaryDirectory, prefix="aiops-")
        stack.push_async_callback(asyncio.to_thread, folder.cleanup)
        log = ApiLog(Path(folder.name) / "api.log", clock)
        await log.begin()
        service = Service(database_url("aiagents_app", passwords.app), through(cache_gate, cache_app), clock, log)
        stack.push_async_callback(service.close)
        access = Access(service, token)
        revoked_token = await fill(cache, access, VERA.id)
        port = await stack.enter_async_context(serve(Api(service, access).app()))
        api_gate = await stack.enter_async_context(gate(port))
        environment = {
            "AIOPS_DATABASE_URL": database_url("backstop_reader", passwords.reader),
            "AIOPS_DATABASE_TENANT_URL": database_url("backstop_tenant", passwords.tenant),
            "AIOPS_DATABASE_WRITER_URL": database_url("backstop_writer", passwords.writer),
            "AIOPS_CACHE_URL": through(cache_gate, cache_reader),
            "AIOPS_CACHE_WRITER_URL": through(cache_gate, cache_writer),
            "AIOPS_API_URL": f"http://127.0.0.1:{api_gate.port}",
            "AIOPS_API_TOKEN": token,
            "AIOPS_OLDER_UI_URL": f"http://127.0.0.1:{api_gate.port}/admin-legacy",
            "AIOPS_API_LOG": str(log.path),
        }
        gates = {"database": database_gate, "cache": cache_gate, "api": api_gate}
        world = World(database, cache, service, gates, clock, seeded_at)
        faults = Faults(world)
        await stack.enter_async_context(worker(world))
        # Before anything is closed: what hangs at a shut gate would hold up the rest.
        stack.push_async_callback(faults.open_gates)
        if traffic_seconds is not None:
            await stack.enter_async_context(traffic(environment["AIOPS_API_URL"], token, traffic_seconds))
        yield AiOps(environment, faults, world, access, revoked_token)
