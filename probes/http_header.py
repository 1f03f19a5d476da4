"""Whether an answer of the API came out of its cache, by the header that says so."""

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.model.values import write_duration
from bot.registry import EndpointName, Params, probe


class HttpHeader(Params):
    """Params of http_header: the header, and the words in it that mean hit and miss."""

    endpoint: EndpointName
    header: str
    hit: str = "HIT"
    miss: str = "MISS"


@probe(
    label="API cache header",
    codes={"hit": Status.OK, "miss": Status.OK, "other": Status.WARN, "absent": Status.WARN},
    source="aiops-data-sync, Issue 3, diagnosis step 3",
)
async def http_header(look: Look, params: HttpHeader) -> Seen:
    """Asks an endpoint as its users do, and reads from a header whether the answer came from the cache."""
    answer = await look.fetch(params.endpoint)
    answer.need_json()
    value = answer.header(params.header)
    evidence = {
        "asked": answer.what,
        "status": answer.status,
        "header": answer.place(params.header),
        "value": value,
        "cache_control": answer.headers.get("cache-control"),
        "took": write_duration(answer.took),
    }
    if value is None:
        seen = f"no header {answer.place(params.header)}"
        says = "The API answers without its cache, or does not say whether it used it."
        return Seen(code="absent", seen=seen, says=says, evidence=evidence)
    folded = value.strip().casefold()
    code = "hit" if params.hit.casefold() in folded else "miss" if params.miss.casefold() in folded else "other"
    return Seen(code=code, seen=f"{answer.place(params.header)}: {value[:40]}", evidence=evidence)
