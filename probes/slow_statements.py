"""Which statements are slow on average, by the statistics that a database keeps."""

from datetime import timedelta

from bot.access.readers import Look, shape
from bot.model.finding import Seen, Status, Table
from bot.model.values import Duration, write_duration
from bot.registry import Params, QueryName, probe


class SlowStatements(Params):
    """Params of slow_statements: a query that binds :ms and answers statement, times, average_ms and without_index.

    `kept` answers 1 where the database keeps statistics at all; `switch` is what has to be switched on where not.
    """

    query: QueryName
    kept: QueryName
    over: Duration
    switch: str = ""


@probe(
    label="Statement statistics",
    codes={"none": Status.OK, "some": Status.FAIL, "not_kept": Status.UNKNOWN},
    source="zenamanage, Slow queries, diagnosis step 1",
)
async def slow_statements(look: Look, params: SlowStatements) -> Seen:
    """Lists the statements that are slow on average since the database's statistics began."""
    expected = f"average ≤ {write_duration(params.over)}"
    if not (await look.rows(params.kept)).number:
        how = f"; switch on {params.switch}" if params.switch else ""
        seen = f"the database keeps no statistics of statements{how}"
        return Seen(code="not_kept", seen=seen, expected=expected)
    rows = await look.rows(params.query, ms=round(params.over / timedelta(milliseconds=1)))
    found = [(row, shape(str(row["statement"] or ""))) for row in rows.rows]
    evidence = {
        "statements": [
            {"statement": said, "times": row["times"], "average_ms": row["average_ms"]} for row, said in found
        ],
        "database_role": rows.role,
    }
    if not found:
        return Seen(code="none", seen="none", expected=expected, evidence=evidence)
    table = Table(
        title="Slow statements",
        columns=("Statement", "Times", "Average", "Without an index"),
        rows=tuple(
            (said, str(row["times"]), f"{row['average_ms']} ms", str(row["without_index"])) for row, said in found
        ),
        cut=rows.capped,
    )
    first, said = found[0]
    seen = f"{len(found)} statement{'' if len(found) == 1 else 's'}, the costliest {first['average_ms']} ms on average"
    return Seen(
        code="some", seen=seen, expected=expected, says=f"The costliest: {said[:120]}", evidence=evidence,
        tables=(table,),
    )  # fmt: skip
