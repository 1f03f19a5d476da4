"""Gives somebody the rows of a catalogued query of one tenant as a file, and puts on record who got what."""

import hashlib
import json

from bot.access.readers import Look, Rows
from bot.access.writers import Change
from bot.errors import ActionFailed, InputError
from bot.model.request import Item, Outcome, Preview
from bot.registry import ExportName, Params, action

_BEFORE, _AFTER = "stored", "exported"


@action(
    label="Export rows",
    source="aiops-data-sync, Escalation, Temporary Workaround",
    about=("tenant", "what"),
    needs=("tenant",),
    idempotent=True,
    unit="export",
    asks={"what": "What"},
    is_fix=False,
)
class ExportRows(Params):
    """Exports rows of one tenant as CSV into the thread; only what the system's file lists as exports, read only."""

    what: ExportName

    @classmethod
    async def choices(cls, look: Look) -> dict[str, tuple[tuple[str, str], ...]]:
        """What the system's file lists, in its words."""
        return {"what": tuple((name, _says(look, name)) for name in look.system.exports)}

    async def preview(self, look: Look) -> Preview:
        """Counts the rows, and says which columns they have."""
        rows = await self._rows(look)
        masked = f" Masked: {', '.join(rows.personal)}." if rows.personal else ""
        return Preview(
            says=f"Exports {_count(rows)} as CSV" if rows.rows else "There are no rows to export.",
            items=(Item(name=self.what, before=_BEFORE, after=_AFTER),) if rows.rows else (),
            circumstances={self.what: {"what": _says(look, self.what).rstrip("."), "rows": _count(rows)}},
            notes=(
                f"Columns: {', '.join(rows.columns)}.{masked} Whoever sees the thread sees the file.",
                *(("More rows exist than are exported at once.",) if rows.capped else ()),
            ),
            at=look.now(),
        )

    async def apply(self, change: Change) -> Outcome:
        """Reads the rows, with the reader's credentials."""
        if Item(name=self.what, before=_BEFORE, after=_AFTER) not in change.items:
            raise ActionFailed("Nothing was exported: something else was approved.")
        rows = await self._rows(change.look)
        table = rows.table(f"{self.what} of {change.look.inputs.shown('tenant')}")
        digest = hashlib.sha256(json.dumps([table.columns, table.rows]).encode()).hexdigest()
        return Outcome(
            says=f"{_count(rows)} exported; the file is in the thread",
            changed=change.items,
            evidence={"rows": len(rows), "columns": list(rows.columns), "cut": rows.capped, "sha256": digest},
            attachment=table,
        )

    async def _rows(self, look: Look) -> Rows:
        if self.what not in look.system.exports:
            raise InputError(f"{self.what[:60]} is not among the exports of {look.system.title}.")
        return await look.rows(self.what)


def _says(look: Look, name: str) -> str:
    return look.system.queries[name].says or name


def _count(rows: Rows) -> str:
    return f"{'the first ' if rows.capped else ''}{len(rows):,} row{'' if len(rows) == 1 else 's'}"
