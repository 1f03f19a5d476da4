"""The newest rows of something, and how old the newest is."""

from datetime import UTC, datetime, timedelta

from bot.access.readers import Look
from bot.errors import SystemRefused
from bot.model.finding import Seen, Status
from bot.model.values import Duration, write_duration
from bot.registry import Params, QueryName, probe


class NewestRows(Params):
    """Params of newest_rows: a query that lists the newest first, the column with their time, and what is recent."""

    query: QueryName
    at: str
    recent: Duration = timedelta(minutes=10)
    unit: str = "rows"
    title: str = "The newest"


@probe(
    label="Newest in the database",
    codes={"recent": Status.OK, "older": Status.WARN, "none": Status.WARN},
    source="aiops-data-sync, Issue 4, diagnosis step 3",
)
async def newest_rows(look: Look, params: NewestRows) -> Seen:
    """Lists the newest rows, and says how old the newest is."""
    rows = await look.rows(params.query)
    evidence = {"rows": rows.evidence(), "database_role": rows.role}
    expected = f"within {write_duration(params.recent)}"
    if rows.first is None:
        return Seen(code="none", seen=f"no {params.unit} at all", expected=expected, evidence=evidence)
    written = rows.first.get(params.at)
    if not isinstance(written, datetime):
        raise SystemRefused(f"The query {params.query} answers no time in {params.at}; check it in the system's file.")
    moment = written if written.tzinfo is not None else written.replace(tzinfo=UTC)
    age = max(timedelta(), look.now() - moment)
    seen = f"newest {write_duration(timedelta(seconds=round(age.total_seconds())))} ago"
    code = "recent" if age <= params.recent else "older"
    return Seen(code=code, seen=seen, expected=expected, evidence=evidence, tables=(rows.table(params.title),))
