"""Whether a WebSocket server accepts the bot's account."""

from bot.access.readers import Look
from bot.errors import SystemRefused
from bot.model.finding import Seen, Status
from bot.model.values import write_duration
from bot.registry import ConnectionName, Params, probe

_REFUSALS = frozenset({401, 403})


class SocketHandshake(Params):
    """Params of socket_handshake."""

    connection: ConnectionName = "socket"


@probe(
    label="Handshake",
    codes={"opened": Status.OK, "token_refused": Status.FAIL, "no_handshake": Status.FAIL},
    source="zenamanage, WebSocket not connecting, diagnosis steps 1 and 3",
)
async def socket_handshake(look: Look, params: SocketHandshake) -> Seen:
    """Opens a WebSocket with the bot's own token, and closes it again."""
    expected = "opened with a token"
    try:
        seen = await look.socket(params.connection, with_token=True)
    except SystemRefused as error:
        says = "Something answers on the port, and it does not speak WebSocket."
        return Seen(code="no_handshake", seen="no handshake", expected=expected, says=says,
                    evidence={"answer": error.sentence})  # fmt: skip
    evidence = {"status": seen.status, "milliseconds": round(seen.took.total_seconds() * 1000)}
    if seen.opened:
        shown = f"opened in {write_duration(seen.took)}"
        return Seen(code="opened", seen=shown, expected=expected, evidence=evidence)
    if seen.status in _REFUSALS:
        says = f"The server answers {seen.status} to the bot's token, which it should accept."
        return Seen(code="token_refused", seen=f"refused with {seen.status}", expected=expected, says=says,
                    evidence=evidence)  # fmt: skip
    says = f"The server answers {seen.status} instead of opening a WebSocket."
    return Seen(code="no_handshake", seen=f"answers {seen.status}", expected=expected, says=says, evidence=evidence)
