"""The trail as a file for people: CSV for a spreadsheet, or one event a line as JSON."""

import csv
import io
import json
from collections.abc import Iterable
from datetime import UTC
from typing import Literal

from bot.model.audit import Recorded

Format = Literal["csv", "jsonl"]
_COLUMNS = (
    "number", "at", "person", "email", "roles", "verb", "says", "outcome", "system", "tenant", "subject", "action",
    "reason", "policy", "hash",
)  # fmt: skip


def sheet(rows: Iterable[Recorded], format: Format) -> str:
    """The events as the text of a file."""
    if format == "jsonl":
        return "".join(
            json.dumps({"number": row.number, "hash": row.hash, **row.event.model_dump(mode="json")}, sort_keys=True)
            + "\n"
            for row in rows
        )
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(_COLUMNS)
    writer.writerows([_harmless(cell) for cell in _cells(row)] for row in rows)
    return written.getvalue()


def _cells(row: Recorded) -> tuple[str, ...]:
    event = row.event
    return (
        str(row.number), event.at.astimezone(UTC).isoformat(), event.person.name, event.person.email,
        " ".join(event.roles), event.verb, event.says, event.outcome, event.system, event.tenant, event.subject,
        str(event.detail.get("action") or ""), event.reason, event.policy, row.hash,
    )  # fmt: skip


def _harmless(cell: str) -> str:
    # A spreadsheet takes a cell that begins so for a formula.
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
