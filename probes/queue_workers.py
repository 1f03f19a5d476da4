"""Whether workers are alive, and serve every queue in which jobs wait."""

from bot.access.readers import Look
from bot.model.finding import Seen, Status, Table
from bot.registry import Params, QueueName, probe


class QueueWorkers(Params):
    """Params of queue_workers."""

    queues: tuple[QueueName, ...]


@probe(
    label="Workers",
    codes={"served": Status.OK, "none": Status.FAIL, "unserved": Status.FAIL, "not_announced": Status.UNKNOWN},
    source="zenamanage, Queue backlog increasing, diagnosis step 3",
)
async def queue_workers(look: Look, params: QueueWorkers) -> Seen:
    """Looks which workers have announced themselves lately, and for which queues; none is started."""
    states = [await look.queue(name) for name in params.queues]
    expected = "a worker for each queue with jobs"
    if any(one.workers is None for one in states):
        seen = "workers do not announce themselves here"
        return Seen(code="not_announced", seen=seen, expected=expected)
    workers = {worker.name: worker for one in states for worker in one.workers or ()}
    table = Table(
        title="Workers",
        columns=("Worker", "Queues", "Seen"),
        rows=tuple(
            (name, ", ".join(worker.queues), f"{worker.seen:%H:%M:%S} UTC" if worker.seen else "–")
            for name, worker in sorted(workers.items())
        ),
    )
    evidence = {
        "workers": {name: list(worker.queues) for name, worker in workers.items()},
        "pending": {one.name: one.pending for one in states},
    }
    if not workers:
        waiting = sum(one.pending for one in states)
        says = f"No worker has announced itself; {waiting:,} jobs wait."
        return Seen(code="none", seen="no worker is alive", expected=expected, says=says, evidence=evidence)
    unserved = [one for one in states if one.pending and not one.serving]
    count = f"{len(workers)} worker{'' if len(workers) == 1 else 's'}"
    if unserved:
        names = ", ".join(one.name for one in unserved)
        says = f"No worker takes jobs from {names}, where {sum(one.pending for one in unserved):,} jobs wait."
        return Seen(code="unserved", seen=f"{count}, none for {names}", expected=expected, says=says,
                    evidence=evidence, tables=(table,))  # fmt: skip
    return Seen(code="served", seen=f"{count} alive", expected=expected, evidence=evidence, tables=(table,))
