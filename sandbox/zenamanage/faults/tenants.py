"""Faults of what belongs to whom: users who see nothing, and users who see what is not theirs."""

from datetime import timedelta

from sandbox.zenamanage.faults.fault import Fault, behaving, column
from sandbox.zenamanage.seed import (
    ACME,
    GLOBEX,
    NINA,
    USERS,
    audit,
    moment,
    project_id,
    projects,
    task_id,
    tasks,
    tenant_row,
    user_row,
)
from sandbox.zenamanage.world import World

_NOTHING = f"/diagnose user-sees-nothing tenant={ACME.slug} user={NINA.email}"
_CROSS = f"/diagnose cross-tenant tenant={ACME.slug}"
_GITA = next(user for user in USERS if user.email == "gita@example.com")
_STRAY = [task_id(ACME, number) for number in (3, 4, 6)]
_SEEN = [project_id(ACME, number) for number in range(5)]


async def _delete(world: World) -> None:
    async with world.unchecked():
        for table in ("tasks", "projects"):
            await world.change(f"DELETE FROM {table} WHERE tenant_id = %s", ACME.id)
        await world.change("DELETE FROM project_members WHERE user_id IN (%s, %s)", USERS[0].id, USERS[1].id)
    await _forget_numbers(world)


async def _restore(world: World) -> None:
    if await _are_deleted(world):
        now = moment(world.seeded_at)
        await world.insert("projects", list(projects(ACME, now)))
        await world.insert("tasks", list(tasks(ACME, now)))
        pairs = [(project_id(ACME, number), user.id) for user in USERS[:2] for number in range(3)]
        await world.insert("project_members", [{"project_id": one, "user_id": user} for one, user in pairs])
        await _forget_numbers(world)


async def _are_deleted(world: World) -> bool:
    return not await world.ask("SELECT count(*) FROM projects WHERE tenant_id = %s", ACME.id)


async def _forget_numbers(world: World) -> None:
    async with world.product.forgetting(ACME.id):
        pass


async def _move(world: World) -> None:
    await _set_tenant_of_strays(world, GLOBEX.id)


async def _move_back(world: World) -> None:
    await _set_tenant_of_strays(world, ACME.id)


async def _set_tenant_of_strays(world: World, tenant: str) -> None:
    for task in _STRAY:
        await world.change("UPDATE tasks SET tenant_id = %s WHERE id = %s", tenant, task)
    for one in (ACME, GLOBEX):
        async with world.product.forgetting(one.id):
            pass


async def _are_moved(world: World) -> bool:
    return bool(await world.ask("SELECT count(*) FROM tasks WHERE id = %s AND tenant_id <> %s", _STRAY[0], ACME.id))


async def _invite(world: World) -> None:
    if not await _is_invited(world):
        await world.insert("project_members", [{"project_id": _SEEN[0], "user_id": _GITA.id}])


async def _expel(world: World) -> None:
    await world.change("DELETE FROM project_members WHERE project_id = %s AND user_id = %s", _SEEN[0], _GITA.id)


async def _is_invited(world: World) -> bool:
    sql = "SELECT count(*) FROM project_members WHERE project_id = %s AND user_id = %s"
    return bool(await world.ask(sql, _SEEN[0], _GITA.id))


async def _spy(world: World) -> None:
    if not await _was_spied(world):
        at = moment(world.clock() - timedelta(hours=2))
        seen = [row for row in audit(ACME, at) if row["subject_id"] in _SEEN]
        changes = {"tenant_id": GLOBEX.id, "user_id": _GITA.id, "action": "project.viewed", "created_at": at}
        await world.insert("audit_logs", [row | changes for row in seen])


async def _forget_spying(world: World) -> None:
    await world.change("DELETE FROM audit_logs WHERE user_id = %s AND subject_tenant_id = %s", _GITA.id, ACME.id)


async def _was_spied(world: World) -> bool:
    sql = "SELECT count(*) FROM audit_logs WHERE user_id = %s AND subject_tenant_id = %s"
    return bool(await world.ask(sql, _GITA.id, ACME.id))


