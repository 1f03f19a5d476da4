"""Rows to be read by people, without a judgement."""

from collections.abc import Mapping

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.model.values import Scalar
from bot.registry import Params, QueryName, probe


class Listing(Params):
    """Params of listing."""

    query: QueryName
    title: str
    unit: str = "rows"
    binds: Mapping[str, Scalar] = {}


@probe(
    label="Listing",
    codes={"some": Status.OK, "none": Status.WARN},
    source="aiops-data-sync, Data Consistency Checks, queries 1 to 3",
)
async def listing(look: Look, params: Listing) -> Seen:
    """Lists rows for people to read, such as the agents of each tenant."""
    rows = await look.rows(params.query, **params.binds)
    evidence = {"rows": rows.evidence(), "cut": rows.capped, "database_role": rows.role}
    if not rows.rows:
        return Seen(code="none", seen=f"no {params.unit}", evidence=evidence)
    count = f"{'the first ' if rows.capped else ''}{len(rows)} {params.unit}"
    return Seen(code="some", seen=count, evidence=evidence, tables=(rows.table(params.title),))
