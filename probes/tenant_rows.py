"""What row-level security shows to a tenant, against what is stored for it."""

import asyncio

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.registry import Params, QueryName, probe


class TenantRows(Params):
    """Params of tenant_rows.

    `stored` counts the tenant's rows as a role that sees all; `seen` counts all rows as a role under row-level
    security; `context` sets the tenant context for that role.
    """

    stored: QueryName
    seen: QueryName
    context: QueryName
    unit: str = "rows"


@probe(
    label="Seen under row-level security",
    codes={"all": Status.OK, "fewer": Status.FAIL, "more": Status.FAIL, "open": Status.FAIL},
    needs=("tenant",),
    source="aiops-data-sync, Issue 1, solution C",
)
async def tenant_rows(look: Look, params: TenantRows) -> Seen:
    """Counts what the tenant sees in its context and without one, against what is stored for it."""
    stored, with_context, without = await asyncio.gather(
        look.rows(params.stored), look.rows_after(params.context, params.seen), look.rows(params.seen)
    )
    evidence = {
        "stored": stored.number,
        "seen_in_context": with_context.number,
        "seen_without_context": without.number,
        "stored_seen_as": stored.role,
        "seen_as": with_context.role,
    }
    seen = f"{with_context.number} of {stored.number} {params.unit} as {with_context.role}"
    expected = f"{stored.number} {params.unit}"
    if with_context.number < stored.number:
        says = f"Row-level security hides {stored.number - with_context.number} {params.unit} from their own tenant."
        return Seen(code="fewer", seen=seen, expected=expected, says=says, evidence=evidence)
    if with_context.number > stored.number:
        says = f"{with_context.role} sees {params.unit} of other tenants in this tenant's context."
        return Seen(code="more", seen=seen, expected=expected, says=says, evidence=evidence)
    if without.number > 0:
        says = f"{without.role} sees {without.number} {params.unit} without any tenant context."
        return Seen(
            code="open",
            seen=f"{without.number} {params.unit} without context",
            expected="0",
            says=says,
            evidence=evidence,
        )
    return Seen(code="all", seen=seen, expected=expected, evidence=evidence)
