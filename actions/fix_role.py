"""Gives a user another role for one tenant, or takes it away again when that is undone."""

from bot.access.readers import Look
from bot.access.writers import Change
from bot.errors import ActionFailed, InputError
from bot.model.request import Item, Outcome, Preview
from bot.registry import Params, QueryName, RoleName, StatementName, action

NONE = "none"  # no role: where an assignment is missing, and what undoing one leads back to


@action(
    label="Fix role",
    source="aiops-data-sync, Issue 2, solutions A and C",
    about=("tenant", "user"),
    needs=("tenant", "user"),
    unit="role",
    danger=True,
    benefits="user",
    asks={"role": "New role"},
)
class FixRole(Params):
    """Changes the role that a user holds for one tenant, or assigns one where it is missing.

    The statements bind :user, :tenant, :role and :before; each changes something only while `before` is still true.
    """

    role: RoleName
    query: QueryName = "role_of_user"
    change_by: StatementName = "change_role"
    assign_by: StatementName = "assign_role"
    withdraw_by: StatementName = "withdraw_role"

    async def preview(self, look: Look) -> Preview:
        """Reads the role that is held now."""
        if self.role != NONE and self.role not in look.system.roles.names:
            raise InputError(f"{self.role[:60]} is not a role of {look.system.title}; choose one of the list.")
        held = await look.rows(self.query)
        if len(held) > 1:
            raise InputError("The user holds several roles for this tenant, which this action does not sort out.")
        before = str(held.column()[0]) if held.rows else NONE
        item = Item(name=_name(look), before=before, after=self.role)
        if before == self.role:
            return Preview(says=f"The role is {before} already.", items=(), at=look.now())
        return Preview(says=f"Changes the role from {before} to {self.role}", items=(item,), at=look.now())

    async def apply(self, change: Change) -> Outcome:
        """Changes exactly what was approved, in one transaction that looks again whether the old role is still held."""
        name = _name(change.look)
        wanted = next((item for item in change.items if item.name == name and item.after == self.role), None)
        if wanted is None:
            raise ActionFailed("Nothing was changed: another role was approved.")
        statement = (
            self.assign_by if wanted.before == NONE else self.withdraw_by if wanted.after == NONE else self.change_by
        )
        connection = change.look.system.statements[statement].connection
        async with change.transaction(connection) as transaction:
            changed = await transaction.run(statement, role=wanted.after, before=wanted.before)
            if changed != 1:
                raise ActionFailed(f"{name} does not hold {wanted.before} any more.")
        return Outcome(
            says=f"{wanted.before} → {wanted.after} for {name}",
            changed=(wanted,),
            evidence={"rows": changed},
            undo={"role": wanted.before},
        )


def _name(look: Look) -> str:
    return f"{look.inputs.shown('user')} in {look.inputs.shown('tenant')}"
