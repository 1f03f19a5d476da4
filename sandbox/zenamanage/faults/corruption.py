"""Faults of the data itself: rows without what they belong to, and rules that the database no longer keeps."""

from collections.abc import Callable

from sandbox.zenamanage.faults.fault import Fault, behaving
from sandbox.zenamanage.seed import ACME, NINA, User, make_id, moment, project_id, projects, tasks, user_row
from sandbox.zenamanage.sessions import Kind, Row
from sandbox.zenamanage.world import World

_HINT = "/diagnose data-corruption"
_GONE = "01HV0Z0000000000000000GONE"
_FOREIGN_KEY = "tasks_project_id_foreign"


def _orphans(name: str, title: str, table: str, make: Callable[[World], list[Row]]) -> Fault:
    """Rows whose parent does not exist."""

    async def break_(world: World) -> None:
        if not await is_there(world):
            async with world.unchecked():
                await world.insert(table, make(world))

    async def heal(world: World) -> None:
        for row in make(world):
            where = " AND ".join(f"{one} = %s" for one in list(row)[:2])
            await world.change(f"DELETE FROM {table} WHERE {where}", *list(row.values())[:2])

    async def is_there(world: World) -> bool:
        row = make(world)[0]
        where = " AND ".join(f"{one} = %s" for one in list(row)[:2])
        return bool(await world.ask(f"SELECT count(*) FROM {table} WHERE {where}", *list(row.values())[:2]))

    return Fault(name, title, _HINT, break_, heal, is_there)


def _tasks(world: World) -> list[Row]:
    pattern = next(iter(tasks(ACME, moment(world.seeded_at))))
    return [pattern | {"id": make_id("orphan", number), "status": "done", "project_id": _GONE} for number in range(4)]


def _projects(world: World) -> list[Row]:
    pattern = next(iter(projects(ACME, moment(world.seeded_at))))
    return [pattern | {"id": make_id("orphan project", number), "tenant_id": _GONE} for number in range(2)]


def _users(world: World) -> list[Row]:
    row = user_row(User("lost@example.com", "Lost Soul", ACME), moment(world.seeded_at))
    return [row | {"tenant_id": _GONE}]


def _members(_: World) -> list[Row]:
    return [{"project_id": _GONE, "user_id": NINA.id}, {"project_id": project_id(ACME, 9), "user_id": _GONE}]


async def _drop_key(world: World) -> None:
    if not await _is_dropped(world):
        word = "FOREIGN KEY" if world.kind is Kind.MARIADB else "CONSTRAINT"
        await world.change(f"ALTER TABLE tasks DROP {word} {_FOREIGN_KEY}")


async def _add_key(world: World) -> None:
    if await _is_dropped(world):
        await world.change(
            f"ALTER TABLE tasks ADD CONSTRAINT {_FOREIGN_KEY} FOREIGN KEY (project_id) REFERENCES projects (id)"
        )


async def _is_dropped(world: World) -> bool:
    return not await world.ask(
        "SELECT count(*) FROM information_schema.table_constraints WHERE constraint_name = %s", _FOREIGN_KEY
    )


CORRUPTION_FAULTS = (
    _orphans("orphaned-tasks", "There are tasks of a project that does not exist", "tasks", _tasks),
    _orphans("orphaned-projects", "There are projects of a tenant that does not exist", "projects", _projects),
    _orphans("orphaned-users", "There is a user of a tenant that does not exist", "users", _users),
    _orphans("orphaned-members", "Projects have members that do not exist", "project_members", _members),
    Fault("foreign-keys-missing", "The database no longer sees to it that tasks have a project",
          _HINT, _drop_key, _add_key, _is_dropped),
    behaving("integrity-check-fails", "The product's own check of its data fails", _HINT, integrity_holds=False),
)  # fmt: skip
