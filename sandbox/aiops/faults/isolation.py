"""Faults of row-level security: who sees which tenant's rows, and on what that rests."""

from sandbox.aiops.database import APP, DATABASE, TENANT
from sandbox.aiops.faults.fault import Fault
from sandbox.aiops.seed import ABC, XYZ
from sandbox.aiops.world import World

_MISSING = f"/diagnose missing-data tenant={ABC}"
_EXECUTIONS = f"/diagnose missing-executions tenant={ABC}"
_VARIABLE = "app.current_tenant_id"
_UNSET = "app.tenant_not_set"  # by nothing: an open session keeps what another fault had it set
_POLICY = "ALTER POLICY tenant_isolation ON {table} USING ({rule})"
_RULE = "tenant_id = current_setting('{variable}', true)"
_SETS = """
CREATE OR REPLACE FUNCTION set_tenant_context(tenant text) RETURNS void LANGUAGE sql
    AS $$ SELECT set_config('{variable}', tenant, false) $$
"""
# A superuser would own what it replaces; the function belongs to the platform.
_OWNED = "ALTER FUNCTION set_tenant_context(text) OWNER TO aiagents"


def _policy(name: str, title: str, hint: str, table: str, rule: str) -> Fault:
    """The policy of a table, replaced by another rule."""

    async def replace(world: World) -> None:
        await world.change(_POLICY.format(table=table, rule=rule))
        await world.forget_computed()

    async def restore(world: World) -> None:
        if await is_replaced(world):
            await world.change(_POLICY.format(table=table, rule=_RULE.format(variable=_VARIABLE)))
            await world.forget_computed()

    async def is_replaced(world: World) -> bool:
        return await _rule_of(world, table) == _normal(rule)

    return Fault(name, title, hint, replace, restore, is_replaced)


async def _rule_of(world: World, table: str) -> str:
    found = await world.ask("SELECT qual FROM pg_policies WHERE tablename = %s", table)
    return _normal(str(found))


def _normal(rule: str) -> str:
    """A rule as it is compared: PostgreSQL adds brackets and casts."""
    return rule.replace("::text", "").replace("(", "").replace(")", "").replace(" ", "")


async def _remove_function(world: World) -> None:
    if await _has_function(world):
        await world.change("DROP FUNCTION set_tenant_context(text)")
        await world.forget_computed()


async def _sets(world: World, variable: str) -> None:
    await world.change(_SETS.format(variable=variable))
    await world.change(_OWNED)
    await world.forget_computed()


async def _restore_function(world: World) -> None:
    if not await _has_function(world) or await _sets_another(world):
        await _sets(world, _VARIABLE)


async def _has_function(world: World) -> bool:
    return bool(await world.ask("SELECT count(*) FROM pg_proc WHERE proname = 'set_tenant_context'"))


async def _has_none(world: World) -> bool:
    return not await _has_function(world)


async def _set_another(world: World) -> None:
    await _sets(world, "app.tenant_id")


async def _sets_another(world: World) -> bool:
    body = await world.ask("SELECT prosrc FROM pg_proc WHERE proname = 'set_tenant_context'")
    return body is not None and _VARIABLE not in body


def _default(name: str, title: str, whose: str) -> Fault:
    """A tenant that is set for sessions before anybody sets one."""

    async def leave(world: World) -> None:
        await world.change(f"ALTER {whose} SET {_VARIABLE} = '{XYZ}'")
        await _begin_sessions_anew(world)

    async def reset(world: World) -> None:
        if await is_left(world):
            await world.change(f"ALTER {whose} RESET {_VARIABLE}")
            await _begin_sessions_anew(world)

    async def is_left(world: World) -> bool:
        is_of_role = whose.startswith("ROLE")
        sql = (
            "SELECT count(*) FROM pg_db_role_setting WHERE (setrole <> 0) = %s"
            " AND EXISTS (SELECT FROM unnest(setconfig) AS one WHERE one LIKE 'app.current_tenant_id=%%')"
        )
        return bool(await world.ask(sql, is_of_role))

    return Fault(name, title, _MISSING, leave, reset, is_left)


async def _begin_sessions_anew(world: World) -> None:
    """Such a setting holds for new sessions, and the old ones end some time."""
    await world.change(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE usename = %s OR (usename = %s AND state = 'idle')",
        TENANT, APP,
    )  # fmt: skip


ISOLATION_FAULTS = (
    _policy("policy-blocks", "Agents are in the database, and a security policy hides them from everybody",
            _MISSING, "agents", _RULE.format(variable=_UNSET)),
    _policy("policy-hides-executions", "The execution history is empty, and the executions are in the database",
            _EXECUTIONS, "agent_executions", _RULE.format(variable=_UNSET)),
    _policy("isolation-broken", "Every tenant sees the agents of all tenants", _MISSING, "agents", "true"),
    _policy("isolation-broken-executions", "Every tenant sees the executions of all tenants",
            _EXECUTIONS, "agent_executions", "true"),
    Fault("context-function-missing", "The API answers 503 to everything: a database function is gone",
          _MISSING, _remove_function, _restore_function, _has_none),
    Fault("context-not-kept", "Nobody sees any agents since the session variable was renamed",
          _MISSING, _set_another, _restore_function, _sets_another),
    _default("default-tenant-for-the-app", "Pages without a tenant would show those of Xyz Retail", f"ROLE {APP}"),
    _default("default-tenant-for-all", "Whoever connects to the database is in the context of Xyz Retail",
             f"DATABASE {DATABASE}"),
)  # fmt: skip
