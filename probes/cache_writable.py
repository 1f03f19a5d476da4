"""Whether a cache would take a write, seen without writing."""

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.model.values import Json
from bot.registry import ConnectionName, Params, probe

_CODES = {
    "read-only replica": "read_only",
    "out of memory": "out_of_memory",
    "the last snapshot failed": "snapshot_failed",
}


class CacheWritable(Params):
    """Params of cache_writable."""

    connection: ConnectionName = "cache"


@probe(
    label="Takes writes",
    codes={"yes": Status.OK, "read_only": Status.FAIL, "out_of_memory": Status.FAIL, "snapshot_failed": Status.FAIL},
    source="zenamanage, Cache not working, diagnosis steps 1 and 3",
)
async def cache_writable(look: Look, params: CacheWritable) -> Seen:
    """Says whether a cache would refuse writes, which it may do while it answers a ping; nothing is written."""
    facts = await look.server(params.connection)
    refused = {name: count for name, count in facts.refused.items() if count}
    evidence: dict[str, Json] = {
        "role": facts.role, "memory_bytes": facts.memory, "limit_bytes": facts.limit, "policy": facts.policy,
        "refused_since_start": refused,
    }  # fmt: skip
    if not facts.refuses:
        before = f"; refused since its start: {sum(refused.values())}" if refused else ""
        return Seen(code="yes", seen=f"{facts.role}, takes writes{before}", expected="takes writes", evidence=evidence)
    return Seen(
        code=_CODES[facts.refuses],
        seen=f"refuses writes: {facts.refuses}",
        expected="takes writes",
        says=f"It answers, and refuses every write ({facts.refuses}).",
        evidence=evidence,
    )
