"""How many jobs wait in the queues, and whether they become more."""

from datetime import timedelta

from bot.access.readers import Look, QueueState
from bot.model.finding import Seen, Status, Table
from bot.model.values import Duration, Json, write_duration
from bot.registry import Params, QueueName, probe


class QueueSize(Params):
    """Params of queue_size: the queues, how many jobs may wait in all of them, and how long growth is measured."""

    queues: tuple[QueueName, ...]
    at_most: int = 1000
    window: Duration = timedelta(seconds=3)


@probe(
    label="Backlog",
    codes={
        "ok": Status.OK,
        "shrinking": Status.WARN,
        "standing": Status.FAIL,
        "growing": Status.FAIL,
    },
    source="zenamanage, Queue backlog increasing, symptoms and diagnosis step 1",
)
async def queue_size(look: Look, params: QueueSize) -> Seen:
    """Counts the jobs that wait, twice; jobs that wait for a later time are no backlog. No job is taken."""
    before = [await look.queue(name) for name in params.queues]
    total = sum(one.pending for one in before)
    now = before
    if total > params.at_most:
        await look.sleep(params.window)
        now = [await look.queue(name) for name in params.queues]
    growth = sum(one.pending for one in now) - total
    total += growth
    evidence: dict[str, Json] = {
        "queues": {
            one.name: {
                "pending": one.pending, "delayed": one.delayed, "reserved": one.reserved,
                "oldest_seconds": one.oldest.total_seconds() if one.oldest is not None else None,
            }
            for one in now
        },
        "growth": growth, "window_seconds": params.window.total_seconds(),
    }  # fmt: skip
    expected = f"≤ {params.at_most:,} jobs"
    table = Table(
        title="Queues",
        columns=("Queue", "Waiting", "For later", "Worked on", "Oldest"),
        rows=tuple((one.name, f"{one.pending:,}", f"{one.delayed:,}", f"{one.reserved:,}", _age(one)) for one in now),
    )
    ages = [one.oldest for one in now if one.oldest is not None]
    oldest = f", the oldest for {write_duration(max(ages))}" if ages and total else ""
    seen = f"{total:,} waiting{oldest}"
    if total <= params.at_most:
        return Seen(code="ok", seen=seen, expected=expected, evidence=evidence, tables=(table,))
    code = "growing" if growth > 0 else "shrinking" if growth < 0 else "standing"
    window = write_duration(params.window)
    says = f"{total:,} jobs wait, {growth:+,} within {window}."
    return Seen(code=code, seen=f"{seen}, {growth:+,} in {window}", expected=expected, says=says, evidence=evidence,
                tables=(table,))  # fmt: skip


def _age(queue: QueueState) -> str:
    return write_duration(queue.oldest) if queue.oldest is not None else "–"
