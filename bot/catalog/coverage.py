"""Which section of which source is carried out by what: made from the runbooks and from what probes and actions say."""

from collections.abc import Iterable

from bot.catalog.catalog import Catalog
from bot.model.runbook import Runbook

_COLUMNS = (
    "section", "runbook", "severity", "minutes", "owner", "version", "reviewed", "looks with", "causes", "remedies",
)  # fmt: skip


def coverage(catalog: Catalog) -> str:
    """The reference page, one part for each source."""
    parts = [
        "# What implements which section\n\nEach runbook, probe and action names the section of the source that it "
        "carries out. How well the runbooks find what is broken is measured: `make accuracy`."
    ]
    implemented = [(probe.source, "looks", name, probe.says) for name, probe in catalog.registry.probes.items()]
    implemented += [(action.source, "changes", name, action.says) for name, action in catalog.registry.actions.items()]
    documents = {_document(book.source) for book in catalog.runbooks.values()}
    for document in sorted(documents | {_document(source) for source, *_ in implemented}):
        books = [book for book in catalog.runbooks.values() if _document(book.source) == document]
        parts.append(f"## {document}")
        if books:
            parts.append(_table(_COLUMNS, (_book(book) for book in sorted(books, key=lambda one: one.source))))
        rows = sorted(
            (_section(source), f"`{name}`", what, says)
            for source, what, name, says in implemented
            if _document(source) == document
        )
        if rows:
            parts.append(_table(("section", "probe or action", "it", "what for"), rows))
    return "\n\n".join(parts)


def _book(book: Runbook) -> tuple[str, ...]:
    remedies = dict.fromkeys(remedy.action for cause in book.causes for remedy in cause.remedies)
    probes = dict.fromkeys(check.probe for check in book.checks.values())
    includes = f"those of {', '.join(book.includes)}" if book.includes else ""
    return (
        _section(book.source), f"`{book.name}`", book.severity.value, str(book.expected_minutes or "–"),
        book.owner or "–", book.version, book.reviewed or "–",
        ", ".join(f"`{name}`" for name in probes) or includes or "–",
        ", ".join(cause.id for cause in book.causes) or includes or "–",
        ", ".join(f"`{name}`" for name in remedies) or "–",
    )  # fmt: skip


def _document(source: str) -> str:
    return source.partition(",")[0].strip()


def _section(source: str) -> str:
    return source.partition(",")[2].strip() or source


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [columns, tuple("---" for _ in columns), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
