"""Lets queues go on that somebody paused: the flag by which they are paused is removed, and nothing else."""

from bot.access.readers import Look
from bot.access.writers import Change
from bot.errors import ActionFailed
from bot.model.policy import Scope
from bot.model.request import Item, Outcome, Preview
from bot.registry import Params, QueueName, action


@action(
    label="Resume queue",
    source="zenamanage, Queue backlog increasing, resolution 1",
    about=(),
    scope=Scope.SYSTEM,
    idempotent=True,
    unit="queue",
)
class ResumeQueue(Params):
    """Removes the pause flags of these queues, those that are paused; their workers go on by themselves."""

    queues: tuple[QueueName, ...]

    async def preview(self, look: Look) -> Preview:
        """Says which are paused, and how many jobs are carried out at once then."""
        states = [await look.queue(name) for name in self.queues]
        paused = [one for one in states if one.paused]
        if not paused:
            return Preview(says="No queue is paused any more.", items=(), at=look.now())
        count = len(paused)
        return Preview(
            says=f"Lets {count} queue{'' if count == 1 else 's'} go on",
            items=tuple(_item(one.name) for one in paused),
            circumstances={
                one.name: {
                    "jobs that wait": f"{one.pending:,}",
                    "workers": "not known" if one.serving is None else str(len(one.serving)),
                }
                for one in paused
            },
            notes=("Somebody paused it on purpose: ask who, and why. The jobs that wait are carried out at once.",),
            at=look.now(),
        )

    async def apply(self, change: Change) -> Outcome:
        """Removes the flags."""
        chosen = [item for item in change.items if item.name in self.queues and item == _item(item.name)]
        if not chosen:
            raise ActionFailed("Nothing was changed: something else was approved.")
        changed = [item for item in chosen if await change.resume(item.name)]
        skipped = tuple(item.name for item in chosen if item not in changed)
        names = ", ".join(item.name for item in changed)
        return Outcome(
            says=f"{names} goes on" if changed else "nothing was paused any more",
            changed=tuple(changed),
            evidence={"not paused any more": list(skipped)},
        )


def _item(name: str) -> Item:
    return Item(name=name, before="paused", after="running")
