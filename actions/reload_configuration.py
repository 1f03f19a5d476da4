"""Has the application read its configuration afresh, after somebody changed it."""

from bot.access.readers import Look
from bot.access.writers import Change
from bot.errors import ActionFailed
from bot.model.policy import Scope
from bot.model.request import Item, Outcome, Preview
from bot.registry import CommandName, Params, action

_ITEM = Item(name="configuration", before="as it was read", after="read afresh")


@action(
    label="Reload configuration",
    source="zenamanage, Dashboard shows incorrect data, resolution 1, and Cache not working, resolution 3",
    about=(),
    scope=Scope.SYSTEM,
    idempotent=True,
    unit="configuration",
)
class ReloadConfiguration(Params):
    """Has the application forget the configuration that it keeps ready, so that what its files say holds."""

    command: CommandName = "config_clear"

    async def preview(self, look: Look) -> Preview:
        """Says what runs; what stands in the files is for a person to put right before."""
        command = look.command(self.command)
        return Preview(
            says="Has the application read its configuration afresh",
            items=(_ITEM,),
            circumstances={_ITEM.name: {"runs": " ".join(command.run)}},
            notes=("It helps only when the files are right: whoever runs the system changes them first.",),
            at=look.now(),
        )

    async def apply(self, change: Change) -> Outcome:
        """Runs the command."""
        if _ITEM not in change.items:
            raise ActionFailed("Nothing was changed: something else was approved.")
        result = await change.run(self.command)
        return Outcome(says="the configuration is read afresh", changed=(_ITEM,), evidence={"said": result.output})
