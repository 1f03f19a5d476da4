"""Fixing a role changes one assignment, only while it is what was approved, and can be undone."""

import pytest

from bot.approvals.standing import roles_concerned
from bot.errors import ActionFailed, InputError
from bot.model.request import Item
from bot.policy import may_grant
from sandbox.aiops.seed import VERA
from tests.supported import ABC, REGISTRY, Supported, permit_of

WHO = {"tenant": ABC, "user": "vera@example.com"}


async def roles(system: Supported) -> dict[str, str]:
    async with system.platform.world.connect() as connection:
        cursor = await connection.execute("SELECT tenant_id, role FROM user_tenant_roles WHERE user_id = %s", [VERA.id])
        return {row["tenant_id"]: row["role"] for row in await cursor.fetchall()}


async def everybody_else(system: Supported) -> object:
    return await system.platform.world.ask(
        "SELECT string_agg(user_id::text || tenant_id || role, ' ' ORDER BY user_id, tenant_id) FROM user_tenant_roles"
        " WHERE user_id <> %s",
        VERA.id,
    )


async def test_a_wrong_role_is_changed_and_changed_back(system: Supported) -> None:
    await system.platform.faults.break_("wrong-role")
    others = await everybody_else(system)
    preview = await system.preview("fix_role", {"role": "developer"}, **WHO)
    assert preview.says == "Changes the role from viewer to developer"
    assert preview.items == (Item(name="vera@example.com in tenant-abc", before="viewer", after="developer"),)
    outcome = await system.apply("fix_role", {"role": "developer"}, preview, **WHO)
    assert await roles(system) == {ABC: "developer"}
    assert outcome.undo == {"role": "viewer"}
    back = await system.preview("fix_role", outcome.undo, **WHO)
    await system.apply("fix_role", outcome.undo, back, **WHO)
    assert await roles(system) == {ABC: "viewer"}
    assert await everybody_else(system) == others


async def test_a_missing_role_is_assigned_and_withdrawn_again(system: Supported) -> None:
    await system.platform.faults.break_("other-tenant")
    preview = await system.preview("fix_role", {"role": "operator"}, **WHO)
    assert preview.items[0].before == "none"
    outcome = await system.apply("fix_role", {"role": "operator"}, preview, **WHO)
    assert await roles(system) == {ABC: "operator", "tenant-xyz": "developer"}
    assert outcome.undo == {"role": "operator", "withdraw": True}
    back = await system.preview("fix_role", outcome.undo, **WHO)
    assert back.items[0].after == "none"
    undone = await system.apply("fix_role", outcome.undo, back, **WHO)
    assert await roles(system) == {"tenant-xyz": "developer"}
    assert undone.undo == {"role": "operator", "withdraw": False}


async def test_what_is_held_no_more_is_not_withdrawn(system: Supported) -> None:
    await system.platform.faults.break_("wrong-role")
    withdraw = {"role": "operator", "withdraw": True}
    assert (await system.preview("fix_role", withdraw, **WHO)).items == ()


async def test_only_what_would_help_can_be_chosen(system: Supported) -> None:
    choices = REGISTRY.actions["fix_role"].choices
    assert choices is not None
    await system.platform.faults.break_("wrong-role")
    found = await choices(await system.look(**WHO, action="edit agents"))
    assert [name for name, _ in found["role"]] == ["developer", "tenant_admin", "super_admin"]
    anything = await choices(await system.look(**WHO))
    assert [name for name, _ in anything["role"]] == ["developer", "operator", "tenant_admin", "super_admin"]
    await system.platform.faults.heal("wrong-role")
    assert "developer" not in dict((await choices(await system.look(**WHO)))["role"])
    with pytest.raises(
        InputError, match=r"vera@example\.com is developer there, which allows this already; look again"
    ):
        await choices(await system.look(**WHO, action="edit agents"))


