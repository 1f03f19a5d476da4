"""Whether there is something stored that should not be there."""

from collections.abc import Mapping

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.model.values import Scalar
from bot.registry import Params, QueryName, probe


class StrayRows(Params):
    """Params of stray_rows: a query that lists what should not be there, thresholds that it binds, words for it."""

    query: QueryName
    binds: Mapping[str, Scalar] = {}
    unit: str = "rows"
    title: str = "What should not be there"


@probe(
    label="Stray rows",
    codes={"none": Status.OK, "some": Status.FAIL},
    source="aiops-data-sync, Issue 4 step 3, and Data Consistency Checks, query 4",
)
async def stray_rows(look: Look, params: StrayRows) -> Seen:
    """Lists what is stored and should not be: orphans, rows under another tenant, work that has waited too long."""
    rows = await look.rows(params.query, **params.binds)
    evidence = {"rows": rows.evidence(), "cut": rows.capped, "database_role": rows.role, **params.binds}
    if not rows.rows:
        return Seen(code="none", seen=f"no {params.unit}", expected="none", evidence=evidence)
    what, space, rest = params.unit.partition(" ")
    unit = params.unit if len(rows) != 1 else f"{what.removesuffix('s')}{space}{rest}"
    count = f"{len(rows)}{' or more' if rows.capped else ''} {unit}"
    return Seen(code="some", seen=count, expected="none", evidence=evidence, tables=(rows.table(params.title),))
