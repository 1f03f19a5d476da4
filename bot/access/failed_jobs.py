"""What stands in the table of failed jobs: each with its class, its tenant, and how it could get back."""

from dataclasses import dataclass

from bot.access.payloads import UNKNOWN, read_payload
from bot.access.readers import Look
from bot.access.routes import Route, route_of
from bot.errors import SystemRefused
from bot.model.queues import FailedJobs
from bot.redaction import mask_personal

_NEEDED = ("uuid", "connection", "queue", "payload")


@dataclass(frozen=True)
class FailedJob:
    """One failed job; `tenant` is empty when its payload names none, `name` is its class.

    `cause` is what `reason` begins with: the class of the exception. `is_recent` is what the query's `recent` says.
    """

    id: str
    name: str
    tenant: str
    queue: str
    cause: str
    reason: str
    route: Route
    is_recent: bool


async def failed_jobs(look: Look, query: str) -> tuple[list[FailedJob], bool]:
    """The failed jobs that a catalogued query lists, and whether there are more. Raises SystemRefused."""
    rows = await look.rows(query)
    if missing := [name for name in _NEEDED if name not in rows.columns]:
        raise SystemRefused(f"The query {query} must answer {missing[0]}; check it in the system's file.")
    fields = (look.system.failed_jobs or FailedJobs()).tenant_fields
    jobs = []
    for row in rows.rows:
        payload = read_payload(str(row["payload"]), fields)
        tenant = payload.tenant if payload is not None and payload.tenant != UNKNOWN else ""
        route = route_of(look.system, row["connection"], row["queue"], payload)
        name = payload.job if payload is not None else "cannot be read"
        reason = mask_personal(str(row.get("exception") or "").partition("\n")[0][:120])
        cause, is_recent = reason.partition(":")[0], bool(row.get("recent"))
        jobs.append(FailedJob(str(row["uuid"]), name, tenant, str(row["queue"]), cause, reason, route, is_recent))
    return jobs, rows.capped
