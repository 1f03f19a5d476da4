"""Faults of jobs: they were tried, and ended in the table of failed jobs."""

from datetime import timedelta

from sandbox.zenamanage.faults.fault import Fault
from sandbox.zenamanage.queues import payload, written
from sandbox.zenamanage.seed import ACME, moment, uuid_of
from sandbox.zenamanage.sessions import Row
from sandbox.zenamanage.world import World

_HINT = "/diagnose jobs-failing"
_TIMEOUT = ("GuzzleHttp\\Exception\\ConnectException", "cURL error 28: Connection timed out")
_GONE = ("Illuminate\\Database\\Eloquent\\ModelNotFoundException", "No query results for model [App\\Models\\Task]")
_MEMORY = ("Symfony\\Component\\ErrorHandler\\Error\\FatalError", "Allowed memory size exhausted")
_TYPE = ("TypeError", "App\\Jobs\\ExportBoard::handle(): Argument #1 must be of type int")


def _failed(
    name: str, title: str, kinds: dict[str, tuple[str, str]], *, times: int = 12, still: bool = False,
    is_poisoned: bool = False,
) -> Fault:  # fmt: skip
    """So many jobs of each class failed today; with `still` they would fail again."""
    ids = {job: [uuid_of(name, job, number) for number in range(times)] for job in kinds}
    every = [uuid for some in ids.values() for uuid in some]
    places = ", ".join(["%s"] * len(every))

    def rows(world: World) -> list[Row]:
        return [
            {
                "uuid": uuid, "connection": "redis", "queue": "default",
                "payload": text[: len(text) // 2] if is_poisoned else text,
                "exception": f"{exception}: {message} in /var/www/app/Jobs/{job}.php:31\nStack trace:\n#0 {{main}}",
                "failed_at": moment(at),
            }
            for job, (exception, message) in kinds.items()
            for number, uuid in enumerate(ids[job])
            for at in [world.clock() - timedelta(minutes=10 + number)]
            for text in [written(payload(job, {"tenant_id": ACME.id, "number": number}, uuid=uuid, at=at, attempts=3))]
        ]  # fmt: skip

    async def break_(world: World) -> None:
        await heal(world)
        await world.insert("failed_jobs", rows(world))
        if still:
            world.product.workforce.failing.update(kinds)

    async def heal(world: World) -> None:
        await world.change(f"DELETE FROM failed_jobs WHERE uuid IN ({places})", *every)
        if still:
            for job in kinds:
                world.product.workforce.failing.pop(job, None)

    async def is_there(world: World) -> bool:
        return bool(await world.ask(f"SELECT count(*) FROM failed_jobs WHERE uuid IN ({places})", *every))

    return Fault(name, title, _HINT, break_, heal, is_there)


JOB_FAULTS = (
    _failed("poisoned-payload", "Jobs failed whose contents nobody can read", {"SyncBoard": _TIMEOUT}, times=3,
            is_poisoned=True),
    _failed("one-job-fails", "Invoices were not sent while the mail server was away", {"SendInvoice": _TIMEOUT}),
    _failed("one-job-fails-again", "Invoices are not sent: the job itself has an error", {"ExportBoard": _TYPE},
            still=True),
    _failed("one-reason", "All sorts of jobs failed for the same reason",
            dict.fromkeys(("SendInvoice", "SyncBoard", "ImportCalendar", "NotifyMembers"), _TIMEOUT), times=4),
    _failed("many-reasons", "All sorts of jobs failed, each for its own reason",
            {"SendInvoice": _TIMEOUT, "CloseTask": _GONE, "BuildReport": _MEMORY, "ExportBoard": _TYPE}, times=4),
)  # fmt: skip
