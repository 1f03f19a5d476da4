"""Whether a user could log in, as far as the account decides it."""

from datetime import datetime

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.registry import Params, QueryName, probe


class LoginState(Params):
    """Params of login_state: a query that binds :user, and the kinds of password hash that the product understands.

    It answers is_active, tenant_id, tenant_is_active, is_locked, locked_until, failed_logins, is_verified and kind,
    the kind of the hash; the hash itself is never read.
    """

    query: QueryName
    kinds: tuple[str, ...]


@probe(
    label="Account",
    codes={
        "can": Status.OK,
        "unknown_user": Status.FAIL,
        "inactive": Status.FAIL,
        "locked": Status.FAIL,
        "no_tenant": Status.FAIL,
        "tenant_inactive": Status.FAIL,
        "unsupported_hash": Status.FAIL,
        "unverified": Status.FAIL,
    },
    needs=("user",),
    source="zenamanage, Users cannot log in, diagnosis steps 1 and 2",
)
async def login_state(look: Look, params: LoginState) -> Seen:
    """Reads what of an account keeps somebody from logging in; never tries a password, and never reads its hash."""
    rows = await look.rows(params.query)
    user = look.inputs.shown("user")
    evidence = {"account": rows.evidence(), "database_role": rows.role}
    account = rows.first
    if account is None:
        code, seen, says = "unknown_user", "no such account", f"There is no account of {user} any more."
    elif not account["is_active"]:
        code, seen, says = "inactive", "switched off", f"The account of {user} is switched off."
    elif account["is_locked"]:
        until = account["locked_until"]
        ends = ""
        if isinstance(until, datetime):
            is_today = until.date() == look.now().date()
            ends = f" until {until:%H:%M} UTC" if is_today else f" until {until:%Y-%m-%d %H:%M} UTC"
        code, seen = "locked", f"locked{ends}"
        says = f"The account of {user} is locked{ends} after {account['failed_logins']} failed logins."
    elif account["tenant_id"] in {None, ""}:
        code, seen, says = "no_tenant", "of no tenant", f"The account of {user} belongs to no tenant."
    elif not account["tenant_is_active"]:
        code, seen, says = "tenant_inactive", "the tenant is switched off", f"The tenant of {user} is switched off."
    elif account["kind"] not in params.kinds:
        code, seen = "unsupported_hash", f"password stored as {account['kind']}"
        says = f"The password of {user} is stored in a way that the product does not understand any more."
    elif not account["is_verified"]:
        code, seen, says = "unverified", "address not confirmed", f"{user} has never confirmed their address."
    else:
        code, seen, says = "can", f"active, {account['kind']}, {account['failed_logins']} failed logins", ""
    return Seen(code=code, seen=seen, expected="active and not locked", says=says, evidence=evidence)
