"""Whether one client holds most of a database's connections, and does nothing with them."""

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.registry import Params, QueryName, probe


class ConnectionsByClient(Params):
    """Params of connections_by_client: a query that answers client, connections, idle and maximum.

    A client that holds more than `at_most` of the maximum idle leaks connections.
    """

    query: QueryName
    at_most: float = 0.5


@probe(
    label="Connections by client",
    codes={"spread": Status.OK, "leaking": Status.FAIL},
    source="zenamanage, Database connection errors, resolution 3 (connection leaks)",
)
async def connections_by_client(look: Look, params: ConnectionsByClient) -> Seen:
    """Counts the connections of each client, and how many of them do nothing."""
    rows = await look.rows(params.query)
    expected = f"no client with {params.at_most:.0%} of all, idle"
    evidence = {"clients": rows.evidence(), "database_role": rows.role}
    table = rows.table("Connections by client")
    leaking = [row for row in rows.rows if row["idle"] > params.at_most * row["maximum"]]
    first = (leaking or list(rows.rows))[0]
    seen = f"{first['client']} holds {first['connections']}, {first['idle']} of them idle"
    if not leaking:
        return Seen(code="spread", seen=seen, expected=expected, evidence=evidence, tables=(table,))
    says = f"{first['client']} holds {first['idle']} of {first['maximum']} connections without using them."
    return Seen(code="leaking", seen=seen, expected=expected, says=says, evidence=evidence, tables=(table,))
