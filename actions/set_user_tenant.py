"""Puts a user into the tenant that they belong to, or back where they were."""

from bot.access.readers import Look
from bot.access.writers import Change
from bot.errors import ActionFailed, InputError
from bot.model.policy import Scope
from bot.model.request import Item, Outcome, Preview
from bot.registry import Params, QueryName, StatementName, action

NONE = "none"


@action(
    label="Set tenant of user",
    source="zenamanage, User cannot see their data, resolution 1",
    about=("user",),
    needs=("tenant", "user"),
    scope=Scope.SYSTEM,
    unit="user",
    danger=True,
    benefits="user",
)
class SetUserTenant(Params):
    """Puts a user into a tenant: they see its data from then on, and no other tenant's.

    `query` answers the tenant_id of :user. `statement` binds :user, :to and :before, and changes something only while
    `before` is still true; `none` is no tenant.
    """

    to: str = ""  # the tenant's id, or none; empty: the tenant that was named
    query: QueryName = "account_of_user"
    statement: StatementName = "set_user_tenant"

    async def preview(self, look: Look) -> Preview:
        """Reads where the user is now."""
        row = (await look.rows(self.query)).first
        if row is None:
            raise InputError(f"{look.inputs.shown('user')} has no account any more.")
        before, after = str(row["tenant_id"] or NONE), self._after(look)
        if before.lower() == after.lower():
            return Preview(says="The user is there already.", items=(), at=look.now())
        name = look.inputs.shown("user")
        return Preview(
            says="Moves 1 user to another tenant",
            items=(Item(name=name, before=before, after=after),),
            circumstances={name: {"from": str(row.get("tenant") or before), "to": self._shown(look)}},
            notes=("They see the data of this tenant at once, also with tokens that they have already.",),
            at=look.now(),
        )

    async def apply(self, change: Change) -> Outcome:
        """Moves the user, if they still are where they were."""
        name, after = change.look.inputs.shown("user"), self._after(change.look)
        item = next((one for one in change.items if (one.name, one.after) == (name, after)), None)
        if item is None:
            raise ActionFailed("Nothing was changed: another tenant was approved.")
        async with change.transaction(change.look.system.statements[self.statement].connection) as transaction:
            if await transaction.run(self.statement, to=item.after, before=item.before) != 1:
                raise ActionFailed(f"{name} is not where they were any more.")
        return Outcome(says=f"{name} is in {self._shown(change.look)} now", changed=(item,), undo={"to": item.before})

    def _after(self, look: Look) -> str:
        return self.to or str(look.inputs.binds["tenant"])

    def _shown(self, look: Look) -> str:
        return "no tenant" if self.to == NONE else self.to or look.inputs.shown("tenant")
