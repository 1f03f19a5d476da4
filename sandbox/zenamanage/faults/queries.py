"""Faults of the database's work: indexes that are missing or not used, statements that wait or run on."""

import asyncio
import contextlib

from sandbox.zenamanage.faults.fault import Fault
from sandbox.zenamanage.product import INDEXES, has_index
from sandbox.zenamanage.seed import ACME, project_id
from sandbox.zenamanage.sessions import DatabaseProblem, Kind
from sandbox.zenamanage.world import World

_HINT = f"/diagnose slow-queries tenant={ACME.slug}"
_SEEN_AFTER = 1.05  # MariaDB tells how long a statement has been running in whole seconds
_ALSO = {"projects": ("projects_tenant_id_index",), "tasks": ()}  # indexes that would do instead
_LOCKED = project_id(ACME, 0)


def _index_missing(table: str, title: str) -> Fault:
    async def drop(world: World) -> None:
        if await is_there(world):
            return
        on = f" ON {table}" if world.kind is Kind.MARIADB else ""
        await world.change(f"DROP INDEX {INDEXES[table]}{on}")

    async def create(world: World) -> None:
        if await is_there(world):
            await world.change(f"CREATE INDEX {INDEXES[table]} ON {table} (tenant_id, status)")

    async def is_there(world: World) -> bool:
        return not await has_index(world.database, world.kind, table, also_unused=True)

    return Fault(f"index-missing-{table}", title, _HINT, drop, create, is_there)


def _index_unused(table: str, title: str) -> Fault:
    async def set_used(world: World, used: bool) -> None:
        for index in (INDEXES[table], *_ALSO[table]):
            if world.kind is Kind.MARIADB:
                word = "NOT IGNORED" if used else "IGNORED"
                await world.change(f"ALTER TABLE {table} ALTER INDEX {index} {word}")
            else:
                await world.change(f"UPDATE pg_index SET indisvalid = {used} WHERE indexrelid = '{index}'::regclass")

    async def disable(world: World) -> None:
        await set_used(world, used=False)

    async def enable(world: World) -> None:
        if await is_there(world):
            await set_used(world, used=True)

    async def is_there(world: World) -> bool:
        is_made = await has_index(world.database, world.kind, table, also_unused=True)
        return is_made and not await has_index(world.database, world.kind, table)

    return Fault(f"full-scan-{table}", title, _HINT, disable, enable, is_there)


async def _keep_running(world: World, name: str, statement: str) -> None:
    """Lets a connection carry out a statement that lasts as long as the fault is there, and waits until it is seen."""
    [connection] = await world.hold(name, 1)
    if world.kind is Kind.MARIADB:
        await connection.change("SET SESSION innodb_lock_wait_timeout = 3600")

    async def run() -> None:
        with contextlib.suppress(*DatabaseProblem):  # it is ended when the fault is healed
            await connection.change(statement)

    world.tasks.setdefault(name, []).append(asyncio.create_task(run()))
    await asyncio.sleep(_SEEN_AFTER)


async def _run_on(world: World) -> None:
    if not await _runs_on(world):
        statement = f"SELECT (SELECT count(*) FROM tasks) AS tasks, {world.kind.sleep(600)} AS waited"
        await _keep_running(world, "long-statements", statement)


async def _stop_running(world: World) -> None:
    await world.drop("long-statements")


async def _runs_on(world: World) -> bool:
    return any(not task.done() for task in world.tasks.get("long-statements", ()))


async def _lock(world: World) -> None:
    if await _is_locked(world):
        return
    [holder] = await world.hold("lock-waits", 1)
    await holder.change("BEGIN")
    await holder.rows(f"SELECT id FROM projects WHERE id = '{_LOCKED}' FOR UPDATE")
    await _keep_running(world, "lock-waits", f"UPDATE projects SET name = name WHERE id = '{_LOCKED}'")


async def _unlock(world: World) -> None:
    await world.drop("lock-waits")


async def _is_locked(world: World) -> bool:
    return any(not task.done() for task in world.tasks.get("lock-waits", ()))


async def _report(world: World) -> None:
    if await _has_reported(world):
        return
    async with world.product.connect() as database:
        await database.rows(
            f"SELECT (SELECT count(*) FROM tasks JOIN projects ON projects.id = project_id) AS report,"
            f" {world.kind.sleep(0.45)} AS waited"
        )


async def _forget_report(world: World) -> None:
    if await _has_reported(world):
        await world.settle()


async def _has_reported(world: World) -> bool:
    if world.kind is not Kind.MARIADB:
        return False
    return bool(
        await world.ask(
            "SELECT count(*) FROM performance_schema.events_statements_summary_by_digest"
            " WHERE schema_name = 'zenamanage' AND digest_text LIKE '%%AS `report`%%'"
        )
    )


QUERY_FAULTS = (
    _index_missing("projects", "The index of projects was forgotten with the last release"),
    _index_missing("tasks", "The index of tasks was forgotten with the last release"),
    _index_unused("projects", "The index of projects is there, and the database does not use it"),
    _index_unused("tasks", "The index of tasks is there, and the database does not use it"),
    Fault("lock-waits", "Nobody can save a project: somebody else keeps it locked",
          _HINT, _lock, _unlock, _is_locked),
    Fault("long-statements", "A report has been running for ages", _HINT, _run_on, _stop_running, _runs_on),
    Fault("slow-statements", "Reports are slow, though just now nobody makes one",
          _HINT, _report, _forget_report, _has_reported, only_on=Kind.MARIADB),
)  # fmt: skip
