"""What a SQL read ends in, and how catalogued SQL with `:name` parameters is bound; the same for every database."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from bot.errors import ActionFailed, InputError, SystemRefused
from bot.model.finding import Table
from bot.model.system import Query, Statement
from bot.model.values import Json, Scalar
from bot.redaction import mask, redact_rows

# Everything in which a colon is no parameter, then parameters, then what the drivers would take for one.
_TOKEN = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | `[^`]*` | --[^\n]* | /\*.*?\*/ | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$
    | :: | :(?P<name>[a-z][a-z0-9_]*) | %""",
    re.VERBOSE | re.DOTALL,
)

_LITERAL = re.compile(r"""'(?:[^'\\]|''|\\.)*'|"(?:[^"\\]|""|\\.)*"|(?<![\w`.])\d[\d.]*\b""")
_SHAPE = 400  # characters


@dataclass(frozen=True)
class Rows:
    """What a query answered, without secrets; `role` is the database role that looked.

    `capped` says that more rows exist than were fetched. Columns in `personal` are masked by `table`.
    """

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    role: str = ""
    capped: bool = False
    personal: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def first(self) -> Mapping[str, Any] | None:
        """The first row, if there is one."""
        return self.rows[0] if self.rows else None

    @property
    def number(self) -> int:
        """The one number of a counting query; raises SystemRefused when the answer is something else."""
        value = self.rows[0][self.columns[0]] if self.rows and self.columns else None
        if isinstance(value, bool) or not isinstance(value, int):
            raise SystemRefused("A query that should count answered no number; check it in the system's file.")
        return value

    def column(self, name: str | None = None) -> list[Any]:
        """The values of one column, by default the first."""
        wanted = name or self.columns[0]
        return [row[wanted] for row in self.rows]

    def table(self, title: str) -> Table:
        """The rows as people read them, with personal columns masked."""
        rows = tuple(
            tuple(mask(row[name]) if name in self.personal else written(row[name]) for name in self.columns)
            for row in self.rows
        )
        return Table(title=title, columns=self.columns, rows=rows, cut=self.capped)

    def evidence(self) -> list[dict[str, Json]]:
        """The rows as JSON for the record."""
        return [{name: _json(value) for name, value in row.items()} for row in self.rows]


def rows_of(query: Query, columns: tuple[str, ...], fetched: list[tuple[Any, ...]], cap: int, role: str) -> Rows:
    """Makes Rows of what a driver fetched (one row more than the cap shows that there are more)."""
    rows = redact_rows(columns, (map(_plain, row) for row in fetched[:cap]))
    return Rows(columns, tuple(rows), role, len(fetched) > cap, query.personal)


def bind(sql: str, binds: Mapping[str, Scalar]) -> tuple[str, dict[str, Scalar]]:
    """Turns `:name` into the drivers' `%(name)s`, and picks the values that the SQL names.

    Raises InputError when one of them is missing.
    """
    text, names = _translated(sql)
    missing = [name for name in names if name not in binds]
    if missing:
        raise InputError(f"{missing[0]} is needed here and was not given; say {missing[0]}=… as well.")
    return text, {name: binds[name] for name in names}


def changed_rows(statement: Statement, count: int) -> int:
    """The number of rows, if a statement may change so many. Raises ActionFailed, which takes the change back."""
    if count > statement.at_most:
        raise ActionFailed(f"It would have changed {count} rows instead of {statement.at_most}.")
    return count


def shape(statement: str) -> str:
    """A statement without the values in it, which may be personal, and on one line."""
    return " ".join(_LITERAL.sub("…", statement).split())[:_SHAPE]


def parameters(sql: str) -> tuple[str, ...]:
    """The names of the parameters of a catalogued statement."""
    return _translated(sql)[1]


def written(value: Any) -> str:
    """A value as people read it in a table."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if value.tzinfo else f"{value:%Y-%m-%d %H:%M:%S}"
    return "yes" if value is True else "no" if value is False else str(value)


@lru_cache(maxsize=512)
def _translated(sql: str) -> tuple[str, tuple[str, ...]]:
    names: list[str] = []

    def replaced(match: re.Match[str]) -> str:
        name = match["name"]
        if name is None:
            return match[0].replace("%", "%%")
        names.append(name)
        return f"%({name})s"

    return _TOKEN.sub(replaced, sql), tuple(dict.fromkeys(names))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"{len(bytes(value))} bytes"
    return value if isinstance(value, (datetime, date, time, timedelta, Mapping, list)) else str(value)


def _json(value: Any) -> Json:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return str(value) if isinstance(value, timedelta) else value
