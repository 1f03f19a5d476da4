"""Looks whether the data holds together: by queries that must find nothing, and by the system's own check."""

from datetime import timedelta

from bot.access.readers import Look
from bot.access.writers import Change
from bot.errors import ActionFailed
from bot.model.policy import Scope
from bot.model.request import Item, Outcome, Preview
from bot.model.values import Json
from bot.registry import CommandName, Params, QueryName, action

_ITEM = Item(name="integrity", before="not checked", after="holds")


@action(
    label="Check integrity",
    source="zenamanage, Data Corruption, immediate action 4",
    about=(),
    scope=Scope.SYSTEM,
    idempotent=True,
    unit="check",
    is_fix=False,
    limit=timedelta(seconds=120),
)
class CheckIntegrity(Params):
    """Looks whether the data holds together, and changes nothing; it succeeds only when nothing is found.

    `queries` answer the rows that should not be; `command` is the system's own check, where it has one.
    """

    queries: tuple[QueryName, ...] = ()
    command: CommandName = "integrity_check"

    async def preview(self, look: Look) -> Preview:
        """Says what is looked at."""
        return Preview(
            says="Checks the integrity of the data",
            items=(_ITEM,),
            circumstances={name: {"says": look.query(name).says.rstrip(".")} for name in self.queries},
            notes=self._lacking(look),
            at=look.now(),
        )

    async def apply(self, change: Change) -> Outcome:
        """Looks at everything, so that all that is wrong is told at once."""
        if _ITEM not in change.items:
            raise ActionFailed("Nothing was checked: something else was approved.")
        look = change.look
        wrong: list[str] = []
        counts: dict[str, Json] = {}
        for name in self.queries:
            rows = await look.rows(name)
            counts[name] = len(rows)
            if len(rows):
                wrong.append(f"{'at least ' if rows.capped else ''}{len(rows)} by {name}")
        if not self._lacking(look):
            result = await look.run(self.command)
            counts[self.command] = "passed" if result.ok else result.why
            wrong += [] if result.ok else [f"{self.command}: {result.why}"]
        if wrong:
            raise ActionFailed(f"The data does not hold together: {'; '.join(wrong)}.")
        return Outcome(says="nothing wrong was found", changed=(_ITEM,), evidence=counts)

    def _lacking(self, look: Look) -> tuple[str, ...]:
        why = look.system.lacks.get(f"commands.{self.command}", "")
        return (f"The system's own check is left out: {why}",) if why else ()
