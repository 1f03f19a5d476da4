"""`async with zenamanage(database, cache)`: the product, seeded, served and used by its users."""

import asyncio
import contextlib
import secrets
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from redis.asyncio import Redis

from bot.embedded import READER_RULES, WRITER_RULES, ValkeyServer
from sandbox.gate import gate, through
from sandbox.serving import serve
from sandbox.zenamanage.api import Api
from sandbox.zenamanage.console import Console
from sandbox.zenamanage.control import controlled
from sandbox.zenamanage.database import APP, DATABASE, READER, WRITER, Passwords, Server, create_database
from sandbox.zenamanage.decoys import fill
from sandbox.zenamanage.faults import Faults
from sandbox.zenamanage.folder import Folder
from sandbox.zenamanage.log import Log
from sandbox.zenamanage.product import Product
from sandbox.zenamanage.queues import working
from sandbox.zenamanage.sockets import SocketServer, listening
from sandbox.zenamanage.traffic import Users, browsing
from sandbox.zenamanage.world import World

_APP_RULES = ("~*", "resetchannels", "+@all", "-@dangerous", "-@admin", "+info", "+keys")


@dataclass(frozen=True, repr=False)
class ZenaManage:
    """The running product."""

    environment: Mapping[str, str]
    """The environment variables that `systems/zenamanage.yml` names, all of them leading through the gates."""
    faults: Faults
    world: World
    users: Users


@contextlib.asynccontextmanager
async def zenamanage(
    server: Server,
    valkey: ValkeyServer,
    *,
    traffic_seconds: float | None = 5,
    work_seconds: float = 0.5,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> AsyncIterator[ZenaManage]:
    """Sets the product up from scratch (database `zenamanage`, a Redis of its own) and serves it.

    Its users look at their pages every `traffic_seconds`; with None nobody does. Workers look into their queues every
    `work_seconds`.
    """
    passwords, seeded_at = Passwords.make(), clock()
    token, socket_token, control_token = (secrets.token_urlsafe(24) for _ in range(3))
    async with contextlib.AsyncExitStack() as stack:
        cache_reader, cache_writer, cache_app = [
            await valkey.add_user(user, secrets.token_urlsafe(24), *rules)
            for user, rules in ((READER, READER_RULES), (WRITER, WRITER_RULES), (APP, _APP_RULES))
        ]
        cache = await stack.enter_async_context(Redis.from_url(valkey.url()))
        await cache.flushdb()
        await fill(cache, seeded_at)
        database = await create_database(server, passwords, seeded_at)
        stack.callback(database.hang_up)
        database_gate = await stack.enter_async_context(gate(server.port))
        cache_gate = await stack.enter_async_context(gate(valkey.port))

        def database_url(user: str, password: str) -> str:
            return through(database_gate, server.url(DATABASE, user=user, password=password))

        place = await asyncio.to_thread(tempfile.TemporaryDirectory, prefix="zenamanage-")
        stack.push_async_callback(asyncio.to_thread, place.cleanup)
        folder = Folder(Path(place.name))
        log = Log(folder, clock)
        product = Product(database_url(APP, passwords.app), through(cache_gate, cache_app), clock, folder, log)
        stack.push_async_callback(product.close)
        sockets = SocketServer(socket_token)
        api_gate = await stack.enter_async_context(
            gate(await stack.enter_async_context(serve(Api(product, sockets, token).app())))
        )
        socket_gate = await stack.enter_async_context(gate(await stack.enter_async_context(listening(sockets))))
        gates = {"database": database_gate, "cache": cache_gate, "api": api_gate, "socket": socket_gate}
        accounts = passwords.by_account().items()
        urls = tuple(server.url(DATABASE, user=user, password=password) for user, password in accounts)
        world = World(database, urls, cache, product, sockets, gates, clock, seeded_at)
        control = await stack.enter_async_context(controlled(Console(world), control_token))
        await folder.make({"port": control, "token": control_token})
        await log.begin()
        environment = {
            "ZENA_DATABASE_URL": database_url(READER, passwords.reader),
            "ZENA_DATABASE_WRITER_URL": database_url(WRITER, passwords.writer),
            "ZENA_CACHE_URL": through(cache_gate, cache_reader),
            "ZENA_CACHE_WRITER_URL": through(cache_gate, cache_writer),
            "ZENA_API_URL": f"http://127.0.0.1:{api_gate.port}",
            "ZENA_API_TOKEN": token,
            "ZENA_WS_URL": f"ws://127.0.0.1:{socket_gate.port}/app",
            "ZENA_WS_TOKEN": socket_token,
            "ZENA_LOG": str(folder.log),
            "ZENA_APP_FOLDER": str(folder.path),
            "ZENA_TEST_FOLDER": str(folder.path),  # its isolation test empties nothing
        }
        await world.hire_the_usual()
        faults, users = Faults(world), Users(world, environment["ZENA_API_URL"], token)
        await stack.enter_async_context(working(product.workforce, work_seconds))
        # Before anything is closed: what hangs at a shut gate, or is held open, would hold up the rest.
        stack.push_async_callback(faults.let_go)
        if traffic_seconds is not None:
            await stack.enter_async_context(browsing(users, traffic_seconds))
        yield ZenaManage(environment, faults, world, users)
