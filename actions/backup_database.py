"""Takes a backup of the database with the system's own command."""

from datetime import timedelta

from bot.access.readers import Look
from bot.access.writers import Change
from bot.errors import ActionFailed
from bot.model.policy import Scope
from bot.model.request import Item, Outcome, Preview
from bot.registry import CommandName, Params, action

_ITEM = Item(name="backup", before="not taken", after="taken")


@action(
    label="Back up database",
    source="zenamanage, Data Corruption, immediate action 2",
    about=(),
    scope=Scope.SYSTEM,
    unit="backup",
    is_fix=False,
    limit=timedelta(minutes=10),
)
class BackupDatabase(Params):
    """Writes a backup of the whole database where the system keeps its backups."""

    command: CommandName = "backup_database"

    async def preview(self, look: Look) -> Preview:
        """Says how it is taken."""
        command = look.command(self.command)
        return Preview(
            says="Takes 1 backup of the database",
            items=(_ITEM,),
            circumstances={_ITEM.name: {"runs": " ".join(command.run), "says": command.says.rstrip(".")}},
            notes=("It stays where the system keeps its backups; Backstop does not read it.",),
            at=look.now(),
        )

    async def apply(self, change: Change) -> Outcome:
        """Takes it; whether it was is read from what the command says."""
        if _ITEM not in change.items:
            raise ActionFailed("Nothing was done: something else was approved.")
        result = await change.run(self.command)
        last = result.output.splitlines()[-1][:200] if result.output else ""
        says = f"backup taken: {last}" if last else "backup taken"
        return Outcome(says=says, changed=(_ITEM,), evidence={"seconds": round(result.took.total_seconds(), 1)})
