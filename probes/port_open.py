"""Whether something accepts connections at all."""

from bot.access.readers import Look
from bot.errors import SystemUnreachable
from bot.model.finding import Seen, Status
from bot.model.values import write_duration
from bot.registry import ConnectionName, Params, probe


class PortOpen(Params):
    """Params of port_open: a connection of any kind, at whose port is knocked."""

    connection: ConnectionName


@probe(
    label="Port",
    codes={"open": Status.OK, "closed": Status.FAIL},
    source="zenamanage, Database connection errors, step 1, WebSocket not connecting, resolution 2, System Down",
)
async def port_open(look: Look, params: PortOpen) -> Seen:
    """Knocks at the port of a connection, without logging in."""
    try:
        took = await look.connects(params.connection)
    except SystemUnreachable as error:
        says = error.sentence.partition(". ")[0].removesuffix(".") + "."
        return Seen(code="closed", seen="nobody answers", expected="open", says=says, evidence={"answer": says})
    evidence = {"milliseconds": round(took.total_seconds() * 1000, 1)}
    return Seen(code="open", seen=f"open, {write_duration(took)}", expected="open", evidence=evidence)
