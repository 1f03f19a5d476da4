"""What is stored against what is shown: counts, lists, the newest, strays and shares."""

import re

import pytest

from bot.errors import SystemRefused
from tests.supported import ABC, Supported

SHOWN = {"endpoint": "agent_list", "query": "agent_count", "list": "agents", "total": "total", "page_size": "limit",
         "filtered": "active_agent_count", "unit": "agents"}  # fmt: skip


async def test_nothing_stored_is_a_loss_only_with_traces(system: Supported) -> None:
    params = {"query": "agent_count", "unit": "agents", "traces": "execution_count", "traces_unit": "executions"}
    assert (await system.seen("row_count", params, tenant="tenant-new")).code == "never_any"
    assert (await system.seen("row_count", {"query": "agent_count"}, tenant="tenant-new")).code == "none"
    await system.platform.faults.break_("data-missing")
    seen = await system.seen("row_count", params, tenant=ABC)
    assert (seen.code, seen.seen) == ("none", "0 agents stored, 40 executions")


async def test_a_total_counts_and_not_the_first_page(system: Supported) -> None:
    seen = await system.seen("count_compare", SHOWN, tenant="tenant-xyz")
    assert (seen.code, seen.seen) == ("equal", "26 agents in the API, 26 stored")
    assert seen.evidence["on_page"] == 20


async def test_a_filter_and_a_page_are_told_apart(system: Supported) -> None:
    await system.platform.faults.break_("api-filter")
    assert (await system.seen("count_compare", SHOWN, tenant=ABC)).code == "filtered"
    assert (await system.seen("count_compare", {**SHOWN, "filtered": ""}, tenant=ABC)).code == "fewer"
    await system.platform.faults.heal("api-filter")
    await system.platform.faults.break_("api-pagination")
    seen = await system.seen("count_compare", SHOWN, tenant=ABC)
    assert (seen.code, seen.seen) == ("paged", "5 agents in the API, 10 stored")


async def test_an_answer_without_the_number_is_absent(system: Supported) -> None:
    params = {"endpoint": "agent_list", "query": "agent_count", "total": "count"}
    assert (await system.seen("count_compare", params, tenant=ABC)).code == "absent"
    listed = {"endpoint": "agent_list", "list": "rows", "field": "id", "query": "newest_executions", "column": "id"}
    assert (await system.seen("list_includes", listed, tenant=ABC)).code == "absent"


async def test_the_older_ui_says_when_it_counted(system: Supported) -> None:
    await system.platform.faults.break_("legacy-ui-stale")
    seen = await system.check("ui-discrepancy", "legacy_agents", tenant=ABC)
    assert (seen.seen, seen.says) == ("8 agents in the older UI, 10 stored", "The older UI counted 40 min ago.")


async def test_the_newest_are_listed_with_their_age(system: Supported) -> None:
    seen = await system.check("missing-executions", "newest", tenant=ABC)
    assert seen.code == "recent"
    assert re.fullmatch(r"newest \d+ min( \d+ s)? ago", seen.seen)
    assert len(seen.tables[0].rows) == 10
    assert (await system.check("missing-executions", "newest", tenant="tenant-new")).code == "none"
    params = {"query": "newest_executions", "at": "created_at", "recent": "1m"}
    assert (await system.seen("newest_rows", params, tenant=ABC)).code == "older"
    with pytest.raises(SystemRefused, match="answers no time"):
        await system.seen("newest_rows", {"query": "newest_executions", "at": "status"}, tenant=ABC)


async def test_executions_that_the_api_leaves_out(system: Supported) -> None:
    assert (await system.check("missing-executions", "shown", tenant="tenant-new")).code == "nothing_stored"
    await system.platform.faults.break_("tenant-context-not-set")
    seen = await system.check("missing-executions", "shown", tenant=ABC)
    assert (seen.code, seen.seen) == ("none_shown", "0 of the 1 newest executions")


async def test_strays_are_listed(system: Supported) -> None:
    await system.platform.faults.break_("executions-under-other-tenant")
    seen = await system.check("missing-executions", "elsewhere", tenant=ABC)
    assert (seen.code, seen.seen) == ("some", "3 executions under another tenant")
    assert {row[2] for row in seen.tables[0].rows} == {"tenant-xyz"}


async def test_a_share_needs_two_numbers(system: Supported) -> None:
    assert (await system.check("missing-executions", "failures", tenant="tenant-new")).code == "none"
    with pytest.raises(SystemRefused, match="no two numbers"):
        await system.seen("failure_share", {"query": "agent_count"}, tenant=ABC)


async def test_personal_columns_are_masked_in_tables_and_whole_in_the_evidence(system: Supported) -> None:
    seen = await system.check("data-consistency", "assignments")
    assert ("v•••@example.com", ABC, "developer") in seen.tables[0].rows
    assert {"email": "vera@example.com", "tenant_id": ABC, "role": "developer"} in seen.evidence["rows"]


async def test_a_listing_without_rows_says_so(system: Supported) -> None:
    seen = await system.seen("listing", {"query": "newest_executions", "title": "x"}, tenant="tenant-new")
    assert (seen.code, seen.tables) == ("none", ())


@pytest.mark.parametrize(
    ("field", "equals", "code"),
    [
        ("limit", 20, "as_expected"),
        ("limit", 21, "otherwise"),
        ("nothing.0", 1, "absent"),
        ("limit", True, "otherwise"),
    ],
)
async def test_a_field_of_an_answer(system: Supported, field: str, equals: object, code: str) -> None:
    seen = await system.seen("http_json", {"endpoint": "agent_list", "field": field, "equals": equals}, tenant=ABC)
    assert seen.code == code
