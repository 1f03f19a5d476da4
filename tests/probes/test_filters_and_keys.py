"""The user's filters, every cached key, and what sessions of the database begin with."""

import pytest

from bot.errors import SystemRefused, TookTooLong
from tests.supported import ABC, Supported

WHO = {"tenant": ABC}


async def test_without_a_filter_nothing_hides(system: Supported) -> None:
    seen = await system.check("missing-executions", "filters", **WHO)
    assert (seen.code, seen.seen) == ("no_filter", "none given")


async def test_a_filter_that_shows_the_newest_is_none_that_hides(system: Supported) -> None:
    seen = await system.check("missing-executions", "filters", **WHO, status="success", since="2020-01-01")
    assert seen.code == "shown"
    assert seen.tables[0].rows[-1] == ("none", "yes")


async def test_the_filter_that_hides_is_named_with_what_it_hides(system: Supported) -> None:
    seen = await system.check("missing-executions", "filters", **WHO, status="failed", since="2020-01-01")
    assert (seen.code, seen.seen) == ("hidden", "hidden by status=failed")
    assert seen.says == "status=failed hides the newest execution: its status is success."
    assert seen.tables[0].rows == (
        ("status=failed, since=2020-01-01", "no"),
        ("status=failed", "no"),
        ("since=2020-01-01", "yes"),
        ("none", "yes"),
    )


async def test_a_date_and_an_agent_hide_as_well(system: Supported) -> None:
    dated = await system.check("missing-executions", "filters", **WHO, since="2999-01-01")
    assert dated.evidence["hiding"] == ["since"]
    other = "00000000-0000-4000-8000-000000000000"
    seen = await system.check("missing-executions", "filters", **WHO, agent=other, since="2999-01-01")
    assert seen.evidence["hiding"] == ["since", "agent"]


async def test_what_the_api_leaves_out_anyway_is_no_matter_of_filters(system: Supported) -> None:
    await system.platform.faults.break_("new-runs-hidden")
    assert (await system.check("missing-executions", "filters", **WHO, status="success")).code == "left_out"
    nothing = await system.check("missing-executions", "filters", tenant="tenant-new", status="success")
    assert nothing.code == "nothing_stored"


async def test_a_filter_that_the_api_does_not_understand_is_refused(system: Supported) -> None:
    with pytest.raises(SystemRefused, match="422"):
        await system.check("missing-executions", "filters", **WHO, since="yesterday")


async def test_every_key_of_the_tenant_is_listed_and_no_value(system: Supported) -> None:
    await system.platform.faults.break_("config-never-expires")
    await system.platform.world.cache.set("llm-costs:tenant-abc:2026-01-20", "{}", ex=7200)
    seen = await system.check("stale-data", "all_keys", **WHO)
    assert (seen.code, seen.seen) == ("no_expiry", "1 of 2 keys")
    assert seen.says == "tenant-config:tenant-abc: never expires."
    (table,) = seen.tables
    assert [row[:3] for row in table.rows] == [
        ("llm-costs:tenant-abc:2026-01-20", "2 h", "≤ 1 h"), ("tenant-config:tenant-abc", "for ever", "≤ 5 min"),
    ]  # fmt: skip
    assert "whsec" not in seen.model_dump_json()
    await system.platform.world.cache.delete("llm-costs:tenant-abc:2026-01-20")


async def test_a_key_that_lives_too_long_is_a_notice(system: Supported) -> None:
    await system.platform.faults.break_("config-lives-too-long")
    assert (await system.check("stale-data", "all_keys", **WHO)).code == "too_long"


async def test_what_is_judged_elsewhere_is_neither_counted_nor_listed(system: Supported) -> None:
    await system.platform.faults.break_("never-expires")
    alone = await system.check("stale-data", "all_keys", **WHO)
    assert (alone.code, alone.seen, alone.evidence["keys"]) == ("none", "nothing else cached now", 0)
    await system.platform.world.cache.set("tenant-config:tenant-abc", "{}", ex=300)
    seen = await system.check("stale-data", "all_keys", **WHO)
    assert (seen.code, seen.seen) == ("ok", "1 key, all within what was agreed")
    assert [row[0] for row in seen.tables[0].rows] == ["tenant-config:tenant-abc"]
    assert "metrics:" not in seen.model_dump_json()
    every = await system.seen("cache_ttls", {}, **WHO)
    assert (every.code, every.seen) == ("no_expiry", "1 of 2 keys")
    await system.platform.world.cache.delete("tenant-config:tenant-abc")


async def test_more_keys_than_are_looked_at_are_not_called_well(system: Supported) -> None:
    pipe = system.platform.world.cache.pipeline(transaction=False)
    for number in range(12_000):
        pipe.set(f"llm-costs:tenant-abc:{number}", "{}", ex=300)
    await pipe.execute()
    with pytest.raises(TookTooLong, match="whether all of them expire cannot be told"):
        await system.check("stale-data", "all_keys", **WHO)
    await system.platform.world.cache.delete(*(f"llm-costs:tenant-abc:{number}" for number in range(12_000)))


async def test_an_empty_cache_has_no_keys(system: Supported) -> None:
    assert (await system.check("stale-data", "all_keys", tenant="tenant-new")).code == "none"
    assert (await system.seen("cache_ttls", {}, tenant="tenant-new")).seen == "nothing cached now"


async def test_a_new_session_proves_nothing_about_the_others_and_the_result_says_so(system: Supported) -> None:
    seen = await system.check("missing-data", "defaults", **WHO)
    assert (seen.code, seen.seen) == ("none", "none; new sessions begin empty, the app's own are not seen")
    assert "proves nothing" in seen.evidence["note"]


async def test_defaults_of_a_role_and_of_the_database_are_listed(system: Supported) -> None:
    await system.platform.faults.break_("default-tenant-for-the-app")
    seen = await system.check("missing-data", "defaults", **WHO)
    assert seen.tables[0].rows == (("aiagents_app", "every database", "app.current_tenant_id=tenant-xyz"),)
    await system.platform.faults.heal("default-tenant-for-the-app")
    await system.platform.faults.break_("default-tenant-for-all")
    seen = await system.check("missing-data", "defaults", **WHO)
    assert seen.tables[0].rows == (("every role", "ai_agents", "app.current_tenant_id=tenant-xyz"),)
    assert "proves nothing about those that the application holds open" in seen.says
