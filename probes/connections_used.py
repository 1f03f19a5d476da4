"""How many of its connections a database has given out."""

from bot.access.readers import Look
from bot.errors import SystemFull
from bot.model.finding import Seen, Status
from bot.registry import Params, QueryName, probe


class ConnectionsUsed(Params):
    """Params of connections_used: a query that answers used and maximum, and from which share on there are few left."""

    query: QueryName
    nearly: float = 0.8
    full: float = 0.97


@probe(
    label="Connections",
    codes={"ok": Status.OK, "nearly_full": Status.WARN, "full": Status.FAIL},
    source="zenamanage, Database connection errors, diagnosis step 2",
)
async def connections_used(look: Look, params: ConnectionsUsed) -> Seen:
    """Counts the connections of a database against how many there may be; one that lets nobody in is full."""
    expected = f"below {params.nearly:.0%}"
    try:
        rows = await look.rows(params.query)
    except SystemFull as error:
        return Seen(
            code="full",
            seen="the database lets nobody in any more",
            expected=expected,
            says="It refused the bot's connection because there are too many.",
            evidence={"answer": error.sentence},
        )
    used, maximum = (int((rows.first or {}).get(name, 0)) for name in ("used", "maximum"))
    share = used / maximum if maximum else 1.0
    code = "full" if share >= params.full else "nearly_full" if share >= params.nearly else "ok"
    seen = f"{used} of {maximum} in use"
    evidence = {"used": used, "maximum": maximum, "database_role": rows.role}
    return Seen(code=code, seen=seen, expected=expected, evidence=evidence)
