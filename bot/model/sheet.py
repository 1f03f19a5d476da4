"""A table as CSV for a spreadsheet, in which no cell is taken for a formula."""

import csv
import io
import unicodedata

from bot.model.finding import Table

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(table: Table) -> str:
    """The whole table, with its columns in the first line."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([_harmless(cell) for cell in table.columns])
    writer.writerows([[_harmless(cell) for cell in row] for row in table.rows])
    return written.getvalue()


def _harmless(cell: str) -> str:
    cell = "".join(letter for letter in cell if letter == "\n" or unicodedata.category(letter) not in {"Cc", "Cf"})
    return f"'{cell}" if cell.startswith(_FORMULA) and not _is_number(cell) else cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
