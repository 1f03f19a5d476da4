"""Whether a user's account is active and belongs to the tenant that they want to see."""

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.registry import Params, QueryName, probe


class UserAccount(Params):
    """Params of user_account: a query that binds :user.

    It answers is_active, tenant_id, tenant (its short name) and tenant_is_active, which is null where there is none.
    """

    query: QueryName


@probe(
    label="Account of the user",
    codes={
        "belongs": Status.OK,
        "no_tenant": Status.FAIL,
        "other_tenant": Status.FAIL,
        "tenant_gone": Status.FAIL,
        "inactive": Status.FAIL,
        "unknown": Status.FAIL,
    },
    needs=("tenant", "user"),
    source="zenamanage, User cannot see their data, diagnosis step 1",
)
async def user_account(look: Look, params: UserAccount) -> Seen:
    """Reads whether the account is active, and to which tenant it belongs."""
    rows = await look.rows(params.query)
    user, tenant = look.inputs.shown("user"), look.inputs.shown("tenant")
    expected = f"active, of {tenant}"
    evidence = {"account": rows.evidence(), "database_role": rows.role}
    if rows.first is None:
        says = f"There is no account of {user} any more."
        return Seen(code="unknown", seen="no such account", expected=expected, says=says, evidence=evidence)
    account = rows.first
    held = account["tenant_id"]
    if not account["is_active"]:
        says = f"The account of {user} is switched off."
        return Seen(code="inactive", seen="switched off", expected=expected, says=says, evidence=evidence)
    if held is None or held == "":
        says = f"The account of {user} belongs to no tenant, so nothing is shown."
        return Seen(code="no_tenant", seen="of no tenant", expected=expected, says=says, evidence=evidence)
    if account["tenant_is_active"] is None:
        says = f"The account of {user} belongs to {held}, which does not exist any more."
        return Seen(code="tenant_gone", seen=f"of {held}, which is gone", expected=expected, says=says,
                    evidence=evidence)  # fmt: skip
    # Ids are compared without case by databases of this kind.
    if str(held).casefold() != str(look.inputs.binds["tenant"]).casefold():
        of = account.get("tenant") or held
        says = f"The account of {user} belongs to {of}, not to {tenant}."
        return Seen(code="other_tenant", seen=f"of {of}", expected=expected, says=says, evidence=evidence)
    return Seen(code="belongs", seen=f"active, of {tenant}", expected=expected, evidence=evidence)
