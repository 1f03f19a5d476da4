"""Whether the API's list holds the rows that are the newest in the database."""

import asyncio

from bot.access.readers import Look, field_of
from bot.model.finding import Seen, Status
from bot.registry import EndpointName, Params, QueryName, probe


class ListIncludes(Params):
    """Params of list_includes: where the list is, the id in each of its elements, and the query's id column."""

    endpoint: EndpointName
    list: str
    field: str
    query: QueryName
    column: str
    unit: str = "rows"


@probe(
    label="Shown by the API",
    codes={
        "all": Status.OK,
        "some_missing": Status.FAIL,
        "none_shown": Status.FAIL,
        "nothing_stored": Status.OK,
        "absent": Status.UNKNOWN,
    },
    source="aiops-data-sync, Issue 4, diagnosis step 1 and verification",
)
async def list_includes(look: Look, params: ListIncludes) -> Seen:
    """Looks for the newest rows of the database in the API's own list, asked without any filter."""
    answer, rows = await asyncio.gather(look.fetch(params.endpoint), look.rows(params.query))
    listed = answer.field(params.list)
    wanted = [str(value) for value in rows.column(params.column)] if rows.rows else []
    evidence = {"asked": answer.what, "stored": wanted, "database_role": rows.role}
    if not isinstance(listed, list):
        return Seen(code="absent", seen=f"no list {params.list} in the answer", expected="all", evidence=evidence)
    shown = {str(field_of(one, answer.place(params.field))) for one in listed}
    # The list may be shorter than the query's: only as many as it shows can be expected, and one at least.
    expected = wanted[: max(1, len(listed))]
    missing = [one for one in expected if one not in shown]
    evidence |= {"shown": sorted(shown), "missing": missing}
    if not wanted:
        return Seen(code="nothing_stored", seen=f"no {params.unit} stored", evidence=evidence)
    seen = f"{len(expected) - len(missing)} of the {len(expected)} newest {params.unit}"
    if not missing:
        return Seen(code="all", seen=seen, expected="all", evidence=evidence)
    code = "none_shown" if len(missing) == len(expected) else "some_missing"
    says = f"The API leaves out {len(missing)} of the {len(expected)} newest {params.unit}."
    return Seen(code=code, seen=seen, expected="all", says=says, evidence=evidence)
