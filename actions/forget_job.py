"""Removes one failed job for good, such as one whose payload nobody can carry out any more."""

from bot.access.failed_jobs import failed_jobs
from bot.access.readers import Look
from bot.access.writers import Change
from bot.errors import ActionFailed, InputError
from bot.model.policy import Scope
from bot.model.request import Item, Outcome, Preview
from bot.registry import Params, QueryName, action

_BEFORE, _AFTER = "failed", "forgotten"


@action(
    label="Forget a failed job",
    source="zenamanage, Jobs failing, diagnosis step 3 (invalid payloads)",
    about=("job",),
    scope=Scope.SYSTEM,
    idempotent=True,
    unit="job",
    danger=True,
    asks={"job": "Which job"},
    is_fix=False,
)
class ForgetJob(Params):
    """Removes one failed job for good; what it was to do is never done."""

    job: str
    query: QueryName = "failed_jobs"

    @classmethod
    async def choices(cls, look: Look) -> dict[str, tuple[tuple[str, str], ...]]:
        """Those that cannot be retried first, then the others, the oldest first."""
        jobs, _ = await failed_jobs(look, cls.model_fields["query"].default)
        ordered = sorted(jobs, key=lambda job: job.route.way != "none")
        return {"job": tuple((job.id, f"{job.name}: {job.reason}"[:70]) for job in ordered[:50])}

    async def preview(self, look: Look) -> Preview:
        """Shows what the job was."""
        jobs, _ = await failed_jobs(look, self.query)
        job = next((one for one in jobs if one.id == self.job), None)
        if job is None:
            raise InputError(f"{self.job[:60]} is not among the failed jobs.")
        return Preview(
            says="Forgets 1 failed job for good",
            items=(Item(name=job.id, before=_BEFORE, after=_AFTER),),
            circumstances={
                job.id: {
                    "class": job.name, "queue": job.queue, "tenant": job.tenant or "not named", "reason": job.reason,
                }
            },
            notes=("This cannot be undone: its payload is gone with it.",),
            at=look.now(),
        )  # fmt: skip

    async def apply(self, change: Change) -> Outcome:
        """Removes the approved job."""
        approved = Item(name=self.job, before=_BEFORE, after=_AFTER)
        if approved not in change.items:
            raise ActionFailed("Nothing was changed: another job was approved.")
        if not await change.forget(self.job):
            return Outcome(says="it was gone already")
        return Outcome(says="1 failed job forgotten", changed=(approved,))
