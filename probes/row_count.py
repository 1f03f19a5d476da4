"""Whether what somebody misses is stored at all."""

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.registry import Params, QueryName, probe


class RowCount(Params):
    """Params of row_count: a query that counts what is missed, and one that counts what it would have left behind."""

    query: QueryName
    unit: str = "rows"
    traces: QueryName = ""
    traces_unit: str = "traces"


@probe(
    label="Stored in the database",
    codes={"some": Status.OK, "none": Status.FAIL, "never_any": Status.WARN},
    source="aiops-data-sync, Issue 1, diagnosis step 3",
)
async def row_count(look: Look, params: RowCount) -> Seen:
    """Counts what is stored. Nothing, although there are traces of it, is a loss; nothing without any trace is not."""
    rows = await look.rows(params.query)
    evidence = {"stored": rows.number, "database_role": rows.role}
    seen = f"{rows.number} {params.unit} stored"
    if rows.number:
        return Seen(code="some", seen=seen, expected="some", evidence=evidence)
    if not params.traces:
        return Seen(code="none", seen=seen, expected="some", evidence=evidence)
    traces = (await look.rows(params.traces)).number
    evidence["traces"] = traces
    if traces:
        says = f"There are {traces} {params.traces_unit} of {params.unit} that are not stored any more."
        return Seen(
            code="none", seen=f"{seen}, {traces} {params.traces_unit}", expected="some", says=says, evidence=evidence
        )
    return Seen(code="never_any", seen=f"{seen}, and no trace of any", expected="some", evidence=evidence)
