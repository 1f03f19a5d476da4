"""In which other tenants a user holds roles."""

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.registry import Params, QueryName, probe


class OtherTenants(Params):
    """Params of other_tenants: a query that binds :user and :tenant and answers the other tenants with the roles."""

    query: QueryName


@probe(
    label="Roles in other tenants",
    codes={"some": Status.OK, "none": Status.OK},
    needs=("tenant", "user"),
    source="aiops-data-sync, Issue 2, solution B",
)
async def other_tenants(look: Look, params: OtherTenants) -> Seen:
    """Lists the other tenants in which the user holds a role."""
    rows = await look.rows(params.query)
    evidence = {"elsewhere": rows.evidence(), "database_role": rows.role}
    if not rows.rows:
        return Seen(code="none", seen="none", evidence=evidence)
    more = "more than " if rows.capped else ""
    return Seen(
        code="some",
        seen=f"{more}{len(rows)} other tenant{'' if len(rows) == 1 else 's'}",
        evidence=evidence,
        tables=(rows.table("Roles in other tenants"),),
    )
