"""Puts failed or stuck jobs of one tenant into the queue again, so that a worker takes them."""

from bot.access.readers import Look
from bot.access.writers import Change
from bot.errors import ActionFailed, InputError
from bot.model.request import Item, Outcome, Preview
from bot.registry import Params, QueryName, StatementName, action

_MOST = 50  # jobs of one request
_AFTER = "queued again"


@action(
    label="Retry jobs",
    source="aiops-data-sync, Issue 4",
    about=("tenant",),
    needs=("tenant",),
    unit="job",
    takes=("jobs",),
)
class RetryJobs(Params):
    """Puts failed or stuck jobs back into the queue for a worker to take, each only while it stands as it was approved.

    `query` lists what can be retried: the id first, then the status, then what helps to recognise it. `statement`
    queues :job again, only while its status is :before. Without `jobs` it is everything that the query lists.
    """

    jobs: tuple[str, ...] = ()
    query: QueryName = "retryable_jobs"
    statement: StatementName = "retry_job"
    minutes: int = 30  # after which one that waits or runs counts as stuck
    at_most: int = _MOST

    async def preview(self, look: Look) -> Preview:
        """Lists the jobs that are failed or stuck now."""
        rows = await look.rows(self.query, minutes=self.minutes)
        _, _, *more_columns = rows.columns
        jobs = {row[0]: row for row in rows.table("").rows}
        if self.jobs:
            if missing := [job for job in self.jobs if job not in jobs]:
                raise InputError(f"{missing[0][:60]} is not among the failed or stuck jobs of {_tenant(look)}.")
            jobs = {job: jobs[job] for job in self.jobs}
        most = min(self.at_most, _MOST)
        chosen = list(jobs.values())[:most]
        is_more = len(jobs) > most or (rows.capped and not self.jobs)
        return Preview(
            says=f"Queues {_count(len(chosen))} again" if chosen else "No job is failed or stuck, so none is retried.",
            items=tuple(Item(name=job, before=status, after=_AFTER) for job, status, *_ in chosen),
            circumstances={
                job: {name: text[:60] for name, text in zip(more_columns, more, strict=True)}
                for job, _, *more in chosen
            },
            notes=(f"There are more; {most} are retried at once. Ask again afterwards.",) if is_more else (),
            at=look.now(),
        )

    async def apply(self, change: Change) -> Outcome:
        """Queues the approved jobs again, in one transaction; those that moved on meanwhile are left alone."""
        approved = [item for item in change.items if item.after == _AFTER][:_MOST]
        if not approved:
            raise ActionFailed("Nothing was changed: no job was approved.")
        changed = []
        connection = change.look.system.statements[self.statement].connection
        async with change.transaction(connection) as transaction:
            for item in approved:
                if await transaction.run(self.statement, job=item.name, before=item.before):
                    changed.append(item)
        left = len(approved) - len(changed)
        says = f"{_count(len(changed))} queued again" + (f", {left} had moved on meanwhile" if left else "")
        return Outcome(says=says, changed=tuple(changed), evidence={"queued": len(changed), "left_alone": left})


def _count(number: int) -> str:
    return f"{number} job{'' if number == 1 else 's'}"


def _tenant(look: Look) -> str:
    return look.inputs.shown("tenant")
