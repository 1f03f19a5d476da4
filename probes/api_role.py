"""Whether the API takes a user for what the database says."""

import asyncio

from bot.access.readers import ABSENT, Look
from bot.model.finding import Seen, Status
from bot.registry import EndpointName, Params, QueryName, probe


class ApiRole(Params):
    """Params of api_role: where the API reports the role, and the query that answers it from the database."""

    endpoint: EndpointName
    query: QueryName
    field: str = "role"


@probe(
    label="Role that the API sees",
    codes={"agrees": Status.OK, "differs": Status.FAIL, "absent": Status.UNKNOWN},
    needs=("tenant", "user"),
    source="aiops-data-sync, Issue 2, diagnosis step 1",
)
async def api_role(look: Look, params: ApiRole) -> Seen:
    """Compares the role that the API reports for the user with the one in the database."""
    answer, held = await asyncio.gather(look.fetch(params.endpoint), look.rows(params.query))
    reported = answer.field(params.field)
    roles = [str(role) for role in held.column()] if held.rows else []
    stored = ", ".join(roles) or "none"
    if reported is ABSENT:
        evidence = {"asked": answer.what, "stored": roles}
        return Seen(code="absent", seen=f"no field {params.field}", expected=stored, evidence=evidence)
    seen = "none" if reported is None else str(reported)[:60]
    evidence = {"asked": answer.what, "reported": seen, "stored": roles, "database_role": held.role}
    is_equal = reported in roles if roles else reported is None
    says = "" if is_equal else f"The API reports {seen}, the database says {stored}."
    return Seen(code="agrees" if is_equal else "differs", seen=seen, expected=stored, says=says, evidence=evidence)
