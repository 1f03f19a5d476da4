"""Whether a database still keeps the foreign keys that hold its rows together."""

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.registry import Params, QueryName, probe


class MissingForeignKeys(Params):
    """Params of missing_foreign_keys: a query whose first column names each one that is kept, and all that should be.

    They are written as table.column.
    """

    query: QueryName
    expected: tuple[str, ...]


@probe(
    label="Foreign keys",
    codes={"kept": Status.OK, "missing": Status.FAIL},
    source="zenamanage, Data Corruption, symptoms and action 3",
)
async def missing_foreign_keys(look: Look, params: MissingForeignKeys) -> Seen:
    """Compares the foreign keys that the database keeps with those that there should be, by table and column."""
    rows = await look.rows(params.query)
    kept = {str(name).casefold() for name in rows.column()} if rows.rows else set()
    missing = [name for name in params.expected if name.casefold() not in kept]
    evidence = {"kept": sorted(kept), "missing": missing, "database_role": rows.role}
    expected = f"all {len(params.expected)}"
    tables = (rows.table("Foreign keys"),) if rows.rows else ()
    if not missing:
        return Seen(code="kept", seen=expected, expected=expected, evidence=evidence, tables=tables)
    says = f"Nothing keeps rows together at {', '.join(missing)}."
    seen = f"{len(missing)} missing: {missing[0]}{' …' if len(missing) > 1 else ''}"
    return Seen(code="missing", seen=seen, expected=expected, says=says, evidence=evidence, tables=tables)
