"""Lets a user in again whose account is not active, or is locked after failed logins."""

from bot.access.readers import Look
from bot.access.writers import Change
from bot.errors import ActionFailed, InputError
from bot.model.policy import Scope
from bot.model.request import Item, Outcome, Preview
from bot.registry import Params, QueryName, StatementName, action

_ACTIVE, _INACTIVE, _LOCKED = "active", "not active", "locked"
_ASK_FIRST = {
    _INACTIVE: "Ask first why it was not active: somebody may have blocked it on purpose.",
    _LOCKED: "Ask first whether the failed logins were theirs: somebody else may be trying their password.",
}


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
    """Makes the account of a user active and unlocks it, so that they can log in.

    `query` answers is_active of :user, and is_locked where accounts are locked; the statements change something only
    while it is still as it was.
    """

    active: bool = True  # false takes it back
    query: QueryName = "account_of_user"
    activate: StatementName = "activate_user"
    deactivate: StatementName = "deactivate_user"

    async def preview(self, look: Look) -> Preview:
        """Reads whether the account is active and unlocked now."""
        row = (await look.rows(self.query)).first
        name = look.inputs.shown("user")
        if row is None:
            raise InputError(f"{name} has no account any more.")
        before = _INACTIVE if not row["is_active"] else _LOCKED if self.active and row.get("is_locked") else _ACTIVE
        if before == _word(self.active):
            return Preview(says=f"The account is {before} already.", items=(), at=look.now())
        return Preview(
            says="Unlocks 1 account" if before == _LOCKED else f"Makes 1 account {_word(self.active)}",
            items=(Item(name=name, before=before, after=_word(self.active)),),
            notes=(_ASK_FIRST[before],) if before in _ASK_FIRST else (),
            at=look.now(),
        )

    async def apply(self, change: Change) -> Outcome:
        """Changes the account."""
        name = change.look.inputs.shown("user")
        after = _word(self.active)
        item = next((one for one in change.items if (one.name, one.after) == (name, after)), None)
        if item is None:
            raise ActionFailed("Nothing was changed: something else was approved.")
        statement = self.activate if self.active else self.deactivate
        async with change.transaction(change.look.system.statements[statement].connection) as transaction:
            if await transaction.run(statement) != 1:
                raise ActionFailed(f"{name} is {after} already.")
        # Nobody locks an account: failed logins do, so there is nothing to take back.
        undo = None if item.before == _LOCKED else {"active": not self.active}
        return Outcome(says=f"{name} is {after}", changed=(item,), undo=undo)


def _word(active: bool) -> str:
    return _ACTIVE if active else _INACTIVE
