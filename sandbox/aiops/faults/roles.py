"""Faults of Vera's rights: she is a developer of tenant-abc, and now her edits end in "403 Forbidden"."""

from sandbox.aiops.faults.fault import Fault
from sandbox.aiops.seed import ABC, VERA, XYZ, restore_roles
from sandbox.aiops.world import World

_HINT = f'/diagnose permission-denied tenant={ABC} user={VERA.email} action="edit agents"'


async def _assign(world: World, roles: dict[str, str]) -> None:
    """Give Vera these roles and no others."""
    async with world.connect() as connection, connection.transaction():
        await connection.execute("DELETE FROM user_tenant_roles WHERE user_id = %s", [VERA.id])
        for tenant, role in roles.items():
            await connection.execute(
                "INSERT INTO user_tenant_roles (user_id, tenant_id, role) VALUES (%s, %s, %s)", [VERA.id, tenant, role]
            )


async def _assigned(world: World) -> dict[str, str]:
    async with world.connect() as connection:
        cursor = await connection.execute("SELECT tenant_id, role FROM user_tenant_roles WHERE user_id = %s", [VERA.id])
        return {row["tenant_id"]: row["role"] for row in await cursor.fetchall()}


async def _restore(world: World) -> None:
    async with world.connect() as connection:
        await restore_roles(connection, VERA)


async def _lower(world: World) -> None:
    await _assign(world, {ABC: "viewer"})


async def _is_lowered(world: World) -> bool:
    return await _assigned(world) == {ABC: "viewer"}


async def _remove(world: World) -> None:
    await _assign(world, {})


async def _is_removed(world: World) -> bool:
    return await _assigned(world) == {}


async def _move(world: World) -> None:
    await _assign(world, {XYZ: "developer"})


async def _is_moved(world: World) -> bool:
    return await _assigned(world) == {XYZ: "developer"}


async def _remember_old_role(world: World) -> None:
    world.service.behaviour.remembered_roles[VERA.id, ABC] = "viewer"


async def _forget_roles(world: World) -> None:
    world.service.behaviour.remembered_roles.clear()


async def _remembers_another_role(world: World) -> bool:
    remembered = world.service.behaviour.remembered_roles.get((VERA.id, ABC))
    return remembered is not None and remembered != (await _assigned(world)).get(ABC)


async def _switch_off(world: World) -> None:
    await world.change("UPDATE users SET is_active = false WHERE id = %s", VERA.id)


async def _switch_on(world: World) -> None:
    await world.change("UPDATE users SET is_active = true WHERE id = %s", VERA.id)


async def _is_switched_off(world: World) -> bool:
    return not await world.ask("SELECT is_active FROM users WHERE id = %s", VERA.id)


async def _refuse_developers(world: World) -> None:
    world.service.behaviour.refused_roles = frozenset({"developer"})


async def _refuse_nobody(world: World) -> None:
    world.service.behaviour.refused_roles = frozenset()


async def _refuses_developers(world: World) -> bool:
    return bool(world.service.behaviour.refused_roles)


ROLE_FAULTS = (
    Fault("wrong-role", "Vera cannot edit agents any more: she was made a viewer",
          _HINT, _lower, _restore, _is_lowered),
    Fault("missing-assignment", "Vera sees nothing of Abc Logistics any more",
          _HINT, _remove, _restore, _is_removed),
    Fault("other-tenant", "Vera works for Abc Logistics, and was put to Xyz Retail",
          _HINT, _move, _restore, _is_moved),
    Fault("api-role-differs", "Vera is a developer, and the application treats her as a viewer",
          _HINT, _remember_old_role, _forget_roles, _remembers_another_role),
    Fault("account-off", "Vera cannot do anything any more: her account was switched off",
          _HINT, _switch_off, _switch_on, _is_switched_off),
    Fault("api-refuses-developers", "No developer can edit agents, though the permission matrix allows it",
          _HINT, _refuse_developers, _refuse_nobody, _refuses_developers),
)  # fmt: skip
