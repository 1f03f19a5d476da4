"""Faults of the connections to the database: none left, too many of one client, one that keeps its transaction open."""

import asyncio
import contextlib
import itertools

from sandbox.zenamanage.faults.fault import Fault, behaving, lying, shut
from sandbox.zenamanage.sessions import DatabaseProblem, Kind
from sandbox.zenamanage.world import World

_HINT = "/diagnose database-connections"
_LEFT = 14  # how many connections there may be beside those that are open
_IDLE_SECONDS = 6


async def _used(world: World) -> int:
    sql = {
        Kind.MARIADB: "SELECT count(*) FROM information_schema.processlist WHERE command <> 'Daemon'",
        Kind.POSTGRESQL: "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()",
    }[world.kind]
    return int(await world.ask(sql))


async def _fill(world: World) -> None:
    if not await _is_full(world):
        await world.allow_connections(await _used(world) + _LEFT)
        with contextlib.suppress(*DatabaseProblem):  # until nobody gets in any more
            for url in itertools.cycle(world.account_urls):
                await world.hold("connections-full", 1, url=url)


async def _empty(world: World) -> None:
    await world.end_connections("connections-full")


async def _is_full(world: World) -> bool:
    return "connections-full" in world.held


async def _leak(world: World) -> None:
    if not await _leaks(world):
        used = await _used(world)
        await world.allow_connections(2 * used + 50)
        await world.hold("connections-leak", used + 30)


async def _mend_leak(world: World) -> None:
    await world.end_connections("connections-leak")


async def _leaks(world: World) -> bool:
    return "connections-leak" in world.held


async def _idle(world: World) -> None:
    if await _idles(world):
        return
    [one] = await world.hold("idle-in-transaction", 1)
    await one.change("BEGIN")
    await one.change("UPDATE users SET failed_logins = failed_logins WHERE id = ''")
    await one.rows("SELECT count(*) FROM projects")
    await asyncio.sleep(_IDLE_SECONDS)


async def _end_idle(world: World) -> None:
    await world.drop("idle-in-transaction")


async def _idles(world: World) -> bool:
    return "idle-in-transaction" in world.held


CONNECTION_FAULTS = (
    shut("database-down", "The database refuses connections", _HINT, "database"),
    Fault("connections-full", "“Too many connections”, say the pages", _HINT, _fill, _empty, _is_full),
    Fault("connections-leak", "The product opens connections and does not close them",
          _HINT, _leak, _mend_leak, _leaks),
    Fault("idle-in-transaction", "A program began a transaction and went for a walk",
          _HINT, _idle, _end_idle, _idles),
    behaving("health-says-down", "The health endpoints say that everything is down, and all works",
             _HINT, health_says="down"),
    lying("database-down-health-lies", "The database is down, and the health endpoint says that it is connected", _HINT,
          "database"),
)  # fmt: skip
