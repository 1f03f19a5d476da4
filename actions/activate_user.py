"""Lets a user in again whose account is not active."""

from bot.access.readers import Look
from bot.access.writers import Change
from bot.errors import ActionFailed, InputError
from bot.model.policy import Scope
from bot.model.request import Item, Outcome, Preview
from bot.registry import Params, QueryName, StatementName, action

_ACTIVE, _INACTIVE = "active", "not active"


@action(
    label="Activate user",
    source="zenamanage, Users cannot log in, resolution 2",
    about=("user",),
    needs=("user",),
    scope=Scope.SYSTEM,
    idempotent=True,
    unit="user",
    benefits="user",
)
class ActivateUser(Params):
    """Makes the account of a user active, so that they can log in.

    `query` answers is_active of :user; the statements change something only while it is still as it was.
    """

    active: bool = True  # false takes it back
    query: QueryName = "account_of_user"
    activate: StatementName = "activate_user"
    deactivate: StatementName = "deactivate_user"

    async def preview(self, look: Look) -> Preview:
        """Reads whether the account is active now."""
        row = (await look.rows(self.query)).first
        name = look.inputs.shown("user")
        if row is None:
            raise InputError(f"{name} has no account any more.")
        if bool(row["is_active"]) is self.active:
            return Preview(says=f"The account is {_word(self.active)} already.", items=(), at=look.now())
        return Preview(
            says=f"Makes 1 account {_word(self.active)}",
            items=(Item(name=name, before=_word(not self.active), after=_word(self.active)),),
            notes=("Ask first why it was not active: somebody may have blocked it on purpose.",) if self.active else (),
            at=look.now(),
        )

    async def apply(self, change: Change) -> Outcome:
        """Changes the account."""
        name = change.look.inputs.shown("user")
        item = Item(name=name, before=_word(not self.active), after=_word(self.active))
        if item not in change.items:
            raise ActionFailed("Nothing was changed: something else was approved.")
        statement = self.activate if self.active else self.deactivate
        async with change.transaction(change.look.system.statements[statement].connection) as transaction:
            if await transaction.run(statement) != 1:
                raise ActionFailed(f"{name} is {_word(self.active)} already.")
        return Outcome(says=f"{name} is {_word(self.active)}", changed=(item,), undo={"active": not self.active})


def _word(active: bool) -> str:
    return _ACTIVE if active else _INACTIVE
