"""Whether queues were paused."""

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.registry import Params, QueueName, probe


class QueuePaused(Params):
    """Params of queue_paused."""

    queues: tuple[QueueName, ...]


@probe(
    label="Paused queues",
    codes={"running": Status.OK, "paused": Status.FAIL, "paused_empty": Status.WARN},
    source="zenamanage, Queue backlog increasing, diagnosis step 1",
)
async def queue_paused(look: Look, params: QueuePaused) -> Seen:
    """Looks for the flag by which a queue is paused; workers are alive then, and take nothing."""
    states = [await look.queue(name) for name in params.queues]
    paused = [one for one in states if one.paused]
    evidence = {"paused": [one.name for one in paused]}
    if not paused:
        return Seen(code="running", seen="none", expected="none", evidence=evidence)
    names, waiting = ", ".join(one.name for one in paused), sum(one.pending for one in paused)
    if not waiting:
        seen = f"{names} paused, and empty"
        return Seen(code="paused_empty", seen=seen, expected="none", evidence=evidence)
    says = f"{names} was paused, and {waiting:,} jobs wait until somebody lets it go on."
    return Seen(code="paused", seen=f"{names}, {waiting:,} jobs wait", expected="none", says=says, evidence=evidence)
