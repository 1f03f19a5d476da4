"""Probes of a database, on MariaDB: plans, indexes, statements, connections, foreign keys."""

import pytest

from bot.errors import SystemRefused
from tests.supported import Product

INDEXES = {"query": "indexes_of_projects"}


async def test_an_index_is_found_by_its_columns_whatever_it_is_called(product: Product) -> None:
    found = await product.seen("missing_index", {**INDEXES, "columns": ["tenant_id", "status"]})
    assert (found.code, found.seen) == ("present", "projects_tenant_id_status_index")
    begins = await product.seen("missing_index", {**INDEXES, "columns": ["tenant_id"]})
    assert begins.code == "present"
    turned = await product.seen("missing_index", {**INDEXES, "columns": ["status", "tenant_id"]})
    assert turned.code == "missing"
    assert "status, tenant_id" in turned.says


async def test_a_plan_says_what_is_read_as_a_whole_and_small_tables_may(product: Product) -> None:
    params = {"query": "plan_projects", "sample": "sample_tenant"}
    assert (await product.seen("query_plan", params)).code == "keyed"
    await product.breaks("full-scan-projects")
    scan = await product.seen("query_plan", params)
    assert scan.code == "full_scan"
    assert scan.evidence["full_scans"] == ["projects"]
    assert (await product.seen("query_plan", {**params, "from_rows": 1_000_000})).code == "small"


async def test_statements_are_shown_without_their_values(product: Product) -> None:
    await product.breaks("lock-waits")
    seen = await product.check("slow-queries", "running")
    assert seen.code == "waiting"
    statement = seen.tables[0].rows[0][-1]
    assert "…" in statement
    assert "'" not in statement
    await product.heals("lock-waits")
    assert (await product.check("slow-queries", "running")).code == "none"


async def test_slow_statements_come_from_the_statistics(product: Product) -> None:
    assert (await product.check("slow-queries", "statistics")).code == "none"
    await product.breaks("slow-statements")
    seen = await product.check("slow-queries", "statistics")
    assert seen.code == "some"
    assert seen.evidence["statements"][0]["average_ms"] > 300
    off = await product.seen(
        "slow_statements", {"query": "slow_statements", "kept": "nothing_kept", "over": "300ms", "switch": "it"}
    )
    assert (off.code, off.seen) == ("not_kept", "the database keeps no statistics of statements; switch on it")


async def test_one_request_with_a_query_for_each_row_is_told_from_one_without(product: Product) -> None:
    few = await product.check("dashboard-slow", "statements", tenant="acme")
    assert few.code == "few"
    await product.breaks("n-plus-one")
    many = await product.check("dashboard-slow", "statements", tenant="acme")
    assert many.code == "many"
    assert min(many.evidence["counted"]) > 30


async def test_a_database_that_lets_nobody_in_is_full(product: Product) -> None:
    seen = await product.check("database-connections", "used")
    assert seen.code == "ok"
    await product.breaks("connections-full")
    assert (await product.check("database-connections", "used")).code == "full"


async def test_clients_are_counted_by_what_they_hold_idle(product: Product) -> None:
    query = {"query": "connections_by_client"}
    spread = await product.seen("connections_by_client", query)
    assert spread.code == "spread"
    leaking = await product.seen("connections_by_client", {**query, "at_most": 0.0})
    assert leaking.code == "leaking"


async def test_foreign_keys_are_compared_by_table_and_column(product: Product) -> None:
    assert (await product.check("data-corruption", "keys")).code == "kept"
    params = {"query": "foreign_keys", "expected": ["Tasks.project_id", "tasks.assignee_id"]}
    missing = await product.seen("missing_foreign_keys", params)
    assert (missing.code, missing.evidence["missing"]) == ("missing", ["tasks.assignee_id"])


async def test_nothing_to_measure_with_is_no_fault(product: Product) -> None:
    with pytest.raises(SystemRefused, match="nothing to measure with"):
        await product.seen("query_plan", {"query": "plan_projects", "sample": "nobody"})
