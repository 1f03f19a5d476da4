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
            "INSERT INTO agent_executions (id, tenant_id, agent_id, status, created_at, queued_at)"
            " VALUES (%(id)s, %(tenant)s, %(agent)s, 'queued', %(at)s, %(at)s) ON CONFLICT (id) DO NOTHING",
            [
                {"id": run, "tenant": ABC, "agent": agents(ABC)[0].id, "at": queued + timedelta(minutes=n)}
                for n, run in enumerate(_STUCK)
            ],
        )


async def _unqueue(world: World) -> None:
    await world.change("DELETE FROM agent_executions WHERE id = ANY(%s)", _STUCK)


async def _stop_worker(world: World) -> None:
    world.service.behaviour.works = False
    await _queue_without_end(world)


async def _start_worker(world: World) -> None:
    if await _is_worker_stopped(world):
        await _unqueue(world)
        world.service.behaviour.works = True


async def _is_worker_stopped(world: World) -> bool:
    return not world.service.behaviour.works


async def _are_queued(world: World) -> bool:
    sql = "SELECT count(*) FROM agent_executions WHERE status = 'queued' AND id = ANY(%s)"
    return world.service.behaviour.works and bool(await world.ask(sql, _STUCK))


async def _let_fail(world: World) -> None:
    now = world.clock()
    async with world.connect() as connection, connection.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO agent_executions"
            " (id, tenant_id, agent_id, status, error, duration_ms, created_at, queued_at, started_at, finished_at)"
            " VALUES (%(id)s, %(tenant)s, %(agent)s, 'failed', 'The model answered 429 Too Many Requests', 240,"
            " %(at)s, %(at)s, %(at)s, %(at)s) ON CONFLICT (id) DO NOTHING",
            [
                {"id": run, "tenant": ABC, "agent": agents(ABC)[n].id, "at": now - timedelta(seconds=50 * (n + 1))}
                for n, run in enumerate(_FAILED)
            ],
        )


async def _unmake(world: World) -> None:
    await world.change("DELETE FROM agent_executions WHERE id = ANY(%s)", _FAILED)


async def _have_failed(world: World) -> bool:
    sql = "SELECT count(*) FROM agent_executions WHERE status = 'failed' AND id = ANY(%s)"
    return not world.service.behaviour.runs_fail and bool(await world.ask(sql, _FAILED))


async def _let_all_fail(world: World) -> None:
    world.service.behaviour.runs_fail = True
    await _let_fail(world)


async def _retry_in_vain(world: World) -> None:
    await _let_all_fail(world)
    await world.change(
        "UPDATE agent_executions SET attempts = 2, queued_at = now() - interval '3 minutes' WHERE id = ANY(%s)", _FAILED
    )


async def _were_retried(world: World) -> bool:
    sql = "SELECT count(*) FROM agent_executions WHERE status = 'failed' AND attempts > 1 AND id = ANY(%s)"
    return await _do_all_fail(world) and bool(await world.ask(sql, _FAILED))


async def _fail_at_first(world: World) -> bool:
    return await _do_all_fail(world) and not await _were_retried(world)


async def _let_none_fail(world: World) -> None:
    if await _do_all_fail(world):
        world.service.behaviour.runs_fail = False
        await _unmake(world)


async def _do_all_fail(world: World) -> bool:
    return world.service.behaviour.runs_fail


async def _hide_new_runs(world: World) -> None:
    world.service.behaviour.hides_runs_of_seconds = 3_600


async def _show_new_runs(world: World) -> None:
    world.service.behaviour.hides_runs_of_seconds = 0


async def _hides_new_runs(world: World) -> bool:
    return world.service.behaviour.hides_runs_of_seconds > 0


EXECUTION_FAULTS = (
    Fault("executions-under-other-tenant", "The newest runs of Abc Logistics are not in its history",
          _HINT, _misplace, _put_back, _are_misplaced),
    Fault("executions-stuck", "Runs of Abc Logistics have been waiting for three hours",
          _HINT, _queue_without_end, _unqueue, _are_queued),
    Fault("worker-stopped", "Runs of Abc Logistics wait, and nobody works on them",
          _HINT, _stop_worker, _start_worker, _is_worker_stopped),
    Fault("executions-failed", "The latest runs of Abc Logistics failed while the model was overloaded",
          _HINT, _let_fail, _unmake, _have_failed),
    Fault("runs-fail", "One run of Abc Logistics after the other fails, and trying again does not help",
          _HINT, _let_all_fail, _let_none_fail, _fail_at_first),
    Fault("retried-in-vain", "Runs of Abc Logistics were retried, and failed again",
          _HINT, _retry_in_vain, _let_none_fail, _were_retried),
    Fault("new-runs-hidden", "Runs of Abc Logistics appear in its history an hour late",
          _HINT, _hide_new_runs, _show_new_runs, _hides_new_runs),
)  # fmt: skip
