"""Whether jobs were taken by workers that never ended them."""

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.registry import Params, QueueName, probe


class QueueStuck(Params):
    """Params of queue_stuck: how many such jobs are no cause for alarm."""

    queues: tuple[QueueName, ...]
    at_most: int = 0


@probe(
    label="Stuck jobs",
    codes={"none": Status.OK, "some": Status.FAIL},
    source="zenamanage, Queue backlog increasing, symptoms (jobs not processing)",
)
async def queue_stuck(look: Look, params: QueueStuck) -> Seen:
    """Counts jobs that are reserved for longer than a worker may take for them."""
    states = [await look.queue(name) for name in params.queues]
    stuck = {one.name: one.stuck for one in states if one.stuck}
    count = sum(stuck.values())
    evidence = {"stuck": stuck, "reserved": {one.name: one.reserved for one in states}}
    expected = "none" if not params.at_most else f"≤ {params.at_most}"
    if count <= params.at_most:
        return Seen(code="none", seen=f"{count or 'none'}", expected=expected, evidence=evidence)
    names = ", ".join(stuck)
    says = f"{count:,} job{'' if count == 1 else 's'} of {names} stay reserved, though their worker is long gone."
    return Seen(code="some", seen=f"{count:,} in {names}", expected=expected, says=says, evidence=evidence)
