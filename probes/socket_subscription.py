"""Whether the tenant's channel can be subscribed to, and if not, why."""

from collections.abc import Mapping

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.model.values import Json
from bot.registry import ConnectionName, Params, probe


class SocketSubscription(Params):
    """Params of socket_subscription: the channel, with inputs as places, and words by which refusals are told apart.

    `words` has words of the reason for each of the codes other_tenant, no_permission and wrong_format.
    """

    connection: ConnectionName = "socket"
    channel: str
    words: Mapping[str, tuple[str, ...]] = {}


@probe(
    label="Subscription",
    codes={
        "subscribed": Status.OK,
        "other_tenant": Status.FAIL,
        "no_permission": Status.FAIL,
        "wrong_format": Status.FAIL,
        "turned_down": Status.FAIL,
        "no_answer": Status.FAIL,
        "not_opened": Status.UNKNOWN,
    },
    needs=("tenant",),
    source="zenamanage, WebSocket messages not received, diagnosis steps 1 to 3",
)
async def socket_subscription(look: Look, params: SocketSubscription) -> Seen:
    """Subscribes with the bot's own account to the tenant's channel, and says what the server answers."""
    seen = await look.socket(params.connection, channel=params.channel)
    expected = "subscribed"
    evidence: dict[str, Json] = {
        "channel": params.channel, "status": seen.status, "reason": seen.reason, "answer": seen.answer,
    }  # fmt: skip
    if not seen.opened:
        shown = f"no handshake, the server answers {seen.status}"
        return Seen(code="not_opened", seen=shown, expected=expected, evidence=evidence)
    if seen.subscribed:
        return Seen(code="subscribed", seen="subscribed", expected=expected, evidence=evidence)
    if seen.subscribed is None:
        says = f"The server opens the connection and never answers to the subscription of {params.channel}."
        return Seen(code="no_answer", seen="no answer", expected=expected, says=says, evidence=evidence)
    reason = seen.reason.casefold()
    code = next((code for code, words in params.words.items() if any(word in reason for word in words)), "turned_down")
    says = f"The server refuses {params.channel}: {seen.reason}."
    return Seen(code=code, seen=f"refused: {seen.reason}"[:60], expected=expected, says=says, evidence=evidence)
