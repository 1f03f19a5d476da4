"""Which jobs failed lately, by class and reason."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.model.values import Json
from bot.registry import Params, QueryName, probe


class FailedJobs(Params):
    """Params of failed_jobs: a query that groups them by job, reason, queue and readable, each with its times.

    `readable` is 0 where the payload is no job. More than `share` of one class, or for one reason, is one kind.
    """

    query: QueryName
    at_most: int = 10
    share: float = 0.7


@probe(
    label="Failed jobs",
    codes={
        "none": Status.OK,
        "few": Status.OK,
        "poisoned": Status.FAIL,
        "one_job": Status.FAIL,
        "one_reason": Status.FAIL,
        "many": Status.FAIL,
    },
    source="zenamanage, Jobs failing, diagnosis steps 1 and 3",
)
async def failed_jobs(look: Look, params: FailedJobs) -> Seen:
    """Groups failed jobs by class and exception; payloads that no worker could read are told apart."""
    rows = await look.rows(params.query)
    total = sum(_times(row) for row in rows.rows)
    jobs = _counted(rows.rows, "job")
    reasons = _counted(rows.rows, "reason")
    poisoned = sum(_times(row) for row in rows.rows if not row["readable"])
    expected = f"≤ {params.at_most}"
    evidence: dict[str, Json] = {
        "failed": total, "by_job": dict(jobs), "by_reason": dict(reasons), "unreadable": poisoned,
        "examples": [str(row.get("example")) for row in rows.rows[:5]], "database_role": rows.role,
    }  # fmt: skip
    if not total:
        return Seen(code="none", seen="none", expected=expected, evidence=evidence)
    tables = (rows.table("Failed jobs by kind"),)
    count = f"{total:,} failed{' or more' if rows.capped else ''}"
    if poisoned:
        says = f"{poisoned} of {total} payloads are no jobs, so they can never be carried out."
        return Seen(code="poisoned", seen=f"{count}, {poisoned} unreadable", expected=expected, says=says,
                    evidence=evidence, tables=tables)  # fmt: skip
    if total <= params.at_most:
        return Seen(code="few", seen=count, expected=expected, evidence=evidence, tables=tables)
    (job, of_job), (reason, of_reason) = jobs.most_common(1)[0], reasons.most_common(1)[0]
    says = f"Most often {job} ({of_job} of {total}), because of {reason} ({of_reason})."
    if of_job > params.share * total:
        code, seen = "one_job", f"{count}, {of_job} of them {job}"
    elif of_reason > params.share * total:
        code, seen = "one_reason", f"{count}, {of_reason} of them {reason}"
    else:
        code, seen = "many", f"{count}, of {len(jobs)} classes for {len(reasons)} reasons"
    return Seen(code=code, seen=seen, expected=expected, says=says, evidence=evidence, tables=tables)


def _times(row: Mapping[str, Any]) -> int:
    return int(row["times"])


def _counted(rows: tuple[Mapping[str, Any], ...], name: str) -> Counter[str]:
    counted: Counter[str] = Counter()
    for row in rows:
        counted[str(row[name] or "unknown")] += _times(row)
    return counted
