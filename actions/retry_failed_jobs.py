"""Puts failed jobs back into their queues, one by one, as the application itself would, and says whose they are."""

from collections import Counter
from collections.abc import Callable
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
_EVERY, _RECENT = "all", "recent"
_KINDS = 15  # classes and reasons that can be chosen, of each
_SINGLE = 20  # jobs that can be chosen by themselves


@action(
    label="Retry failed jobs",
    source="zenamanage, Queue backlog increasing, resolution 3, and Jobs failing, resolution 2",
    about=(),
    scope=Scope.SYSTEM,
    unit="job",
    asks={"which": "Which jobs"},
)
class RetryFailedJobs(Params):
    """Puts failed jobs back into their queues: recent ones, those of one class or reason, all, or some by their ids.

    `query` lists them in the order in which they go back: uuid, connection, queue, payload, and what helps to
    recognise them. Where it says `recent` (1 for those that the diagnosis counts), these can be chosen, and come first.
    """

    which: str
    query: QueryName = "failed_jobs"

    @classmethod
    async def choices(cls, look: Look) -> dict[str, tuple[tuple[str, str], ...]]:
        """The recent ones, each class and reason with its count, all, and the newest ones by themselves."""
        jobs, is_cut = await failed_jobs(look, cls.model_fields["query"].default)
        recent = [job for job in jobs if job.is_recent]
        options: dict[str, str] = {}
        if recent:
            options[_RECENT] = f"All of the last day, for whatever reason ({len(recent)})"
        for name, some in _grouped(jobs, _name):
            options.setdefault(name, f"{name} ({_numbers(some)})")
        for cause, some in _grouped(jobs, _cause):
            options.setdefault(cause, f"Because of {cause} ({_numbers(some)})")
        if jobs:
            more = " and more" if is_cut else ""
            options[_EVERY] = f"All failed jobs, however old and for whatever reason ({len(jobs)}{more})"
        newest = [*(job for job in jobs if not job.is_recent), *recent][-_SINGLE:]
        options.update((job.id, f"{job.name}: {job.reason}"[:70]) for job in reversed(newest))
        return {"which": tuple(options.items())}

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
        # Those that the diagnosis speaks of first, each kind in the order of the query.
        jobs = sorted(jobs, key=lambda job: not job.is_recent)
        if self.which == _EVERY:
            return jobs
        if self.which == _RECENT:
            return [job for job in jobs if job.is_recent]
        ids = [one.strip() for one in self.which.split(",")]
        if all(map(_is_id, ids)):
            known = {job.id: job for job in jobs}
            if missing := [one for one in ids if one not in known]:
                raise InputError(f"{missing[0]} is not among the failed jobs.")
            return [known[one] for one in dict.fromkeys(ids)]
        for kind in (_name, _cause):
            if chosen := [job for job in jobs if self.which in {kind(job), kind(job).rpartition("\\")[2]}]:
                return chosen
        raise InputError(
            f"No failed job is of the class, or for the reason, {self.which[:60]}; say which=recent, all, a class, "
            "a reason, or ids."
        )


def _name(job: FailedJob) -> str:
    return job.name


def _cause(job: FailedJob) -> str:
    return job.cause


def _grouped(jobs: list[FailedJob], kind: Callable[[FailedJob], str]) -> list[tuple[str, list[FailedJob]]]:
    """The jobs of each kind that has a name: those with the most recent ones first, as the diagnosis counts them."""
    found: dict[str, list[FailedJob]] = {}
    for job in jobs:
        found.setdefault(kind(job), []).append(job)
    found.pop("", None)
    return sorted(found.items(), key=lambda one: (-_count_recent(one[1]), -len(one[1])))[:_KINDS]


def _numbers(jobs: list[FailedJob]) -> str:
    """How many there are; where some are older than what the diagnosis counts, both numbers."""
    recent = _count_recent(jobs)
    return f"{recent} of the last day, {len(jobs)} in all" if 0 < recent < len(jobs) else str(len(jobs))


def _count_recent(jobs: list[FailedJob]) -> int:
    return sum(job.is_recent for job in jobs)


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
