"""The page that says what implements which section is complete, and every runbook carries its metadata."""

from pathlib import Path

import pytest

from bot.catalog import Catalog
from bot.catalog.coverage import coverage
from bot.reference import pages
from bot.wiring import registry

ROOT = Path(__file__).parents[3]
SECTIONS = (
    "Decision Tree", "Issue 1", "Issue 1, diagnosis step 3", "Issue 1, solution C", "Issue 1 verification",
    "Issue 2", "Issue 2, diagnosis step 2", "Issue 2, solutions A and C", "Issue 2, solution B",
    "Issue 2, verification",
    "Issue 3", "Issue 3, diagnosis step 2", "Issue 3, diagnosis step 3", "Issue 3, solution A", "Issue 3, solution B",
    "Issue 4", "Issue 4, diagnosis step 1", "Issue 4, diagnosis step 3",
    "Issue 5", "Issue 5 diagnosis steps 1 to 3", "Issue 5, solution A",
    "Data Consistency Checks", "Diagnostic Commands", "Common Cache Keys", "FLUSHDB", "Temporary Workaround",
)  # fmt: skip
ISSUES = (
    "Dashboard loads slowly", "Dashboard shows incorrect data", "API endpoint slow", "API errors increasing",
    "Slow queries", "Database connection errors", "Cache hit rate low", "Cache not working",
    "Queue backlog increasing", "Jobs failing", "WebSocket not connecting", "WebSocket messages not received",
    "User cannot see their data", "Cross-tenant access detected", "Users cannot log in", "Errors not being logged",
    "SLO violations", "System Down", "Data Corruption",
)  # fmt: skip


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.read(ROOT, registry())


def test_every_section_of_the_source_is_carried_out_by_something(catalog: Catalog) -> None:
    page = coverage(catalog)
    assert [section for section in SECTIONS if section not in page] == []


def test_each_issue_of_zenamanage_has_one_runbook(catalog: Catalog) -> None:
    books = [book for book in catalog.runbooks.values() if book.family == "zenamanage"]
    for issue in ISSUES:
        assert len([book for book in books if book.source.startswith(f"zenamanage, {issue}")]) == 1, issue
    assert len(books) == len(ISSUES)


def test_every_runbook_probe_and_action_stands_there(catalog: Catalog) -> None:
    page = coverage(catalog)
    names = {*catalog.runbooks, *catalog.registry.probes, *catalog.registry.actions}
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []


def test_every_runbook_carries_its_metadata(catalog: Catalog) -> None:
    for book in catalog.runbooks.values():
        assert book.owner and book.reviewed and book.version and book.expected_minutes, book.name
        assert book.symptoms and "," in book.source, book.name


def test_the_page_is_among_those_that_are_made(catalog: Catalog) -> None:
    assert coverage(catalog) in pages(catalog.registry, catalog)["coverage.md"]
