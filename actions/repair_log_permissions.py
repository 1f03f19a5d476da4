"""Lets the application write its log again."""

from bot.access.readers import Look
from bot.access.writers import Change
from bot.errors import ActionFailed, BackstopError
from bot.model.policy import Scope
from bot.model.request import Item, Outcome, Preview
from bot.registry import CommandName, Params, action

_ITEM = Item(name="log folder", before="as it is", after="may be written")


@action(
    label="Repair log permissions",
    source="zenamanage, Errors not being logged, resolution 2",
    about=(),
    scope=Scope.SYSTEM,
    idempotent=True,
    unit="folder",
)
class RepairLogPermissions(Params):
    """Sets the permissions of the log folder as they were agreed, so that errors are written again."""

    command: CommandName = "repair_log_permissions"
    status: CommandName = "log_permissions"

    async def preview(self, look: Look) -> Preview:
        """Shows the permissions now."""
        command = look.command(self.command)
        return Preview(
            says="Repairs the permissions of 1 folder",
            items=(_ITEM,),
            circumstances={_ITEM.name: {"now": await _now(look, self.status), "runs": " ".join(command.run)}},
            notes=("What was not logged meanwhile stays lost.",),
            at=look.now(),
        )

    async def apply(self, change: Change) -> Outcome:
        """Sets them."""
        if _ITEM not in change.items:
            raise ActionFailed("Nothing was changed: something else was approved.")
        await change.run(self.command)
        now = await _now(change.look, self.status)
        return Outcome(says="permissions set", changed=(_ITEM,), evidence={"now": now})


async def _now(look: Look, status: str) -> str:
    try:
        return (await look.run(status)).output.replace("\n", ", ")[:200]
    except BackstopError as problem:
        return problem.sentence
