"""How a database would carry out a query: which tables it reads as a whole, and by which keys it finds the others."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.access.sql import Rows
from bot.errors import SystemRefused


@dataclass(frozen=True)
class Plan:
    """`full_scans` are tables that no key helps to find rows in; `keys` are pairs of a table and the key that does.

    `rows` is how many rows the database expects to read.
    """

    full_scans: tuple[str, ...]
    keys: tuple[tuple[str, str], ...]
    rows: int


def mysql_plan(explained: Rows) -> Plan:
    """What the rows of MySQL's or MariaDB's EXPLAIN say.

    A table that is read as a whole though a key would have been possible is small: that is the optimizer's choice.
    """
    full_scans: list[str] = []
    keys: list[tuple[str, str]] = []
    rows = 0
    for row in ({name.lower(): value for name, value in one.items()} for one in explained.rows):
        if not row.get("table"):
            continue
        table, key = str(row["table"]), row.get("key")
        rows += int(row.get("rows") or 0)
        if key and row.get("type") != "index":
            keys.append((table, str(key)))
        elif row.get("type") in {"ALL", "index"} and not row.get("possible_keys"):
            full_scans.append(table)
    return Plan(tuple(full_scans), tuple(keys), rows)


def postgresql_plan(explained: Any) -> Plan:
    """What PostgreSQL's `EXPLAIN (FORMAT JSON)` says, made without sequential scans where there is any other way."""
    made = json.loads(explained) if isinstance(explained, str) else explained
    try:
        nodes = list(_nodes(made[0]["Plan"]))
    except (KeyError, IndexError, TypeError) as problem:
        raise SystemRefused("The database explained its plan in a way that the bot cannot read.") from problem
    return Plan(
        tuple(str(node["Relation Name"]) for node in nodes if node.get("Node Type", "").endswith("Seq Scan")),
        tuple(
            (str(node.get("Relation Name") or node.get("Alias") or ""), str(node["Index Name"]))
            for node in nodes
            if "Index Name" in node
        ),
        max((int(node.get("Plan Rows", 0)) for node in nodes), default=0),
    )


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for inner in node.get("Plans", ()):
        yield from _nodes(inner)
