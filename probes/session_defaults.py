"""Whether sessions of the database begin with a tenant that nobody has set in them."""

import asyncio

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.registry import Params, QueryName, probe

_NOTE = "This is about sessions that begin; it proves nothing about those that the application holds open."


class SessionDefaults(Params):
    """Params of session_defaults: a query that lists what is kept for roles and databases; one that reads a session."""

    kept: QueryName
    reads: QueryName


@probe(
    label="Persistent session defaults",
    codes={"none": Status.OK, "some": Status.FAIL},
    source="aiops-data-sync, Diagnostic Commands, and Issue 1, solution C",
)
async def session_defaults(look: Look, params: SessionDefaults) -> Seen:
    """Lists tenants that are set for whole roles or databases, and says what a new session stands in."""
    kept, fresh = await asyncio.gather(look.rows(params.kept), look.rows(params.reads))
    begins = fresh.column()[0] if fresh.rows else None
    evidence = {
        "kept": kept.evidence(),
        "a_new_session": begins,
        "note": _NOTE,
        "database_role": kept.role,
        "new_session_as": fresh.role,
    }
    if not kept.rows:
        seen = f"none; new sessions begin {f'in {begins}' if begins else 'empty'}, the app's own are not seen"
        return Seen(code="none", seen=seen, expected="none", evidence=evidence)
    first = ", ".join(str(value) for value in kept.rows[0].values())
    return Seen(
        code="some",
        seen=f"{len(kept)} set: {first}"[:80],
        expected="none",
        says=f"Sessions begin with a tenant that nobody has set in them ({first}). {_NOTE}",
        evidence=evidence,
        tables=(kept.table("Persistent session defaults"),),
    )
