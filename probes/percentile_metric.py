"""What a system's own metrics say about how long its endpoints take."""

from collections.abc import Mapping
from datetime import timedelta

from bot.access.readers import ABSENT, Look, field_of
from bot.model.finding import Seen, Status, Table
from bot.model.values import Duration, Json, write_duration
from bot.registry import EndpointName, Params, probe

_SHOWN = 20


class PercentileMetric(Params):
    """Params of percentile_metric: where the metrics hold one entry for each endpoint, and what is read in it.

    `only` are the entries that count, by the words that their names contain; fewer than `at_least` requests tell
    nothing. `value` is in milliseconds.
    """

    endpoint: EndpointName
    at_most: Duration
    list: str = "endpoints"
    value: str = "p95_ms"
    requests: str = "requests"
    at_least: int = 10
    only: tuple[str, ...] = ()


@probe(
    label="Time by the metrics",
    codes={"within": Status.OK, "above": Status.FAIL, "no_traffic": Status.OK, "absent": Status.UNKNOWN},
    source="zenamanage, API endpoint slow, diagnosis step 1",
)
async def percentile_metric(look: Look, params: PercentileMetric) -> Seen:
    """Reads the p95 of each endpoint from the metrics that the product keeps of itself."""
    answer = await look.fetch(params.endpoint)
    listed = answer.field(params.list)
    expected = f"p95 ≤ {write_duration(params.at_most)}"
    evidence: dict[str, Json] = {"asked": answer.what}
    if not isinstance(listed, Mapping):
        return Seen(code="absent", seen=f"no {params.list} in the metrics", expected=expected, evidence=evidence)
    limit = params.at_most / timedelta(milliseconds=1)
    times = {}
    for name, one in listed.items():
        value, requests = field_of(one, answer.place(params.value)), field_of(one, answer.place(params.requests))
        is_told = isinstance(value, (int, float)) and (requests is ABSENT or requests >= params.at_least)
        if is_told and (not params.only or any(word in name for word in params.only)):
            times[str(name)] = (float(value), requests)
    slowest = sorted(times.items(), key=lambda one: -one[1][0])
    evidence["p95_ms"] = {name: value for name, (value, _) in slowest}
    if not slowest:
        seen = f"no endpoint with {params.at_least} requests or more"
        return Seen(code="no_traffic", seen=seen, expected=expected, evidence=evidence)
    above = [(name, value) for name, (value, _) in slowest if value > limit]
    table = Table(
        title="Endpoints by their p95",
        columns=("Endpoint", "p95", "Requests"),
        rows=tuple(
            (name, f"{value:g} ms", "–" if requests is ABSENT else str(requests))
            for name, (value, requests) in slowest[:_SHOWN]
        ),
        cut=len(slowest) > _SHOWN,
    )
    name, (value, _) = slowest[0]
    if not above:
        seen = f"all {len(slowest)} within; slowest {value:g} ms"
        return Seen(code="within", seen=seen, expected=expected, evidence=evidence, tables=(table,))
    seen = f"{len(above)} of {len(slowest)} above; slowest {value:g} ms"
    says = f"The slowest is {name} with a p95 of {value:g} ms."
    return Seen(code="above", seen=seen, expected=expected, says=says, evidence=evidence, tables=(table,))
