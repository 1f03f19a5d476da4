"""How many of its connections a database has given out."""

from bot.access.readers import Look
from bot.errors import SystemFull
from bot.model.finding import Seen, Status
from bot.registry import Params, QueryName, probe


class ConnectionsUsed(Params):
    """Params of connections_used: a query that answers used and maximum, and from which share on there are few left.

    With no more than `spare` left it is full: an administrator and the bot take those.
    """

    query: QueryName
    nearly: float = 0.8
    spare: int = 2


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
    is_nearly = used >= params.nearly * maximum
    code = "full" if used >= maximum - params.spare else "nearly_full" if is_nearly else "ok"
    seen = f"{used} of {maximum} in use"
    evidence = {"used": used, "maximum": maximum, "database_role": rows.role}
    return Seen(code=code, seen=seen, expected=expected, evidence=evidence)
