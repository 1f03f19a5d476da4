"""What people say finds its runbook, also where two families of systems share the words."""

from pathlib import Path

import pytest

from bot.catalog import Catalog
from bot.wiring import registry

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.read(ROOT, registry())


@pytest.mark.parametrize(
    ("said", "runbook"),
    [
        ("dashboard loads slowly", "dashboard-slow"),
        ("old numbers on the dashboard", "stale-data"),
        ("the dashboard shows metrics from this morning, customer is angry", "stale-data"),
        ("wrong numbers on dashboard", "dashboard-wrong"),
        ("api is slow for acme", "api-slow"),
        ("internal server error", "api-errors"),
        ("slow queries", "slow-queries"),
        ("too many connections", "database-connections"),
        ("mysql is down", "database-connections"),
        ("cache hit rate is low", "cache-hit-rate"),
        ("redis is down", "cache-not-working"),
        ("mails are not sent", "queue-backlog"),
        ("many failed jobs", "jobs-failing"),
        ("websocket does not connect", "websocket-down"),
        ("no live updates", "websocket-silent"),
        ("user cannot see their tasks", "user-sees-nothing"),
        ("data of another customer is visible", "cross-tenant"),
        ("password does not work", "cannot-log-in"),
        ("errors are not logged", "errors-not-logged"),
        ("slo alert", "slo-violations"),
        ("the site is down", "system-down"),
        ("orphaned records", "data-corruption"),
        ("agents are missing", "missing-data"),
        ("execution missing", "missing-executions"),
        ("streamlit shows other numbers", "ui-discrepancy"),
        ("403", "permission-denied"),
    ],
)
def test_words_find_their_runbook_first(catalog: Catalog, said: str, runbook: str) -> None:
    assert [one.name for one in catalog.match(said)][:1] == [runbook]


def test_the_best_of_each_family_that_fits_is_offered(catalog: Catalog) -> None:
    for said in ("the redis thing hangs", "redis is down"):
        assert {"stale-data", "cache-not-working"} <= {one.name for one in catalog.match(said)}
    assert {one.family for one in catalog.match("many failed jobs")} == {"zenamanage"}


def test_words_that_no_runbook_knows_find_none(catalog: Catalog) -> None:
    assert catalog.match("zzz qqqq") == []
