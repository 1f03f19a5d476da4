"""Blocks a user at once: their account is not active any more, and the tokens that they have are worth nothing."""

from bot.access.readers import Look
from bot.access.writers import Change
from bot.errors import ActionFailed, InputError
from bot.model.policy import Scope
from bot.model.request import Item, Outcome, Preview
from bot.registry import Params, QueryName, StatementName, action

_BEFORE, _AFTER = "may get in", "blocked"


@action(
    label="Block user",
    source="zenamanage, Cross-tenant access detected, resolution 1",
    about=("user",),
    needs=("user",),
    scope=Scope.SYSTEM,
    idempotent=True,
    unit="user",
    danger=True,
    is_fix=False,
)
class BlockUser(Params):
    """Deactivates the account of a user and revokes all their tokens, in one step.

    `query` answers is_active of :user, `tokens` counts what is valid. Undone, the account is active again; the tokens
    stay revoked, and the user logs in anew.
    """

    lift: bool = False  # lets the user in again
    query: QueryName = "account_of_user"
    tokens: QueryName = "tokens_of_user"
    deactivate: StatementName = "deactivate_user"
    revoke: StatementName = "revoke_tokens"
    activate: StatementName = "activate_user"

    async def preview(self, look: Look) -> Preview:
        """Reads whether the account is active, and counts the tokens."""
        row = (await look.rows(self.query)).first
        name = look.inputs.shown("user")
        if row is None:
            raise InputError(f"{name} has no account any more.")
        tokens = (await look.rows(self.tokens)).number
        is_blocked = not row["is_active"] and not tokens
        if is_blocked is not self.lift:
            says = "is blocked" if is_blocked else "may get in"
            return Preview(says=f"The user {says} already.", items=(), at=look.now())
        return Preview(
            says="Lets 1 user in again" if self.lift else "Blocks 1 user",
            items=(Item(name=name, before=self._before, after=self._after),),
            circumstances={name: {"account": "active" if row["is_active"] else "not active", "tokens": str(tokens)}},
            notes=("Revoked tokens stay revoked; the user logs in anew.",) if self.lift else
            ("Whatever the user does now ends with an error; undone, they must log in anew.",),
            at=look.now(),
        )  # fmt: skip

    async def apply(self, change: Change) -> Outcome:
        """Does both in one transaction, so that nobody is half blocked."""
        name = change.look.inputs.shown("user")
        item = Item(name=name, before=self._before, after=self._after)
        if item not in change.items:
            raise ActionFailed("Nothing was changed: something else was approved.")
        revoked = 0
        async with change.transaction(change.look.system.statements[self.deactivate].connection) as transaction:
            if self.lift:
                await transaction.run(self.activate)
            else:
                await transaction.run(self.deactivate)
                revoked = await transaction.run(self.revoke)
        if self.lift:
            return Outcome(says=f"{name} may get in again", changed=(item,))
        says = f"{name} is blocked, {revoked} token{'' if revoked == 1 else 's'} revoked"
        return Outcome(says=says, changed=(item,), evidence={"tokens": revoked}, undo={"lift": True})

    @property
    def _before(self) -> str:
        return _AFTER if self.lift else _BEFORE

    @property
    def _after(self) -> str:
        return _BEFORE if self.lift else _AFTER
