"""How many of the latest attempts failed."""

from collections.abc import Mapping

from bot.access.readers import Look
from bot.errors import SystemRefused
from bot.model.finding import Seen, Status
from bot.model.values import Scalar
from bot.registry import Params, QueryName, probe


class FailureShare(Params):
    """Params of failure_share: a query that answers two numbers, failed and all, and from which share on it is many."""

    query: QueryName
    binds: Mapping[str, Scalar] = {}
    at_most: float = 0.5
    unit: str = "attempts"


@probe(
    label="Failures",
    codes={"few": Status.OK, "many": Status.FAIL, "none": Status.OK},
    source="aiops-data-sync, Issue 4, diagnosis steps 1 and 3",
)
async def failure_share(look: Look, params: FailureShare) -> Seen:
    """Counts how many of the latest attempts failed."""
    rows = await look.rows(params.query, **params.binds)
    numbers = list((rows.first or {}).values())[:2]
    if len(numbers) < 2 or not all(isinstance(number, int) for number in numbers):
        raise SystemRefused(f"The query {params.query} answers no two numbers; check it in the system's file.")
    failed, total = numbers
    evidence = {"failed": failed, "all": total, "database_role": rows.role}
    expected = f"≤ {params.at_most:.0%} failed"
    if not total:
        return Seen(code="none", seen=f"no {params.unit}", expected=expected, evidence=evidence)
    code = "many" if failed / total > params.at_most else "few"
    return Seen(code=code, seen=f"{failed} of {total} {params.unit} failed", expected=expected, evidence=evidence)
