"""Whether a WebSocket server turns away who has no token."""

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.registry import ConnectionName, Params, probe


class SocketGuarded(Params):
    """Params of socket_guarded: a channel that nobody may subscribe to without a token; places are inputs."""

    connection: ConnectionName = "socket"


@probe(
    label="Handshake without a token",
    codes={"guarded": Status.OK, "open_to_all": Status.FAIL},
    source="zenamanage, WebSocket not connecting, diagnosis step 3",
)
async def socket_guarded(look: Look, params: SocketGuarded) -> Seen:
    """Tries to open a WebSocket without a token, which must be refused."""
    seen = await look.socket(params.connection, with_token=False)
    evidence = {"status": seen.status}
    if not seen.opened:
        return Seen(code="guarded", seen=f"refused with {seen.status}", expected="refused", evidence=evidence)
    says = "Whoever finds the address can open a WebSocket, without any token."
    return Seen(code="open_to_all", seen="opened without a token", expected="refused", says=says, evidence=evidence)
