"""How many statements a database carries out for one request, where it counts them."""

from bot.access.readers import Look
from bot.errors import SystemRefused
from bot.model.finding import Seen, Status
from bot.model.values import Json
from bot.registry import EndpointName, Params, QueryName, probe

_TRIES = 3


class StatementsPerRequest(Params):
    """Params of statements_per_request: a query that answers how many statements there were so far, for all clients."""

    endpoint: EndpointName
    counter: QueryName
    at_most: int = 30
    sample: QueryName = ""


@probe(
    label="Statements per request",
    codes={"few": Status.OK, "many": Status.FAIL},
    source="zenamanage, Dashboard loads slowly, resolution 3 (N+1 queries)",
)
async def statements_per_request(look: Look, params: StatementsPerRequest) -> Seen:
    """Counts the statements around one request, thrice; the fewest count, for others ask the database as well."""
    look = look.alone()
    sample = await look.sample(params.sample)
    counted = []
    for _ in range(_TRIES):
        # What reading the counter costs is measured each time, and taken off.
        first, before = await _count(look, params), await _count(look, params)
        answer = await look.fetch(params.endpoint, **sample)
        if answer.status >= 400:
            answer.need_json()
        after = await _count(look, params)
        counted.append(max(0, (after - before) - (before - first)))
    fewest = min(counted)
    evidence: dict[str, Json] = {"asked": answer.what, "counted": counted}
    expected = f"≤ {params.at_most}"
    seen = f"about {fewest} statements"
    if fewest <= params.at_most:
        return Seen(code="few", seen=seen, expected=expected, evidence=evidence)
    says = f"One request of {answer.what} makes the database carry out about {fewest} statements."
    return Seen(code="many", seen=seen, expected=expected, says=says, evidence=evidence)


async def _count(look: Look, params: StatementsPerRequest) -> int:
    number = (await look.rows(params.counter)).number
    if number <= 0:
        raise SystemRefused("The database does not count its statements.")
    return number
