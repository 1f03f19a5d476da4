"""Gives a user another role for one tenant, or takes it away again when that is undone."""

from bot.access.readers import Look
from bot.access.writers import Change
from bot.errors import ActionFailed, InputError
from bot.model.request import Item, Outcome, Preview
from bot.model.system import NO_ROLE
from bot.model.values import Json
from bot.registry import Params, QueryName, RoleName, StatementName, action


@action(
    label="Fix role",
    source="aiops-data-sync, Issue 2, solutions A and C",
    about=("tenant", "user"),
    needs=("tenant", "user"),
    unit="role",
    danger=True,
    benefits="user",
    grants="role",
    asks={"role": "New role"},
)
class FixRole(Params):
    """Changes the role that a user holds for one tenant, or assigns one where it is missing.

    The statements bind :user, :tenant, :role and :before; each changes something only while `before` is still true.
    """

    role: RoleName
    withdraw: bool = False  # takes the role away instead
    query: QueryName = "role_of_user"
    change_by: StatementName = "change_role"
    assign_by: StatementName = "assign_role"
    withdraw_by: StatementName = "withdraw_role"

    @classmethod
    async def choices(cls, look: Look) -> dict[str, tuple[tuple[str, str], ...]]:
        """The roles that would help: others than the one that is held, and such as allow what is refused.

        Raises InputError when the role that is held allows it: nobody is given more than they need.
        """
        held = await look.rows(cls.model_fields["query"].default)
        has = {str(role) for role in held.column()} if held.rows else set()
        permission = look.system.permissions.get(str(look.inputs.binds.get("action", "")))
        allowed = look.system.roles.names if permission is None else permission.roles
        if permission is not None and has & set(allowed):
            who, held_now = look.inputs.shown("user"), " and ".join(sorted(has))
            raise InputError(f"{who} is {held_now} there, which allows this already; look again.")
        # The least powerful first.
        names = [name for name in reversed(look.system.roles.names) if name in allowed and name not in has]
        return {"role": tuple((name, name.replace("_", " ")) for name in names)}

    async def preview(self, look: Look) -> Preview:
        """Reads the role that is held now."""
        if self.role not in look.system.roles.names:
            raise InputError(f"{self.role[:60]} is not a role of {look.system.title}; choose one of the list.")
        held = await look.rows(self.query)
        if len(held) > 1:
            raise InputError("The user holds several roles for this tenant, which this action does not sort out.")
        before, after = str(held.column()[0]) if held.rows else NO_ROLE, self._after
        if before == after:
            return Preview(says=f"The role is {before} already.", items=(), at=look.now())
        if self.withdraw and before != self.role:
            return Preview(says=f"The role is not {self.role} any more but {before}.", items=(), at=look.now())
        item = Item(name=_name(look), before=before, after=after)
        return Preview(says=f"Changes the role from {before} to {after}", items=(item,), at=look.now())

    async def apply(self, change: Change) -> Outcome:
        """Changes exactly what was approved, in one transaction that looks again whether the old role is still held."""
        name = _name(change.look)
        wanted = next((item for item in change.items if item.name == name and item.after == self._after), None)
        if wanted is None:
            raise ActionFailed("Nothing was changed: another role was approved.")
        statement = (
            self.assign_by
            if wanted.before == NO_ROLE
            else self.withdraw_by
            if wanted.after == NO_ROLE
            else self.change_by
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
            undo=_undo(wanted),
        )

    @property
    def _after(self) -> str:
        return NO_ROLE if self.withdraw else self.role


def _name(look: Look) -> str:
    return f"{look.inputs.shown('user')} in {look.inputs.shown('tenant')}"


def _undo(done: Item) -> dict[str, Json]:
    if NO_ROLE not in {done.before, done.after}:
        return {"role": done.before}
    return (
        {"role": done.after, "withdraw": True} if done.before == NO_ROLE else {"role": done.before, "withdraw": False}
    )
