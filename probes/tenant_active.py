"""Whether a tenant is active."""

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.registry import Params, QueryName, probe


class TenantActive(Params):
    """Params of tenant_active: a query that binds :tenant and answers whether it is active."""

    query: QueryName


@probe(
    label="Tenant",
    codes={"active": Status.OK, "inactive": Status.FAIL, "missing": Status.FAIL},
    needs=("tenant",),
    source="zenamanage, User cannot see their data, diagnosis step 1",
)
async def tenant_active(look: Look, params: TenantActive) -> Seen:
    """Reads whether the tenant exists and is active; of one that is switched off nobody sees anything."""
    rows = await look.rows(params.query)
    tenant = look.inputs.shown("tenant")
    evidence = {"tenant": rows.evidence(), "database_role": rows.role}
    if rows.first is None:
        says = f"There is no tenant {tenant} any more."
        return Seen(code="missing", seen="does not exist", expected="active", says=says, evidence=evidence)
    if rows.column()[0]:
        return Seen(code="active", seen="active", expected="active", evidence=evidence)
    says = f"{tenant} is switched off, so none of its users sees anything."
    return Seen(code="inactive", seen="switched off", expected="active", says=says, evidence=evidence)
