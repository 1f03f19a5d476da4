"""Which share of requests fails, by the metrics of a system."""

from collections.abc import Mapping

from bot.access.readers import Look, field_of
from bot.model.finding import Seen, Status, Table
from bot.model.values import Json
from bot.registry import EndpointName, Params, probe

_SHOWN = 20


class ErrorRate(Params):
    """Params of error_rate: where the metrics hold requests and errors of each endpoint, and which share is too many.

    Fewer than `at_least` requests in all make no rate.
    """

    endpoint: EndpointName
    at_most: float = 0.01
    list: str = "endpoints"
    errors: str = "errors"
    requests: str = "requests"
    at_least: int = 50


@probe(
    label="Error rate",
    codes={"low": Status.OK, "high": Status.FAIL, "few_requests": Status.OK, "absent": Status.UNKNOWN},
    source="zenamanage, API errors increasing, diagnosis step 2",
)
async def error_rate(look: Look, params: ErrorRate) -> Seen:
    """Reads from the metrics which share of requests fails, in all and by endpoint."""
    answer = await look.fetch(params.endpoint)
    listed = answer.field(params.list)
    expected = f"≤ {params.at_most:.1%}"
    counts: dict[str, tuple[int, int]] = {}
    for name, one in listed.items() if isinstance(listed, Mapping) else ():
        errors, requests = field_of(one, answer.place(params.errors)), field_of(one, answer.place(params.requests))
        if isinstance(errors, int) and isinstance(requests, int):
            counts[str(name)] = (errors, requests)
    if not counts:
        seen = f"no {params.requests} and {params.errors} in the metrics"
        return Seen(code="absent", seen=seen, expected=expected, evidence={"asked": answer.what})
    errors, requests = (sum(pair[at] for pair in counts.values()) for at in (0, 1))
    worst = sorted(counts.items(), key=lambda one: -one[1][0])
    table = Table(
        title="Errors by endpoint",
        columns=("Endpoint", "Errors", "Requests"),
        rows=tuple((name, str(failed), str(made)) for name, (failed, made) in worst[:_SHOWN]),
        cut=len(worst) > _SHOWN,
    )
    evidence: dict[str, Json] = {"asked": answer.what, "errors": errors, "requests": requests}
    if requests < params.at_least:
        seen = f"{errors} of {requests} requests failed, too few for a rate"
        return Seen(code="few_requests", seen=seen, expected=expected, evidence=evidence, tables=(table,))
    rate = errors / requests
    evidence["rate"] = round(rate, 4)
    seen = f"{rate:.1%}: {errors} of {requests} requests failed"
    if rate <= params.at_most:
        return Seen(code="low", seen=seen, expected=expected, evidence=evidence, tables=(table,))
    name, (failed, made) = worst[0]
    says = f"Most fail at {name}: {failed} of {made}."
    return Seen(code="high", seen=seen, expected=expected, says=says, evidence=evidence, tables=(table,))