async def test_nobody_grants_above_their_own_role(system: Supported) -> None:
    assert REGISTRY.actions["fix_role"].grants == "role"
    assert may_grant(system.system, ["tenant_admin"], ["viewer", "developer"])
    assert not may_grant(system.system, ["tenant_admin"], ["super_admin"])
    assert not may_grant(system.system, ["operator"], ["viewer"])


async def test_who_takes_a_role_away_could_have_given_it(system: Supported) -> None:
    await system.platform.faults.break_("wrong-role")
    fix = REGISTRY.actions["fix_role"]
    assert roles_concerned(fix, await system.preview("fix_role", {"role": "developer"}, **WHO)) == {
        "viewer", "developer"}  # fmt: skip
    taken = await system.preview("fix_role", {"role": "viewer", "withdraw": True}, **WHO)
    assert roles_concerned(fix, taken) == {"viewer"}  # holding none is no role


async def test_the_same_role_is_nothing_to_do(system: Supported) -> None:
    preview = await system.preview("fix_role", {"role": "developer"}, **WHO)
    assert preview.items == ()
    with pytest.raises(ActionFailed, match="another role was approved"):
        await system.apply("fix_role", {"role": "developer"}, preview, **WHO)


@pytest.mark.parametrize("meanwhile", ["tenant_admin", None])
async def test_nothing_is_changed_when_the_role_is_another_meanwhile(system: Supported, meanwhile: str | None) -> None:
    await system.platform.faults.break_("wrong-role")
    preview = await system.preview("fix_role", {"role": "developer"}, **WHO)
    await system.platform.faults.break_("missing-assignment")
    if meanwhile:
        await system.platform.world.change(
            "INSERT INTO user_tenant_roles (user_id, tenant_id, role) VALUES (%s, %s, %s)", VERA.id, ABC, meanwhile
        )
    before = await roles(system)
    with pytest.raises(ActionFailed, match=r"Nothing was changed: .* does not hold viewer any more"):
        await system.apply("fix_role", {"role": "developer"}, preview, **WHO)
    assert await roles(system) == before


async def test_nothing_is_assigned_over_a_role_that_came_meanwhile(system: Supported) -> None:
    await system.platform.faults.break_("missing-assignment")
    preview = await system.preview("fix_role", {"role": "developer"}, **WHO)
    await system.platform.faults.break_("wrong-role")
    with pytest.raises(ActionFailed, match="Nothing was changed"):
        await system.apply("fix_role", {"role": "developer"}, preview, **WHO)
    assert await roles(system) == {ABC: "viewer"}


async def test_a_preview_for_another_role_or_person_changes_nothing(system: Supported) -> None:
    await system.platform.faults.break_("wrong-role")
    preview = await system.preview("fix_role", {"role": "developer"}, **WHO)
    with pytest.raises(ActionFailed, match="another role was approved"):
        await system.apply("fix_role", {"role": "super_admin"}, preview, **WHO)
    with pytest.raises(ActionFailed, match="another role was approved"):
        await system.apply("fix_role", {"role": "developer"}, preview, tenant=ABC, user="sam@example.com")
    assert await roles(system) == {ABC: "viewer"}


async def test_a_role_must_exist(system: Supported) -> None:
    with pytest.raises(InputError, match="is not a role"):
        await system.preview("fix_role", {"role": "emperor"}, **WHO)


async def test_a_database_that_is_down_changes_nothing_for_certain(system: Supported) -> None:
    await system.platform.faults.break_("wrong-role")
    preview = await system.preview("fix_role", {"role": "developer"}, **WHO)
    inputs = await system.inputs(**WHO)
    change = system.access.change(permit_of("aiops", "fix_role", {"role": "developer"}, preview, inputs), inputs)
    await system.platform.faults.break_("database-down")
    action = REGISTRY.actions["fix_role"].params.model_validate({"role": "developer"})
    with pytest.raises(ActionFailed, match="Nothing was changed: The database of AI agents platform cannot be reached"):
        await action.apply(change)  # type: ignore[attr-defined]  # the registry saw to it
    await system.platform.faults.heal("database-down")
    assert await roles(system) == {ABC: "viewer"}
