"""Which of the filters that a user has set hides what they miss."""

import asyncio
from collections.abc import Mapping

from bot.access.readers import ABSENT, Look, field_of
from bot.errors import SystemRefused
from bot.model.finding import Seen, Status, Table
from bot.registry import EndpointName, Params, QueryName, probe


class HidingFilter(Params):
    """Params of hiding_filter.

    `endpoint` takes the filters as optional inputs; `filters` names these inputs, each with the column of `query` that
    it filters by; `list`, `field` and `column` say where the ids stand.
    """

    endpoint: EndpointName
    list: str
    field: str
    query: QueryName
    column: str
    filters: Mapping[str, str]
    unit: str = "row"


@probe(
    label="Filters of the user",
    codes={
        "shown": Status.OK,
        "hidden": Status.FAIL,
        "no_filter": Status.OK,
        "nothing_stored": Status.OK,
        "left_out": Status.WARN,
    },
    source="aiops-data-sync, Issue 4, diagnosis step 1",
)
async def hiding_filter(look: Look, params: HidingFilter) -> Seen:
    """Asks the API with the filters that the user has set, together and one by one, for the newest row."""
    given = {name: str(look.inputs.binds[name]) for name in params.filters if name in look.inputs}
    if not given:
        return Seen(code="no_filter", seen="none given", expected="shows the newest")
    stored = await look.rows(params.query)
    if stored.first is None:
        return Seen(code="nothing_stored", seen=f"no {params.unit} stored", expected="shows the newest")
    newest = str(stored.first[params.column])
    tried = [tuple(given), *((name,) for name in given if len(given) > 1), ()]
    shown = await asyncio.gather(*(_shows(look, params, newest, kept) for kept in tried))
    words = {name: f"{name}={value}" for name, value in given.items()}
    hiding = [kept[0] for kept, is_shown in zip(tried, shown, strict=True) if len(kept) == 1 and not is_shown]
    table = Table(
        title=f"Is the newest {params.unit} shown?",
        columns=("Filters", "Shown"),
        rows=tuple(
            (", ".join(words[name] for name in kept) or "none", "yes" if is_shown else "no")
            for kept, is_shown in zip(tried, shown, strict=True)
        ),
    )
    evidence = {"filters": given, "newest": newest, "hiding": hiding, "database_role": stored.role}
    if shown[0]:
        return Seen(code="shown", seen="shown with these filters", evidence=evidence, tables=(table,))
    if not shown[-1]:
        seen = "not shown without any filter either"
        return Seen(code="left_out", seen=seen, expected="shown", evidence=evidence, tables=(table,))
    names = hiding or list(given)
    read = dict(zip(stored.columns, stored.table("").rows[0], strict=True))
    is_of = "; ".join(f"its {params.filters[name]} is {read.get(params.filters[name], '–')}" for name in names)
    said = ", ".join(words[name] for name in names)
    together = "" if hiding else " together"
    return Seen(
        code="hidden",
        seen=f"hidden by {said}{together}"[:60],
        expected="shown",
        says=f"{said}{together} hides the newest {params.unit}: {is_of}.",
        evidence=evidence,
        tables=(table,),
    )


async def _shows(look: Look, params: HidingFilter, newest: str, kept: tuple[str, ...]) -> bool:
    """Whether the API lists the newest row when only these filters are set."""
    answer = await look.fetch(params.endpoint, **{name: None for name in params.filters if name not in kept})
    listed = answer.field(params.list)
    if listed is ABSENT or not isinstance(listed, list):
        raise SystemRefused(f"{answer.what} answers no list in {answer.place(params.list)}.")
    return newest in {str(field_of(one, answer.place(params.field))) for one in listed}
