"""Tells the queue workers to end after their job, so that what supervises them starts them afresh."""

from bot.access.readers import Look
from bot.access.writers import Change
from bot.errors import ActionFailed, BackstopError
from bot.model.policy import Scope
from bot.model.request import Item, Outcome, Preview
from bot.registry import CommandName, Params, action

_ITEM = Item(name="queue workers", before="as they are", after="a restart is announced")


@action(
    label="Restart workers",
    source="zenamanage, Queue backlog increasing, resolution 1",
    about=(),
    scope=Scope.SYSTEM,
    idempotent=True,
    unit="signal",
)
class RestartWorkers(Params):
    """Tells all queue workers to end after the job they are at; whoever supervises them starts them again."""

    command: CommandName = "queue_restart"

    async def preview(self, look: Look) -> Preview:
        """Says how many hear it: a signal to nobody starts nobody."""
        command = look.command(self.command)
        alive = await look.workers()
        notes = ["Workers end after their job and are started again only where something supervises them."]
        if alive is None:
            notes.append("Workers do not announce themselves here, so it cannot be told how many hear it.")
        elif not alive:
            notes.append("No worker is alive now, so nobody hears it: what supervises them has to start them.")
        return Preview(
            says="Announces a restart to the queue workers",
            items=(_ITEM,),
            circumstances={
                _ITEM.name: {
                    "runs": " ".join(command.run),
                    "alive now": "not known" if alive is None else ", ".join(sorted(alive)) or "none",
                }
            },
            notes=tuple(notes),
            at=look.now(),
        )

    async def apply(self, change: Change) -> Outcome:
        """Sends the signal."""
        if _ITEM not in change.items:
            raise ActionFailed("Nothing was changed: something else was approved.")
        heard = await _heard(change.look)
        result = await change.run(self.command)
        return Outcome(says=f"the restart was announced; {heard}", changed=(_ITEM,), evidence={"said": result.output})


async def _heard(look: Look) -> str:
    """How many workers are there to hear it, in words; a look that fails keeps nobody from being told."""
    try:
        alive = await look.workers()
    except BackstopError:
        alive = None
    if alive is None:
        return "how many workers heard it is not known"
    if not alive:
        return "no worker was alive to hear it"
    return f"{len(alive)} worker{'' if len(alive) == 1 else 's'} could hear it"
