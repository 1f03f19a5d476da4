"""Which statements a database is carrying out for too long right now."""

from datetime import timedelta

from bot.access.readers import Look, shape
from bot.model.finding import Seen, Status, Table
from bot.model.values import Duration, write_duration
from bot.registry import Params, QueryName, probe


class RunningStatements(Params):
    """Params of running_statements: a query that binds :ms and answers id, who, ms, waits (0 or 1) and statement."""

    query: QueryName
    over: Duration


@probe(
    label="Statements that run",
    codes={"none": Status.OK, "some": Status.FAIL, "waiting": Status.FAIL},
    source="zenamanage, Slow queries, diagnosis step 1, and Database connection errors, diagnosis step 2",
)
async def running_statements(look: Look, params: RunningStatements) -> Seen:
    """Lists the statements that run for too long right now, and those among them that wait for a lock."""
    rows = await look.rows(params.query, ms=round(params.over / timedelta(milliseconds=1)))
    found = [(row, shape(str(row["statement"] or ""))) for row in rows.rows]
    expected = f"none above {write_duration(params.over)}"
    evidence = {
        "statements": [
            {"id": row["id"], "ms": row["ms"], "waits": bool(row["waits"]), "statement": said} for row, said in found
        ],
        "database_role": rows.role,
    }
    if not found:
        return Seen(code="none", seen="none", expected=expected, evidence=evidence)
    table = Table(
        title="Statements that run",
        columns=("Id", "Who", "For", "Waits for a lock", "Statement"),
        rows=tuple(
            (str(row["id"]), str(row["who"]), _long(row["ms"]), "yes" if row["waits"] else "no", said)
            for row, said in found
        ),
        cut=rows.capped,
    )
    waiting = [row for row, _ in found if row["waits"]]
    longest, said = found[0]
    seen = f"{len(found)} running, the longest for {_long(longest['ms'])}"
    if waiting:
        says = f"{len(waiting)} of {len(found)} wait for a lock that another transaction holds."
        seen = f"{len(waiting)} waiting for a lock, {len(found)} running for too long"
        return Seen(code="waiting", seen=seen, expected=expected, says=says, evidence=evidence, tables=(table,))
    says = f"The longest: {said[:120]}"
    return Seen(code="some", seen=seen, expected=expected, says=says, evidence=evidence, tables=(table,))


def _long(milliseconds: int | float) -> str:
    return write_duration(timedelta(milliseconds=float(milliseconds)))
