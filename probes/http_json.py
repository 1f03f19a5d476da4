"""Whether a field of an endpoint's answer says what it should."""

from bot.access.readers import ABSENT, Look, field_of
from bot.model.finding import Seen, Status
from bot.model.values import Scalar, write_duration
from bot.registry import EndpointName, Params, probe


class HttpJson(Params):
    """Params of http_json: the field's dotted path, and the value that it should have."""

    endpoint: EndpointName
    field: str
    equals: Scalar
    is_error_an_answer: bool = False  # health endpoints say what is wrong with a status such as 503


@probe(
    label="API answer",
    codes={"as_expected": Status.OK, "otherwise": Status.FAIL, "absent": Status.UNKNOWN},
    source="aiops-data-sync, Diagnostic Commands",
)
async def http_json(look: Look, params: HttpJson) -> Seen:
    """Compares a field of an endpoint's JSON with what it should be."""
    answer = await look.fetch(params.endpoint)
    is_read_anyway = params.is_error_an_answer and answer.status >= 500 and answer.json is not None
    value = field_of(answer.json if is_read_anyway else answer.need_json(), params.field)
    evidence = {"asked": answer.what, "status": answer.status, "took": write_duration(answer.took)}
    expected = f"{params.field}: {params.equals}"
    if value is ABSENT:
        return Seen(code="absent", seen=f"no field {params.field}", expected=expected, evidence=evidence)
    evidence["value"] = value
    is_equal = value == params.equals and isinstance(value, bool) == isinstance(params.equals, bool)
    code = "as_expected" if is_equal else "otherwise"
    return Seen(code=code, seen=f"{params.field}: {str(value)[:40]}", expected=expected, evidence=evidence)
