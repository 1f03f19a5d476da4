"""Puts on record that a person repaired something by hand, and that somebody else agreed."""

from bot.access.readers import Look
from bot.access.writers import Change
from bot.errors import ActionFailed
from bot.model.policy import Scope
from bot.model.request import Item, Outcome, Preview
from bot.registry import Params, action

_BEFORE, _AFTER = "to do", "done by a person"


@action(
    label="Record a repair by hand",
    source="zenamanage, Data Corruption, immediate action 3",
    about=("what",),
    scope=Scope.SYSTEM,
    idempotent=True,
    unit="repair",
    is_fix=False,
    takes=("what",),
)
class RecordRepair(Params):
    """Records what a person did by hand where the bot cannot help; it changes nothing itself.

    Who did it says in the reason what was done.
    """

    what: str = "Repair"

    async def preview(self, look: Look) -> Preview:
        """Says what is recorded."""
        return Preview(
            says="Records 1 repair by hand",
            items=(Item(name=self.what, before=_BEFORE, after=_AFTER),),
            notes=("Backstop changes nothing here: say in the reason what was done, and where its record is.",),
            at=look.now(),
        )

    async def apply(self, change: Change) -> Outcome:
        """Does nothing but end well: what counts is the record."""
        if Item(name=self.what, before=_BEFORE, after=_AFTER) not in change.items:
            raise ActionFailed("Nothing was recorded: something else was approved.")
        return Outcome(says="recorded as done by hand", changed=change.items)
