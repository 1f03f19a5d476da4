"""The tenant context is set, read and left behind nowhere; isolation that fails is seen."""

import pytest

from bot.errors import NotThere, SystemRefused
from tests.supported import ABC, Supported

CONTEXT = {"sets": "set_tenant_context", "reads": "tenant_context"}
AGENTS = {"stored": "agent_count", "seen": "agents_seen", "context": "set_tenant_context", "unit": "agents"}


async def test_the_context_is_accepted_and_left_behind_nowhere(system: Supported) -> None:
    for _ in range(3):
        for tenant in (ABC, "tenant-xyz"):
            seen = await system.seen("tenant_context", CONTEXT, tenant=tenant)
            assert (seen.code, seen.seen) == ("accepted", f"{tenant} after it is set")
    look = await system.look(tenant=ABC)
    for _ in range(6):
        assert (await look.rows("tenant_context")).column() in ([None], [""])


async def test_a_tenant_sees_its_own_rows(system: Supported) -> None:
    seen = await system.seen("tenant_rows", AGENTS, tenant=ABC)
    assert (seen.code, seen.seen) == ("all", "10 of 10 agents as backstop_tenant")
    assert seen.evidence["seen_without_context"] == 0


async def test_a_missing_function_is_not_there(system: Supported) -> None:
    world = system.platform.world
    await world.change("ALTER FUNCTION set_tenant_context(text) RENAME TO set_tenant_context_2")
    try:
        with pytest.raises(NotThere, match="set_tenant_context"):
            await system.seen("tenant_context", CONTEXT, tenant=ABC)
    finally:
        await world.change("ALTER FUNCTION set_tenant_context_2(text) RENAME TO set_tenant_context")


async def test_a_function_that_sets_something_else_is_not_kept(system: Supported) -> None:
    world = system.platform.world
    body = "SELECT set_config('{}', tenant, false)"
    replace = "CREATE OR REPLACE FUNCTION set_tenant_context(tenant text) RETURNS void LANGUAGE sql AS $$ {} $$"
    await world.change(replace.format(body.format("app.tenant")))
    try:
        seen = await system.seen("tenant_context", CONTEXT, tenant=ABC)
        assert (seen.code, seen.seen) == ("not_kept", "empty after it is set")
    finally:
        await world.change(replace.format(body.format("app.current_tenant_id")))


async def test_a_tenant_that_is_set_for_the_role_is_left_over(system: Supported) -> None:
    world = system.platform.world
    await world.change("ALTER ROLE backstop_tenant SET app.current_tenant_id = 'tenant-xyz'")
    await system.access.close()  # such a setting holds for new sessions
    try:
        seen = await system.seen("tenant_context", CONTEXT, tenant=ABC)
        assert (seen.code, seen.seen) == ("left_over", "tenant-xyz before it is set")
        assert (await system.seen("tenant_rows", AGENTS, tenant=ABC)).code == "open"
    finally:
        await world.change("ALTER ROLE backstop_tenant RESET app.current_tenant_id")
        await system.access.close()


async def test_a_role_that_bypasses_the_policies_sees_more(system: Supported) -> None:
    world = system.platform.world
    await world.change("ALTER ROLE backstop_tenant BYPASSRLS")
    try:
        seen = await system.seen("tenant_rows", AGENTS, tenant=ABC)
        assert (seen.code, seen.seen) == ("more", "39 of 10 agents as backstop_tenant")
    finally:
        await world.change("ALTER ROLE backstop_tenant NOBYPASSRLS")


async def test_a_table_that_may_not_be_read_is_refused(system: Supported) -> None:
    world = system.platform.world
    await world.change("REVOKE SELECT ON agents FROM backstop_tenant")
    try:
        with pytest.raises(SystemRefused, match="permission denied for table agents"):
            await system.seen("tenant_rows", AGENTS, tenant=ABC)
    finally:
        await world.change("GRANT SELECT ON agents TO backstop_tenant")
