"""Looks up which rights the running role really has, so that nobody has to believe that the trail cannot be changed."""

from dataclasses import dataclass

from sqlalchemy import text

from bot.store.database import Work

_TRAIL = ("audit_events", "audit_head")
_TRIGGERS = {  # by name, and whether it must fire in a session that passes itself off as a replica, too
    "audit_events_keep": True, "audit_head_keep": True, "requests_have_events": False,
    "escalations_have_events": False, "votes_have_events": False, "diagnoses_have_events": False,
}  # fmt: skip


@dataclass(frozen=True)
class Right:
    """One thing that must hold of the database's rights, and whether it does."""

    says: str
    holds: bool


async def look(work: Work) -> list[Right]:
    """Everything that keeps the running role from changing the trail, looked up as that role."""
    return [*await _of_role(work), *await _of_trail(work), *await _of_function(work), *await _of_triggers(work)]


async def _of_role(work: Work) -> list[Right]:
    found = await work.execute(
        text("""
        SELECT current_user AS name,
            rolsuper OR rolcreaterole OR rolreplication OR rolbypassrls OR rolcreatedb AS mighty,
            pg_has_role(current_user, (SELECT datdba FROM pg_database WHERE datname = current_database()), 'MEMBER')
                AS owner,
            has_schema_privilege('public', 'CREATE') AS makes,
            has_parameter_privilege(current_user, 'session_replication_role', 'SET') AS skips
        FROM pg_roles WHERE rolname = current_user
    """)
    )
    role = found.one()
    return [
        Right(f"{role.name} is an ordinary role: no superuser, makes no roles or databases, replicates nothing",
              not role.mighty),
        Right(f"{role.name} does not own the database, nor is it a member of the role that does", not role.owner),
        Right(f"{role.name} makes no tables or functions in the schema public", not role.makes),
        Right(f"{role.name} cannot switch triggers off for its session", not role.skips),
    ]  # fmt: skip


async def _of_trail(work: Work) -> list[Right]:
    rights = []
    for table in _TRAIL:
        found = await work.execute(
            text("""
            SELECT has_table_privilege(:table, 'SELECT') AS reads,
                has_table_privilege(:table, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
                    OR has_any_column_privilege(:table, 'INSERT, UPDATE, REFERENCES') AS writes,
                pg_has_role(current_user, relowner, 'MEMBER') AS owns
            FROM pg_class WHERE oid = CAST(:table AS regclass)
        """),
            {"table": f"public.{table}"},
        )
        row = found.one()
        rights += [
            Right(f"{table} can be read", row.reads),
            Right(f"{table} cannot be written, changed, emptied or owned", not row.writes and not row.owns),
        ]
    kept = await work.execute(
        text("""
        SELECT bool_or(has_table_privilege(name, 'DELETE, TRUNCATE'))
        FROM unnest(ARRAY['public.requests', 'public.votes', 'public.escalations']) AS name
    """)
    )
    rights.append(Right("requests, votes and escalations cannot be removed", not kept.scalar_one()))
    return rights


async def _of_function(work: Work) -> list[Right]:
    found = await work.execute(
        text("""
        SELECT has_function_privilege(p.oid, 'EXECUTE') AS may, p.prosecdef AS definer,
            NOT pg_has_role(current_user, p.proowner, 'MEMBER') AS foreign_owner,
            coalesce(array_to_string(p.proconfig, ' ') LIKE '%search_path=public, pg_temp%', false) AS bound,
            EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS one
                WHERE one.grantee = 0) AS everybody,
            (SELECT count(*) FROM pg_proc AS other WHERE other.prosecdef AND other.pronamespace = p.pronamespace
                AND other.oid <> p.oid) AS others
        FROM pg_proc AS p WHERE p.oid = to_regprocedure('public.audit_append(text[])')
    """)
    )
    row = found.one_or_none()
    if row is None:
        return [Right("audit_append, the one way to write, is there", False)]
    return [
        Right("audit_append, the one way to write, may be executed", row.may),
        Right("audit_append writes as its owner, who is another role, and finds tables in public alone",
              row.definer and row.foreign_owner and row.bound),
        Right("audit_append may not be executed by everybody", not row.everybody),
        Right("no other function in the schema public acts with its owner's rights", row.others == 0),
    ]  # fmt: skip


async def _of_triggers(work: Work) -> list[Right]:
    found = await work.execute(
        text("SELECT tgname, tgenabled::text AS enabled FROM pg_trigger WHERE tgname = ANY(:names)"),
        {"names": list(_TRIGGERS)},
    )
    enabled = {row.tgname: row.enabled for row in found}
    return [
        Right(f"the trigger {name} is in force", enabled.get(name) in ({"A"} if always else {"A", "O"}))
        for name, always in _TRIGGERS.items()
    ]
