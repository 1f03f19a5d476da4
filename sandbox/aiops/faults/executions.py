"""Faults of the execution history of tenant-abc: runs that stand elsewhere, do not start, or fail."""

from datetime import timedelta

from sandbox.aiops.faults.fault import Fault
from sandbox.aiops.seed import ABC, XYZ, agents, make_id
from sandbox.aiops.world import World

_HINT = f"/diagnose missing-executions tenant={ABC}"
_NEWEST = [make_id(ABC, "execution", number) for number in range(3)]
_STUCK = [make_id("stuck", number) for number in range(3)]
_FAILED = [make_id("failed", number) for number in range(8)]


async def _misplace(world: World) -> None:
    await world.change("UPDATE agent_executions SET tenant_id = %s WHERE id = ANY(%s)", XYZ, _NEWEST)


async def _put_back(world: World) -> None:
    await world.change("UPDATE agent_executions SET tenant_id = %s WHERE id = ANY(%s)", ABC, _NEWEST)


async def _are_misplaced(world: World) -> bool:
    sql = "SELECT count(*) FROM agent_executions WHERE tenant_id = %s AND id = ANY(%s)"
    return bool(await world.ask(sql, XYZ, _NEWEST))


async def _queue_without_end(world: World) -> None:
    queued = world.clock() - timedelta(hours=3)
    async with world.connect() as connection, connection.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO agent_executions (id, tenant_id, agent_id, status, created_at)"
            " VALUES (%s, %s, %s, 'queued', %s) ON CONFLICT (id) DO NOTHING",
            [(run, ABC, agents(ABC)[0].id, queued + timedelta(minutes=n)) for n, run in enumerate(_STUCK)],
        )


async def _unqueue(world: World) -> None:
    await world.change("DELETE FROM agent_executions WHERE id = ANY(%s)", _STUCK)


async def _are_queued(world: World) -> bool:
    sql = "SELECT count(*) FROM agent_executions WHERE status = 'queued' AND id = ANY(%s)"
    return bool(await world.ask(sql, _STUCK))


async def _let_fail(world: World) -> None:
    now = world.clock()
    async with world.connect() as connection, connection.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO agent_executions"
            " (id, tenant_id, agent_id, status, error, duration_ms, created_at, started_at, finished_at)"
            " VALUES (%(id)s, %(tenant)s, %(agent)s, 'failed', 'The model answered 429 Too Many Requests', 240,"
            " %(at)s, %(at)s, %(at)s) ON CONFLICT (id) DO NOTHING",
            [
                {"id": run, "tenant": ABC, "agent": agents(ABC)[n].id, "at": now - timedelta(seconds=50 * (n + 1))}
                for n, run in enumerate(_FAILED)
            ],
        )


async def _unmake(world: World) -> None:
    await world.change("DELETE FROM agent_executions WHERE id = ANY(%s)", _FAILED)


async def _have_failed(world: World) -> bool:
    return bool(await world.ask("SELECT count(*) FROM agent_executions WHERE id = ANY(%s)", _FAILED))


EXECUTION_FAULTS = (
    Fault("executions-under-other-tenant", "The newest runs of Abc Logistics are not in its history",
          _HINT, _misplace, _put_back, _are_misplaced),
    Fault("executions-stuck", "Runs of Abc Logistics have been waiting for three hours",
          _HINT, _queue_without_end, _unqueue, _are_queued),
    Fault("executions-failed", "One run of Abc Logistics after the other fails",
          _HINT, _let_fail, _unmake, _have_failed),
)  # fmt: skip
