"""Whether the tenant context, on which row-level security rests, can be set, and is not left over."""

import asyncio

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.registry import Params, QueryName, probe


class TenantContext(Params):
    """Params of tenant_context: the query that sets the context, and the one that reads it."""

    sets: QueryName
    reads: QueryName


@probe(
    label="Tenant context",
    codes={"accepted": Status.OK, "not_kept": Status.FAIL, "left_over": Status.FAIL},
    needs=("tenant",),
    source="aiops-data-sync, Issue 1, solution C",
)
async def tenant_context(look: Look, params: TenantContext) -> Seen:
    """Sets the tenant context inside a transaction, reads it back, and leaves none behind."""
    tenant = look.inputs.binds["tenant"]
    fresh, after = await asyncio.gather(look.rows(params.reads), look.rows_after(params.sets, params.reads))
    before, kept = (rows.column()[0] if rows.rows else None for rows in (fresh, after))
    evidence = {"in_a_new_session": before, "after_setting_it": kept, "database_role": after.role}
    if before not in {None, ""}:
        says = f"A new session already stands in the context of {before}, so a session that sets none shows its rows."
        return Seen(code="left_over", seen=f"{before} before it is set", expected="empty", says=says, evidence=evidence)
    if kept != tenant:
        says = "The function that sets the tenant context runs without an error, and the context is another one."
        return Seen(
            code="not_kept",
            seen=f"{kept or 'empty'} after it is set",
            expected=str(tenant),
            says=says,
            evidence=evidence,
        )
    return Seen(code="accepted", seen=f"{kept} after it is set", expected=str(tenant), evidence=evidence)
