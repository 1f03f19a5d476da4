"""Whether a limit that is kept as an entry keeps a user out."""

from datetime import timedelta

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.model.values import write_duration
from bot.registry import CacheName, Params, probe


class Lockout(Params):
    """Params of lockout: the entry that exists while the user is kept out."""

    cache: CacheName


@probe(
    label="Rate limit",
    codes={"none": Status.OK, "locked_out": Status.FAIL},
    needs=("user",),
    source="zenamanage, Users cannot log in, symptoms",
)
async def lockout(look: Look, params: Lockout) -> Seen:
    """Looks whether too many attempts keep the user out, and for how long."""
    entry = await look.cache(params.cache)
    evidence = {"exists": entry.exists, "ttl_seconds": entry.ttl.total_seconds() if entry.ttl is not None else None}
    if not entry.exists:
        return Seen(code="none", seen="none", expected="none", evidence=evidence)
    left = (
        "for ever"
        if entry.ttl is None
        else f"for {write_duration(timedelta(seconds=round(entry.ttl.total_seconds())))}"
    )
    says = f"Too many attempts: every login of this address is refused {left}, also with the right password."
    return Seen(code="locked_out", seen=f"kept out {left}", expected="none", says=says, evidence=evidence)
