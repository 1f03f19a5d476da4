"""Whether transactions stay open while their client does nothing."""

from datetime import timedelta

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.model.values import Duration, write_duration
from bot.registry import Params, QueryName, probe


class IdleInTransaction(Params):
    """Params of idle_in_transaction: a query that binds :seconds and answers id, who and seconds, the longest first."""

    query: QueryName
    over: Duration = timedelta(seconds=5)


@probe(
    label="Idle in a transaction",
    codes={"none": Status.OK, "some": Status.FAIL},
    source="zenamanage, Database connection errors, resolution 3 (connection leaks)",
)
async def idle_in_transaction(look: Look, params: IdleInTransaction) -> Seen:
    """Lists transactions that have been open for too long while their client does nothing; they hold their locks."""
    rows = await look.rows(params.query, seconds=round(params.over.total_seconds()))
    expected = f"none above {write_duration(params.over)}"
    evidence = {"transactions": rows.evidence(), "database_role": rows.role}
    if rows.first is None:
        return Seen(code="none", seen="none", expected=expected, evidence=evidence)
    longest = write_duration(timedelta(seconds=int(rows.first["seconds"])))
    seen = f"{len(rows)}, the longest for {longest}"
    says = f"{rows.first['who']} (connection {rows.first['id']}) has kept a transaction open for {longest}."
    table = rows.table("Idle in a transaction")
    return Seen(code="some", seen=seen, expected=expected, says=says, evidence=evidence, tables=(table,))
