"""What the checks of permission-denied see: healthy, and with each fault of somebody's rights."""

import pytest

from bot.errors import MissingInput, UnknownName
from probes.role_assignment import RoleAssignment, role_assignment
from tests.supported import ABC, Supported

CHECKS = ("role", "matrix", "api_role", "tried", "elsewhere")
VERA = "vera@example.com"


async def codes(system: Supported, action: str = "edit agents", user: str = VERA, tenant: str = ABC) -> list[str]:
    return [
        (await system.check("permission-denied", check, tenant=tenant, user=user, action=action)).code
        for check in CHECKS
    ]


async def test_a_developer_may_edit(system: Supported) -> None:
    assert await codes(system) == ["held", "allowed", "agrees", "permitted", "none"]


async def test_a_developer_may_not_delete(system: Supported) -> None:
    assert await codes(system, "delete agents") == ["held", "not_allowed", "agrees", "refused_403", "none"]


async def test_what_cannot_be_tried_is_not_tried(system: Supported) -> None:
    assert await codes(system, "view agents") == ["held", "allowed", "agrees", "no_dry_run", "none"]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("wrong-role", ["held", "not_allowed", "agrees", "refused_403", "none"]),
        ("missing-assignment", ["none", "no_role", "agrees", "refused_403", "none"]),
        ("other-tenant", ["other_tenant", "no_role", "agrees", "refused_403", "some"]),
        ("api-role-differs", ["held", "allowed", "differs", "refused_403", "none"]),
    ],
)
async def test_each_fault_has_its_codes(system: Supported, fault: str, expected: list[str]) -> None:
    await system.platform.faults.break_(fault)
    assert await codes(system) == expected


async def test_an_account_that_is_switched_off(system: Supported) -> None:
    seen = await system.check("permission-denied", "role", tenant=ABC, user="ivan@example.com", action="view agents")
    assert (seen.code, seen.seen) == ("inactive", "the account is switched off")


async def test_an_account_that_was_deleted_meanwhile(system: Supported) -> None:
    world = system.platform.world
    await world.change("INSERT INTO users (id, email, name) VALUES (gen_random_uuid(), 'gone@example.com', 'Gone')")
    look = await system.look(tenant=ABC, user="gone@example.com")
    await world.change("DELETE FROM users WHERE email = 'gone@example.com'")
    params = RoleAssignment(query="role_of_user", elsewhere="roles_elsewhere", account="account_of_user")
    assert (await role_assignment(look, params)).code == "unknown_user"


async def test_a_tenant_with_nothing_in_it_offers_nothing_to_try(system: Supported) -> None:
    seen = await system.check(
        "permission-denied", "tried", tenant="tenant-new", user="ada@example.com", action="edit agents"
    )
    assert seen.code == "nothing_to_try"


async def test_the_dry_run_changes_nothing(system: Supported) -> None:
    before = await system.platform.world.ask("SELECT md5(string_agg(a::text, '' ORDER BY id)) FROM agents a")
    assert "permitted" in await codes(system, "delete agents", "tom@example.com")
    after = await system.platform.world.ask("SELECT md5(string_agg(a::text, '' ORDER BY id)) FROM agents a")
    assert after == before


async def test_the_matrix_is_shown_with_the_role_that_is_held(system: Supported) -> None:
    seen = await system.check("permission-denied", "matrix", tenant=ABC, user=VERA, action="edit agents")
    (table,) = seen.tables
    assert table.columns == ("To", "super_admin", "tenant_admin", "operator", "developer (held)", "viewer")
    assert table.rows[1] == ("edit agents", "yes", "yes", "no", "yes", "no")
    assert table.rows[2] == ("delete agents", "yes", "yes", "no", "no", "no")


async def test_other_tenants_are_listed(system: Supported) -> None:
    await system.platform.faults.break_("other-tenant")
    seen = await system.check("permission-denied", "elsewhere", tenant=ABC, user=VERA, action="edit agents")
    assert seen.seen == "1 other tenant"
    assert seen.tables[0].rows == (("tenant-xyz", "developer"),)


async def test_an_action_is_needed_and_must_exist(system: Supported) -> None:
    for probe, params in (("permission", {"query": "role_of_user"}), ("permission_try", {"sample": "sample_agent"})):
        with pytest.raises(MissingInput):
            await system.seen(probe, params, tenant=ABC, user=VERA)
        with pytest.raises(UnknownName):
            await system.seen(probe, params, tenant=ABC, user=VERA, action="fly")
