"""Whether an endpoint is served at all, and if not, who fails."""

from bot.access.readers import HttpAnswer, Look
from bot.errors import SystemUnreachable
from bot.model.finding import Seen, Status
from bot.model.values import write_duration
from bot.registry import EndpointName, Params, probe

_GATEWAY = frozenset({502, 504})
_UNAVAILABLE, _SERVER_ERROR, _NOT_FOUND = 503, 500, 404


class EndpointAnswers(Params):
    """Params of endpoint_answers."""

    endpoint: EndpointName


@probe(
    label="Answers requests",
    codes={
        "answers": Status.OK,
        "nobody": Status.FAIL,
        "no_application": Status.FAIL,
        "maintenance": Status.FAIL,
        "error": Status.FAIL,
    },
    source="zenamanage, System Down, symptoms and action 1, and Users cannot log in, diagnosis step 3",
)
async def endpoint_answers(look: Look, params: EndpointAnswers) -> Seen:
    """Sends one request: nobody listens, the web server stands alone, maintenance, an error of the product, or well."""
    expected = "an answer below 500"
    try:
        answer = await look.fetch(params.endpoint)
    except SystemUnreachable as error:
        return Seen(code="nobody", seen="no answer", expected=expected, evidence={"answer": error.sentence})
    evidence = {
        "asked": answer.what,
        "status": answer.status,
        "milliseconds": round(answer.took.total_seconds() * 1000),
    }
    if answer.status == _NOT_FOUND:
        answer.need_json()
    if answer.status < _SERVER_ERROR:
        seen = f"{answer.status} in {write_duration(answer.took)}"
        return Seen(code="answers", seen=seen, expected=expected, evidence=evidence)
    seen = f"answers {answer.status}"
    if answer.status == _UNAVAILABLE and _is_maintenance(answer):
        says = f"{answer.what} answers {answer.status}, as the product does while it is in maintenance mode."
        return Seen(code="maintenance", seen=seen, expected=expected, says=says, evidence=evidence)
    if answer.status in _GATEWAY or answer.status == _UNAVAILABLE:
        says = f"The web server answers {answer.status}: it reaches no application behind it."
        return Seen(code="no_application", seen=seen, expected=expected, says=says, evidence=evidence)
    says = f"{answer.what} answers {answer.status}."
    return Seen(code="error", seen=seen, expected=expected, says=says, evidence=evidence)


def _is_maintenance(answer: HttpAnswer) -> bool:
    """Whether the application itself says that it is unavailable, and not the web server before it."""
    return answer.header("retry-after") is not None or (isinstance(answer.json, dict) and "message" in answer.json)
