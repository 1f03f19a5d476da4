"""Whether the role that a user holds allows what they want to do, by the permission matrix."""

from bot.access.readers import Look
from bot.errors import MissingInput, UnknownName
from bot.model.finding import Seen, Status, Table
from bot.registry import Params, QueryName, probe


class PermissionOf(Params):
    """Params of permission: the query that answers the user's role for the tenant."""

    query: QueryName


@probe(
    label="Permission matrix",
    codes={"allowed": Status.OK, "not_allowed": Status.FAIL, "no_role": Status.FAIL},
    needs=("tenant", "user", "action"),
    source="aiops-data-sync, Issue 2, diagnosis step 2",
)
async def permission(look: Look, params: PermissionOf) -> Seen:
    """Looks up in the permission matrix whether the user's role allows what they want to do."""
    wanted = look.inputs.binds.get("action")
    if not isinstance(wanted, str):
        raise MissingInput(["action"], "action is needed here; say action=… as well.")
    matrix = look.system.permissions
    if wanted not in matrix:
        raise UnknownName("permission", wanted, sorted(matrix)[:3])
    held = await look.rows(params.query)
    roles = [str(role) for role in held.column()] if held.rows else []
    allowed = matrix[wanted].roles
    expected = ", ".join(allowed)
    evidence = {"permission": wanted, "roles": roles, "allowed_roles": list(allowed), "database_role": held.role}
    tables = (_matrix(look, set(roles)),)
    if not roles:
        seen = "no role, so nothing is allowed"
        return Seen(code="no_role", seen=seen, expected=expected, evidence=evidence, tables=tables)
    if set(roles) & set(allowed):
        seen = f"{', '.join(roles)} may {wanted}"
        return Seen(code="allowed", seen=seen, expected=expected, evidence=evidence, tables=tables)
    seen = f"{', '.join(roles)} may not {wanted}"
    says = f"To {wanted}, one must be {' or '.join(allowed)}."
    return Seen(code="not_allowed", seen=seen, expected=expected, says=says, evidence=evidence, tables=tables)


def _matrix(look: Look, held: set[str]) -> Table:
    names = look.system.roles.names
    return Table(
        title="Permission matrix",
        columns=("To", *(f"{name} (held)" if name in held else name for name in names)),
        rows=tuple(
            (name, *("yes" if role in one.roles else "no" for role in names))
            for name, one in look.system.permissions.items()
        ),
    )
