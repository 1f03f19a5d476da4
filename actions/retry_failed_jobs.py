"""Puts failed jobs back into their queues, one by one, as the application itself would, and says whose they are."""

from collections import Counter
from uuid import UUID

from bot.access.failed_jobs import FailedJob, failed_jobs
from bot.access.readers import Look
from bot.access.writers import Change
from bot.errors import ActionFailed, InputError, SystemUnreachable
from bot.model.policy import Scope
from bot.model.request import Item, Outcome, Preview
from bot.model.values import Json
from bot.registry import Params, QueryName, action

_BEFORE, _AFTER = "failed", "queued again"
_MOST = 50  # jobs of one request
_EVERY = "all"


@action(
    label="Retry failed jobs",
    source="zenamanage, Queue backlog increasing, resolution 3, and Jobs failing, resolution 2",
    about=(),
    scope=Scope.SYSTEM,
    unit="job",
    asks={"which": "Which jobs"},
)
class RetryFailedJobs(Params):
    """Puts failed jobs back into their queues: all, those of one class, or some by their ids.

    `query` lists them, the oldest first: uuid, connection, queue, payload, and what helps to recognise them.
    """

    which: str
    query: QueryName = "failed_jobs"

    @classmethod
    async def choices(cls, look: Look) -> dict[str, tuple[tuple[str, str], ...]]:
        """All, each class with its count, and the newest ones by themselves."""
        jobs, _ = await failed_jobs(look, cls.model_fields["query"].default)
        classes = Counter(job.name for job in jobs)
        options = [(_EVERY, f"All ({len(jobs)})")] if jobs else []
        options += [(name, f"{name} ({count})") for name, count in classes.most_common(30)]
        options += [(job.id, f"{job.name}: {job.reason}"[:70]) for job in reversed(jobs[-20:])]
        return {"which": tuple(options)}

    async def preview(self, look: Look) -> Preview:
        """Lists the jobs, how each gets back, and of which tenants they are as far as they tell it."""
        jobs, is_cut = await failed_jobs(look, self.query)
        chosen = self._chosen(jobs)
        back = [job for job in chosen if job.route.way != "none"]
        kept = Counter(job.route.why for job in chosen if job.route.way == "none")
        notes = [f"{count} stay failed: {why}." for why, count in kept.items()]
        if len(back) > _MOST or (is_cut and self.which == _EVERY):
            notes.append(f"There are more; {_MOST} are queued at once. Ask again afterwards.")
        back = back[:_MOST]
        if back:
            tenants = Counter(job.tenant or "no tenant named" for job in back)
            notes.append(f"Of tenants: {', '.join(f'{name} ({count})' for name, count in tenants.most_common(8))}.")
            notes.append("A job that failed half-way does that half again; one that fails again comes back here.")
        return Preview(
            says=f"Queues {_count(len(back))} again" if back else "No failed job can be queued again.",
            items=tuple(Item(name=job.id, before=_BEFORE, after=_AFTER) for job in back),
            circumstances={job.id: _circumstances(job) for job in back},
            notes=tuple(notes),
            at=look.now(),
        )

    async def apply(self, change: Change) -> Outcome:
        """Queues the approved jobs, each in a transaction of its own; what stays failed does not keep the others."""
        approved = [item for item in change.items if (item.before, item.after) == (_BEFORE, _AFTER)][:_MOST]
        queued: list[Item] = []
        stayed: dict[str, Json] = {}
        for item in approved:
            try:
                if await change.retry(item.name) is not None:
                    queued.append(item)
            except ActionFailed as problem:
                stayed[item.name] = problem.sentence
            except SystemUnreachable as problem:
                done = f"{len(queued)} of {_count(len(approved))} queued before. " if queued else ""
                raise SystemUnreachable(f"{done}{problem.sentence}") from problem
        if not queued and stayed:
            raise ActionFailed(str(next(iter(stayed.values()))))
        gone = len(approved) - len(queued) - len(stayed)
        says = f"{_count(len(queued))} queued again"
        says += f", {len(stayed)} stay failed" if stayed else ""
        says += f", {gone} had gone meanwhile" if gone else ""
        return Outcome(says=says, changed=tuple(queued), evidence={"queued": len(queued), "stayed": stayed})

    def _chosen(self, jobs: list[FailedJob]) -> list[FailedJob]:
        if self.which == _EVERY:
            return jobs
        ids = [one.strip() for one in self.which.split(",")]
        if all(map(_is_id, ids)):
            known = {job.id: job for job in jobs}
            if missing := [one for one in ids if one not in known]:
                raise InputError(f"{missing[0]} is not among the failed jobs.")
            return [known[one] for one in dict.fromkeys(ids)]
        chosen = [job for job in jobs if self.which in {job.name, job.name.rpartition("\\")[2]}]
        if not chosen:
            raise InputError(f"No failed job is of the class {self.which[:60]}; say which=all, a class, or ids.")
        return chosen


def _circumstances(job: FailedJob) -> dict[str, str]:
    how = "" if job.route.way == "queue" else f"by the application's own command: {job.route.why}"
    return {
        "class": job.name, "queue": job.queue, "tenant": job.tenant or "not named", "reason": job.reason, "how": how,
    }  # fmt: skip


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return text.isdigit()
    return True


def _count(number: int) -> str:
    return f"{number} job{'' if number == 1 else 's'}"
