"""Whether a client subscribes to a channel that exists."""

import re

from bot.access.readers import Look
from bot.errors import MissingInput
from bot.model.finding import Seen, Status
from bot.registry import Params, probe

_PLACE = re.compile(r"<[a-z_]+>")


class ChannelFormat(Params):
    """Params of channel_format: what a channel looks like; `<tenant>` is the tenant, other places hold anything.

    `more` may follow it, such as the id of one task.
    """

    pattern: str
    more: str = ":<id>"


@probe(
    label="Channel of the client",
    codes={"right": Status.OK, "other_tenant": Status.FAIL, "wrong_format": Status.FAIL},
    needs=("tenant", "channel"),
    source="zenamanage, WebSocket messages not received, resolutions 1 and 2",
)
async def channel_format(look: Look, params: ChannelFormat) -> Seen:
    """Compares the channel that a client subscribes to with what channels look like, and with the tenant."""
    channel, tenant = look.inputs.binds.get("channel"), look.inputs.binds.get("tenant")
    if not isinstance(channel, str) or not isinstance(tenant, str):
        raise MissingInput(["channel", "tenant"], "channel is needed here; say channel=… as well.")
    expected = params.pattern.replace("<tenant>", tenant)
    evidence = {"channel": channel, "pattern": params.pattern}
    match = re.fullmatch(f"{_regex(params.pattern)}(?:{_regex(params.more)})?", channel)
    if match is None:
        says = f"The client subscribes to {channel}; a channel looks like {params.pattern}{params.more}."
        return Seen(code="wrong_format", seen=channel[:60], expected=expected, says=says, evidence=evidence)
    if "<tenant>" in params.pattern and match["tenant"].casefold() != tenant.casefold():
        says = f"The client subscribes to the channel of {match['tenant']}, and belongs to {tenant}."
        return Seen(code="other_tenant", seen=channel[:60], expected=expected, says=says, evidence=evidence)
    return Seen(code="right", seen=channel[:60], expected=expected, evidence=evidence)


def _regex(pattern: str) -> str:
    """A channel's pattern as a regular expression, with its `<tenant>` as a group."""
    parts, at = "", 0
    for match in _PLACE.finditer(pattern):
        inner = "(?P<tenant>[^:]+)" if match[0] == "<tenant>" else "[^:]+"
        parts, at = parts + re.escape(pattern[at : match.start()]) + inner, match.end()
    return parts + re.escape(pattern[at:])
