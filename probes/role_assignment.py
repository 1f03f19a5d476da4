"""Which role a user holds for a tenant, and if none, why."""

import asyncio

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.registry import Params, QueryName, probe


class RoleAssignment(Params):
    """Params of role_assignment: queries that bind :user and :tenant.

    `query` answers the role, `elsewhere` the other tenants with the roles there, `account` whether the
    account is active.
    """

    query: QueryName
    elsewhere: QueryName
    account: QueryName


@probe(
    label="Role in the database",
    codes={
        "held": Status.OK,
        "other_tenant": Status.FAIL,
        "none": Status.FAIL,
        "inactive": Status.FAIL,
        "unknown_user": Status.FAIL,
    },
    needs=("tenant", "user"),
    source="aiops-data-sync, Issue 2, diagnosis steps 1 and 3, solutions B and C",
)
async def role_assignment(look: Look, params: RoleAssignment) -> Seen:
    """Reads the user's role for the tenant from the system's own database."""
    held, elsewhere, account = await asyncio.gather(
        look.rows(params.query), look.rows(params.elsewhere), look.rows(params.account)
    )
    user, tenant = look.inputs.shown("user"), look.inputs.shown("tenant")
    roles = [str(role) for role in held.column()] if held.rows else []
    evidence = {
        "roles": roles,
        "elsewhere": elsewhere.evidence(),
        "account": account.evidence(),
        "database_role": held.role,
    }
    expected = f"a role in {tenant}"
    if not account.rows:
        code, seen, says = "unknown_user", "no such account", f"There is no account of {user} any more."
    elif account.column()[0] is not True:
        code, seen = "inactive", "the account is switched off"
        says = f"The account of {user} is switched off, so no role counts."
    elif roles:
        code, seen, says = "held", ", ".join(roles), ""
    elif elsewhere.rows:
        code, seen = "other_tenant", f"none here; has one in {', '.join(map(str, elsewhere.column()[:3]))}"
        says = f"{user} has no role in {tenant}, but in other tenants."
    else:
        code, seen, says = (
            "none",
            "none in any tenant",
            f"{user} has a role neither in {tenant} nor in any other tenant.",
        )
    return Seen(code=code, seen=seen, expected=expected, says=says, evidence=evidence)
