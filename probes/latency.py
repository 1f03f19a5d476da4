"""How long an endpoint takes, measured by asking it."""

from datetime import timedelta

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.model.values import Duration, Json, write_duration
from bot.registry import EndpointName, Params, QueryName, probe

_CLIENT_ERROR, _SERVER_ERROR = 400, 500


class Latency(Params):
    """Params of latency: how often it is asked at most, and what 95 of 100 answers may take.

    `sample` is a query whose first row fills places of the endpoint that were not given.
    """

    endpoint: EndpointName
    at_most: Duration
    times: int = 10
    sample: QueryName = ""


@probe(
    label="Time of an answer",
    codes={"fast": Status.OK, "one_slow": Status.WARN, "slow": Status.FAIL, "failing": Status.FAIL},
    source="zenamanage, Dashboard loads slowly and API endpoint slow, symptoms",
)
async def latency(look: Look, params: Latency) -> Seen:
    """Asks an endpoint several times, one after the other, and says how long it takes (p50 and p95)."""
    timings = await look.timed(params.endpoint, params.times, **await look.sample(params.sample))
    last = timings.last
    if last is not None and _CLIENT_ERROR <= last.status < _SERVER_ERROR:
        last.need_json()  # raises in words what such a status means
    expected = f"p95 ≤ {write_duration(params.at_most)}"
    evidence: dict[str, Json] = {
        "asked": last.what if last else params.endpoint,
        "milliseconds": [_milliseconds(took) for took in timings.took],
        "failures": timings.failures,
        "p50_ms": _milliseconds(timings.p50),
        "p95_ms": _milliseconds(timings.p95),
    }
    if timings.failures * 2 >= timings.asked:
        seen = f"{timings.failures} of {timings.asked} requests failed"
        return Seen(code="failing", seen=seen, expected=expected, evidence=evidence)
    seen = f"p95 {write_duration(timings.p95)}, p50 {write_duration(timings.p50)} of {len(timings.took)} requests"
    slow = sum(took > params.at_most for took in timings.took)
    # One answer of many may be late for any reason; of few the slowest counts.
    is_slow = slow > 1 or (slow == 1 and len(timings.took) < params.times)
    code = "slow" if is_slow else "one_slow" if slow else "fast"
    return Seen(code=code, seen=seen, expected=expected, evidence=evidence)


def _milliseconds(took: timedelta) -> int:
    return round(took.total_seconds() * 1000)
