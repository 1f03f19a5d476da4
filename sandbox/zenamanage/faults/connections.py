"""Faults of the connections to the database: none left, too many of one client, one that keeps its transaction open."""

import asyncio

from sandbox.zenamanage.database import DATABASE
from sandbox.zenamanage.faults.fault import Fault, lying, shut
from sandbox.zenamanage.sessions import Kind
from sandbox.zenamanage.world import World

_HINT = "/diagnose database-connections"
_LEAKED = 45
_IDLE_SECONDS = 6


async def _fill(world: World) -> None:
    if await _is_full(world):
        return
    if world.kind is Kind.MARIADB:
        used = await world.ask("SELECT count(*) FROM information_schema.processlist WHERE command <> 'Daemon'")
        most = max(10, used + 6)
        await world.change(f"SET GLOBAL max_connections = {most}")
        await world.hold("connections-full", most - used - 2)
    else:
        used = await world.ask("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        await world.change(f"ALTER DATABASE {DATABASE} CONNECTION LIMIT {used + 12}")
        await world.hold("connections-full", 11)


async def _empty(world: World) -> None:
    if await _is_full(world):
        await world.drop("connections-full")
        await _unlimit(world)


async def _unlimit(world: World) -> None:
    if world.kind is Kind.MARIADB:
        await world.change("SET GLOBAL max_connections = 151")
    else:
        await world.change(f"ALTER DATABASE {DATABASE} CONNECTION LIMIT -1")


async def _is_full(world: World) -> bool:
    return "connections-full" in world.held


async def _leak(world: World) -> None:
    if not await _leaks(world):
        await world.hold("connections-leak", _LEAKED)


async def _mend_leak(world: World) -> None:
    await world.drop("connections-leak")


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
    lying("database-down-health-lies", "The database is down, and the health endpoint says that it is connected", _HINT,
          "database"),
)  # fmt: skip
