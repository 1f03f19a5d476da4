"""Whether one tenant fills the queues."""

from collections import Counter

from bot.access.readers import Look
from bot.errors import BackstopError
from bot.model.finding import Seen, Status, Table
from bot.registry import Params, QueueName, probe

_SHOWN = 20
_UNKNOWN = "unknown"


class QueueTenants(Params):
    """Params of queue_tenants: from how many waiting jobs it matters, and which share of them is one tenant's flood."""

    queues: tuple[QueueName, ...]
    jobs: int = 100
    share: float = 0.8


@probe(
    label="Backlog by tenant",
    codes={"spread": Status.OK, "one_tenant": Status.WARN, "few": Status.OK, "not_told": Status.OK},
    source="zenamanage, Queue backlog increasing, diagnosis step 1",
)
async def queue_tenants(look: Look, params: QueueTenants) -> Seen:
    """Counts by tenant the oldest jobs that wait; payloads that name none cannot be told apart."""
    states = [await look.queue(name) for name in params.queues]
    tenants: Counter[str] = Counter()
    jobs: Counter[str] = Counter()
    for one in states:
        tenants.update(one.by_tenant)
        jobs.update(one.by_job)
    sampled = sum(one.sampled for one in states)
    evidence = {"by_tenant": dict(tenants), "by_job": dict(jobs), "sampled": sampled}
    expected = f"no tenant above {params.share:.0%}"
    rows = [(name, str(count), "tenant") for name, count in tenants.most_common(_SHOWN)]
    rows += [(name, str(count), "job") for name, count in jobs.most_common(_SHOWN)]
    tables = (Table(title="Waiting jobs", columns=("Whose or what", "Jobs", "By"), rows=tuple(rows)),) if rows else ()
    if sampled < params.jobs:
        return Seen(code="few", seen=f"{sampled} jobs wait", expected=expected, evidence=evidence, tables=tables)
    named = [(name, count) for name, count in tenants.most_common() if name != _UNKNOWN]
    if not named:
        seen = f"none of {sampled} payloads names a tenant"
        return Seen(code="not_told", seen=seen, expected=expected, evidence=evidence, tables=tables)
    (tenant, count), *_ = named
    name = await _shown(look, tenant)
    seen = f"{count} of the oldest {sampled} are of {name}"
    if count <= params.share * sampled:
        return Seen(code="spread", seen=seen, expected=expected, evidence=evidence, tables=tables)
    what = f", most of them {jobs.most_common(1)[0][0]}" if jobs else ""
    says = f"{count} of the oldest {sampled} jobs are of {name}{what}."
    return Seen(code="one_tenant", seen=seen, expected=expected, says=says, evidence=evidence, tables=tables)


async def _shown(look: Look, tenant: str) -> str:
    """The tenant as people read it; its id where it cannot be looked up."""
    lookup = look.system.tenants
    if lookup is None:
        return tenant
    try:
        first = (await look.rows(lookup.find, text=tenant)).first
    except BackstopError:
        return tenant
    return str(first[lookup.shown]) if first else tenant
