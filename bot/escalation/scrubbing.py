"""What goes into a bundle: without secrets, and without the names and addresses of people who are not concerned."""

from collections.abc import Mapping
from typing import Any

from bot.model.finding import Table
from bot.redaction import mask, mask_personal, redact


def scrub(value: Any, personal: frozenset[str] = frozenset()) -> Any:
    """A text or JSON without secrets and with personal data masked; `personal` are names of fields that hold such."""
    return _masked(redact(value), personal)


def scrub_table(table: Table) -> Table:
    """The same of a table."""
    rows = tuple(tuple(str(scrub(cell)) for cell in row) for row in table.rows)
    return table.model_copy(update={"rows": rows})


def _masked(value: Any, personal: frozenset[str]) -> Any:
    if isinstance(value, str):
        return mask_personal(value)
    if isinstance(value, Mapping):
        return {
            mask_personal(str(name)): mask(one)
            if name in personal and isinstance(one, (str, int))
            else _masked(one, personal)
            for name, one in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_masked(one, personal) for one in value]
    return value