async def _attempt(world: World) -> None:
    if await _was_attempted(world):
        return
    context = {
        "user_id": _GITA.id, "tenant_id": GLOBEX.id, "resource_tenant_id": ACME.id,
        "route": "GET /api/v1/projects/{id}",
    }  # fmt: skip
    now = world.clock()
    await world.product.log.write_all(
        ("warning", "cross-tenant access attempt", context, now - timedelta(minutes=3 * number)) for number in range(14)
    )


async def _forget_attempts(world: World) -> None:
    if await _was_attempted(world):
        await world.product.log.begin()


async def _was_attempted(world: World) -> bool:
    since = world.clock() - timedelta(hours=1)
    return await world.product.log.count("cross-tenant access attempt", since) > 0


async def _delete_nina(world: World) -> None:
    async with world.unchecked():
        await world.change("DELETE FROM users WHERE id = %s", NINA.id)


async def _restore_nina(world: World) -> None:
    if await _is_nina_deleted(world):
        await world.insert("users", [user_row(NINA, moment(world.seeded_at))])


async def _is_nina_deleted(world: World) -> bool:
    return not await world.ask("SELECT count(*) FROM users WHERE id = %s", NINA.id)


async def _delete_acme(world: World) -> None:
    async with world.unchecked():
        await world.change("DELETE FROM tenants WHERE id = %s", ACME.id)


async def _restore_acme(world: World) -> None:
    if await _is_acme_deleted(world):
        await world.insert("tenants", [tenant_row(ACME, moment(world.seeded_at))])


async def _is_acme_deleted(world: World) -> bool:
    return not await world.ask("SELECT count(*) FROM tenants WHERE id = %s", ACME.id)


def _nina(name: str, title: str, broken: dict[str, object], whole: dict[str, object]) -> Fault:
    return column(name, title, _NOTHING, "users", NINA.id, broken=broken, whole=whole)


TENANT_FAULTS = (
    _nina("user-without-tenant", "Nina sees nothing: her account belongs to no tenant",
          {"tenant_id": None}, {"tenant_id": ACME.id}),
    _nina("user-of-another-tenant", "Nina works for Acme Builders, and was put to Globex Homes",
          {"tenant_id": GLOBEX.id}, {"tenant_id": ACME.id}),
    _nina("account-off", "Nina cannot do anything any more: her account was switched off",
          {"is_active": 0}, {"is_active": 1}),
    column("tenant-off", "Acme Builders was switched off as a whole", _NOTHING, "tenants", ACME.id,
           broken={"is_active": 0}, whole={"is_active": 1}),
    _nina("tenant-missing", "Nina's account belongs to a tenant that does not exist",
          {"tenant_id": "01HV0Z0000000000000000GONE"}, {"tenant_id": ACME.id}),
    Fault("user-deleted", "Nina's account was deleted a moment ago",
          _NOTHING, _delete_nina, _restore_nina, _is_nina_deleted, is_shown=False),
    Fault("tenant-deleted", "Acme Builders was deleted a moment ago, and what belongs to it was not",
          _NOTHING, _delete_acme, _restore_acme, _is_acme_deleted, is_shown=False),
    Fault("data-gone", "All projects and tasks of Acme Builders were deleted",
          _NOTHING, _delete, _restore, _are_deleted),
    behaving("api-hides", "Acme Builders has projects, and the lists are empty", _NOTHING, hides_rows_of={ACME.id}),
    Fault("cross-tenant-access", "Gita of Globex Homes looked at projects of Acme Builders",
          _CROSS, _spy, _forget_spying, _was_spied),
    behaving("api-shows-foreign", "Lists of projects show those of all tenants",
             _CROSS, shows_all_of={"projects"}),
    behaving("api-shows-foreign-tasks", "Lists of tasks show those of all tenants", _CROSS, shows_all_of={"tasks"}),
    Fault("foreign-tasks", "Tasks stand under another tenant than their project",
          _CROSS, _move, _move_back, _are_moved),
    Fault("foreign-members", "A user of Globex Homes is a member of a project of Acme Builders",
          _CROSS, _invite, _expel, _is_invited),
    Fault("cross-tenant-attempts", "Somebody of Globex Homes tries to open projects of Acme Builders",
          _CROSS, _attempt, _forget_attempts, _was_attempted),
    behaving("isolation-test-fails", "The product's own test of isolation fails", _CROSS, isolation_holds=False),
)  # fmt: skip
