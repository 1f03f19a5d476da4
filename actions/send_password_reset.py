"""Has the application send a user the link by which they choose a new password themselves."""

from bot.access.readers import Look
from bot.access.writers import Change
from bot.errors import ActionFailed
from bot.model.policy import Scope
from bot.model.request import Item, Outcome, Preview
from bot.registry import CommandName, Params, action

_BEFORE, _AFTER = "no link sent", "link sent"


@action(
    label="Send password reset",
    source="zenamanage, Users cannot log in, resolution 1; the password itself is never set or seen by anybody else",
    about=("user",),
    needs=("user",),
    scope=Scope.SYSTEM,
    unit="mail",
    is_fix=False,
    benefits="user",
)
class SendPasswordReset(Params):
    """Sends a user the link for a new password, to the address of their account; no password is set or shown."""

    command: CommandName = "send_password_reset"

    async def preview(self, look: Look) -> Preview:
        """Says to whom."""
        name = look.inputs.shown("user")
        return Preview(
            says="Sends 1 link to the address of the account",
            items=(Item(name=name, before=_BEFORE, after=_AFTER),),
            circumstances={name: {"runs": " ".join(look.command(self.command).run)}},
            notes=("The old password holds until the user has chosen a new one. Nobody else sees link or password.",),
            at=look.now(),
        )

    async def apply(self, change: Change) -> Outcome:
        """Has it sent."""
        item = Item(name=change.look.inputs.shown("user"), before=_BEFORE, after=_AFTER)
        if item not in change.items:
            raise ActionFailed("Nothing was sent: another user was approved.")
        await change.run(self.command, user=change.look.inputs.binds["user"])
        return Outcome(says=f"the link was sent to {item.name}", changed=(item,))
