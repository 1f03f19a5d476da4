"""How a database would carry out a query."""

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.registry import Params, QueryName, probe


class QueryPlan(Params):
    """Params of query_plan: the query that is explained, and a query whose first row fills what it binds.

    A table of fewer than `from_rows` rows may be read as a whole.
    """

    query: QueryName
    sample: QueryName = ""
    from_rows: int = 100


@probe(
    label="Query plan",
    codes={"keyed": Status.OK, "small": Status.OK, "full_scan": Status.FAIL},
    source="zenamanage, Slow queries, diagnosis step 3",
)
async def query_plan(look: Look, params: QueryPlan) -> Seen:
    """Has the database explain a query, without carrying it out: by which key it finds rows, or that it reads all."""
    plan = await look.plan(params.query, **await look.sample(params.sample))
    keys = ", ".join(f"{table} by {key}" for table, key in plan.keys)
    evidence = {"full_scans": list(plan.full_scans), "keys": [list(pair) for pair in plan.keys], "rows": plan.rows}
    if not plan.full_scans:
        return Seen(code="keyed", seen=keys or "no table is read as a whole", expected="by a key", evidence=evidence)
    tables = ", ".join(plan.full_scans)
    seen = f"{tables} is read as a whole, about {plan.rows} rows"
    if plan.rows < params.from_rows:
        return Seen(code="small", seen=f"{seen}: small", expected="by a key", evidence=evidence)
    says = f"No key helps to find rows in {tables}, so all of about {plan.rows} are read each time."
    return Seen(code="full_scan", seen=seen, expected="by a key", says=says, evidence=evidence)
