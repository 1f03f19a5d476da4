"""How long an endpoint takes, measured by asking it."""

import math
from datetime import timedelta

from pydantic import Field

from bot.access.readers import Look
from bot.access.timings import TIMES
from bot.model.finding import Seen, Status
from bot.model.values import Duration, Json, write_duration
from bot.registry import EndpointName, Params, QueryName, probe

_CLIENT_ERROR, _SERVER_ERROR = 400, 500
_LATE = 0.05  # of the answers of a system that keeps its p95
_CHANCE = 0.02  # that such a system is accused nevertheless


class Latency(Params):
    """Params of latency: how often it is asked at most, and what 95 of 100 answers may take.

    `sample` is a query whose first row fills places of the endpoint that were not given.
    """

    endpoint: EndpointName
    at_most: Duration
    times: int = Field(default=10, ge=2, le=TIMES)
    sample: QueryName = ""


@probe(
    label="Time of an answer",
    codes={"fast": Status.OK, "some_slow": Status.WARN, "slow": Status.FAIL, "failing": Status.FAIL},
    source="zenamanage, Dashboard loads slowly and API endpoint slow, symptoms",
)
async def latency(look: Look, params: Latency) -> Seen:
    """Asks an endpoint several times, one after the other, and says how long it takes (p50 and p95)."""
    timings = await look.timed(params.endpoint, params.times, **await look.sample(params.sample))
    last = timings.last
    if last is not None and _CLIENT_ERROR <= last.status < _SERVER_ERROR:
        last.need_json()  # raises in words what such a status means
    accused_at = too_many(timings.asked)
    expected = f"p95 ≤ {write_duration(params.at_most)}; of {timings.asked}, {accused_at - 1} may be later"
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
    late = timings.later_than(params.at_most)
    times = f"p95 {write_duration(timings.p95)}, p50 {write_duration(timings.p50)}"
    how = "failed or slower" if timings.failures else "slower"
    seen = f"{late or 'none'} of {timings.asked} {how} than {write_duration(params.at_most)}; {times}"
    code = "fast" if not late else "slow" if late >= accused_at else "some_slow"
    return Seen(code=code, seen=seen, expected=expected, evidence=evidence)


def too_many(asked: int) -> int:
    """How many of so many answers are late in 2 of 100 looks at most while p95 is kept: 3 of 10; no fewer accuse."""
    chance = 1.0  # that this many or more are late
    for late in range(asked + 1):
        if chance <= _CHANCE:
            return late
        chance -= math.comb(asked, late) * _LATE**late * (1 - _LATE) ** (asked - late)
    return asked + 1


def _milliseconds(took: timedelta) -> int:
    return round(took.total_seconds() * 1000)
