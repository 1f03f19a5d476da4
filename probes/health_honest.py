"""Whether what a health endpoint claims is what is seen directly."""

from bot.access.readers import ABSENT, Look, field_of
from bot.errors import NotThere, SystemFull, SystemRefused, SystemUnreachable
from bot.model.finding import Seen, Status
from bot.model.system import System
from bot.model.values import Json
from bot.registry import ConnectionName, EndpointName, Params, QueryName, probe

_REFUSALS = frozenset({401, 403})  # of a server that is up and does not know the bot


class HealthHonest(Params):
    """Params of health_honest: the field of the claim, the words that mean well, and what is looked at directly.

    With `query` the database is asked; else a cache is asked about itself, a WebSocket
    is opened, and anything else is knocked at.
    """

    endpoint: EndpointName
    field: str
    healthy: tuple[str, ...] = ("ok", "up", "healthy", "connected")
    connection: ConnectionName
    query: QueryName = ""


@probe(
    label="Health endpoint",
    codes={
        "agrees_up": Status.OK,
        "agrees_down": Status.WARN,
        "claims_up": Status.FAIL,
        "claims_down": Status.WARN,
        "absent": Status.UNKNOWN,
    },
    source="zenamanage, Database connection errors, diagnosis step 3, WebSocket not connecting, step 2, System Down, 1",
)
async def health_honest(look: Look, params: HealthHonest) -> Seen:
    """Reads what the product claims about a part of it, and looks at that part directly; the look counts."""
    is_up, saw = await _direct(look, params)
    answer = await look.fetch(params.endpoint)
    if answer.json is None or answer.status in {404, 405}:
        answer.need_json()
        raise NotThere(f"{answer.what} answers no JSON.")
    claim = field_of(answer.json, answer.place(params.field))
    evidence: dict[str, Json] = {"asked": answer.what, "status": answer.status, "claim": str(claim), "seen": saw}
    expected = "what is seen directly"
    if claim is ABSENT:
        seen = f"no {params.field} in the answer; directly: {saw}"
        return Seen(code="absent", seen=seen, expected=expected, evidence=evidence)
    claims_up = str(claim).casefold() in params.healthy
    seen = f"claims {str(claim)[:20]}; directly: {saw}"
    if is_up is None or claims_up == is_up:
        return Seen(code="agrees_up" if claims_up else "agrees_down", seen=seen, expected=expected, evidence=evidence)
    says = f"{answer.what} claims “{str(claim)[:40]}”, and a direct look says: {saw}."
    code = "claims_up" if claims_up else "claims_down"
    return Seen(code=code, seen=seen, expected=expected, says=says, evidence=evidence)


async def _direct(look: Look, params: HealthHonest) -> tuple[bool | None, str]:
    """Whether it is up; None where either can be said of it, as of a cache that answers and refuses writes."""
    kind = _kind(look.system, params.connection)
    try:
        if params.query:
            await look.rows(params.query)
        elif kind == "redis":
            if refuses := (await look.server(params.connection)).refuses:
                return None, f"answers, and refuses writes ({refuses})"
        elif kind == "websocket":
            return await _handshake(look, params.connection)
        else:
            await look.connects(params.connection)
    except SystemUnreachable:
        return False, "does not answer"
    except SystemFull:
        return False, "lets nobody in any more"
    return True, "answers"


async def _handshake(look: Look, connection: str) -> tuple[bool, str]:
    try:
        seen = await look.socket(connection, with_token=True)
    except SystemFull:
        raise
    except SystemRefused:
        return False, "opens no WebSocket"
    return seen.opened or seen.status in _REFUSALS, "opens" if seen.opened else f"answers {seen.status}"


def _kind(system: System, connection: str) -> str:
    return system.connections[connection].kind if connection in system.connections else ""
