"""Whether a table has an index that begins with certain columns, whatever it is called."""

from bot.access.readers import Look
from bot.model.finding import Seen, Status, Table
from bot.registry import Params, QueryName, probe


class MissingIndex(Params):
    """Params of missing_index: a query that answers name and column_name of each index, in the order of its columns."""

    query: QueryName
    columns: tuple[str, ...]


@probe(
    label="Index",
    codes={"present": Status.OK, "missing": Status.FAIL},
    source="zenamanage, Slow queries, diagnosis step 2",
)
async def missing_index(look: Look, params: MissingIndex) -> Seen:
    """Looks by its columns, not by its name, whether an index is there."""
    rows = await look.rows(params.query)
    indexes: dict[str, list[str]] = {}
    for row in rows.rows:
        indexes.setdefault(str(row["name"]), []).append(str(row["column_name"]).lower())
    wanted = [column.lower() for column in params.columns]
    fitting = [name for name, columns in indexes.items() if columns[: len(wanted)] == wanted]
    expected = f"an index on ({', '.join(params.columns)})"
    evidence = {"indexes": indexes, "database_role": rows.role}
    table = Table(
        title="Indexes",
        columns=("Index", "Columns"),
        rows=tuple((name, ", ".join(columns)) for name, columns in indexes.items()),
    )
    if fitting:
        return Seen(code="present", seen=fitting[0], expected=expected, evidence=evidence, tables=(table,))
    seen = f"none among {len(indexes)} index{'' if len(indexes) == 1 else 'es'}"
    says = f"There is no index that begins with {', '.join(params.columns)}."
    return Seen(code="missing", seen=seen, expected=expected, says=says, evidence=evidence, tables=(table,))
