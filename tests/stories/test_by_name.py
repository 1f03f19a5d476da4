"""Actions asked for by their name, who may, and what is cached: without a diagnosis before it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import NoReturn

import httpx
import pytest

from bot.errors import ActionFailed
from sandbox.aiops.decoys import REVOKED
from tests.stories.conftest import Story

ABC_DASHBOARD = "metrics:dashboard:tenant-abc"


async def test_a_cache_is_cleared_by_name_and_what_is_missing_is_asked_for(story: Story) -> None:
    sam, olga = story.sam, story.olga
    await story.system.faults.break_("never-expires")
    await sam.says("/backstop run clear-cache")
    form = await sam.modal(containing="Tenant")
    assert [one.value for one in await sam.suggests(form, "Tenant", "tenant-ab")] == ["tenant-abc"]
    await sam.submits(form, {"Tenant": "tenant-abc"})
    form = await sam.modal(containing=[ABC_DASHBOARD, "no expiry", "Needs 1 approval"])
    await sam.submits(form, {"Reason": "the customer said so on the phone"})
    request = await olga.sees_directly(containing=["Approval needed", "said so on the phone"])
    await olga.presses(request, "Approve")
    await sam.sees(containing=["Done", "removed"])
    assert not await story.system.world.cache.exists(ABC_DASHBOARD)


async def test_who_may_runs_at_once(story: Story) -> None:
    await story.system.faults.break_("never-expires")
    await story.olga.says("/backstop run clear_cache tenant=tenant-abc caches=dashboard_metrics")
    form = await story.olga.modal(containing=[ABC_DASHBOARD, "You may run this at once"])
    assert "metrics:agents" not in form.all_text
    await story.olga.submits(form, {"Reason": "as agreed"})
    await story.olga.sees(containing=["Done", "1 key removed"])


async def test_what_failed_by_name_is_looked_at_and_escalated(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    olga = story.olga

    def fail(*_: object) -> NoReturn:
        raise ActionFailed("The cache is read-only.")

    monkeypatch.setattr(story.stage.bot.built.bot.access, "change", fail)
    await story.system.faults.break_("never-expires")
    await olga.says("/backstop run clear_cache tenant=tenant-abc caches=dashboard_metrics")
    await olga.submits(await olga.modal(containing="You may run this at once"), {"Reason": "as agreed"})
    failed = await olga.sees(containing=["Failed", "The cache is read-only.", "Backstop looks first"])
    await olga.presses(failed, "Escalate…")
    form = await olga.modal(containing="What does the user see?")
    await olga.sees(thread=failed, containing="Fault found")
    await olga.submits(form, {"What does the user see?": "numbers of this morning"})
    await olga.sees(thread=failed, containing="Escalated to")
    await olga.sees(containing=["numbers of this morning", "Clear cache by Olga", "failed", "tenant-abc"])


async def test_one_entry_is_given_its_agreed_time_to_live(story: Story) -> None:
    olga = story.olga
    await story.system.faults.break_("never-expires")
    await olga.says("/backstop run set_ttl tenant=tenant-abc")
    await olga.submits(await olga.modal(containing="Which entry"), {"Which entry": "dashboard_metrics"})
    await olga.submits(await olga.modal(containing=[ABC_DASHBOARD, "no expiry"]), {"Reason": "as agreed"})
    await olga.sees(containing=["Done", "ends within 30 s"])
    assert 0 < await story.system.world.cache.ttl(ABC_DASHBOARD) <= 30


async def test_what_there_is_to_run_is_listed(story: Story) -> None:
    await story.sam.says("/backstop run")
    listed = await story.sam.sees(containing=["/backstop run clear_cache tenant=…", "Retry jobs", "Clear all caches"])
    assert listed.is_ephemeral


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("run clear_cash tenant=tenant-abc", "Did you mean clear_cache"),
        ("run clear_cache tenant=tenant-abd", "Did you mean tenant-abc"),
        ("run clear_cache tenant-abc", "say tenant=tenant-abc"),
        ("run clear_cache tenant=tenant-abc key=celery", "is not an input of clear_cache"),
        ("run clear_cache tenant=tenant-abc caches=revoked_tokens", "never cleared"),
        ("run fix_role tenant=tenant-abc user=vera@example.com change_by=withdraw_role", "is not an input of fix_role"),
        ("run fix_role tenant=tenant-abc user=vera@example.com role=emperor", "is not a role"),
        ("run retry_jobs tenant=tenant-abc jobs=all", "is not among the failed or stuck jobs"),
        ("run clear_cache tenant=tenant-abc system=zzz", "is not a system"),
        ("run retry_jobs tenant=tenant-new", "There is nothing to do"),
        ("cache", "Say whose"),
        ("cache tenant=*", "is not a tenant"),
        ("cache key=celery", "is not an input of cache"),
        ("why", "Name an action: activate_user, "),
        (
            "why fix_role tenant=tenant-abc user=vera@example.com",
            "say role=viewer or role=operator or role=tenant_admin or",
        ),
    ],
)
async def test_nonsense_ends_in_one_sentence(story: Story, text: str, says: str) -> None:
    await story.sam.says(f"/backstop {text}")
    answer = await story.sam.sees(containing=says)
    assert answer.is_ephemeral


async def test_an_outsider_learns_nothing_and_runs_nothing(story: Story) -> None:
    for text in ("run clear_cache tenant=tenant-abc", "cache tenant=tenant-abc", "why clear_cache tenant=tenant-abc"):
        said = await story.oscar.says(f"/backstop {text}")
        answer = await story.oscar.sees(containing="you hold no role", after=said)
        assert "metrics:" not in answer.all_text


async def test_the_cache_of_a_tenant_is_shown_without_values(story: Story) -> None:
    await story.system.faults.break_("never-expires")
    await story.system.faults.break_("config-never-expires")
    await story.sam.says("/backstop cache tenant=tenant-abc")
    shown = await story.sam.sees(containing=[ABC_DASHBOARD, "for ever", "≤ 30 s", "lock:tenant-abc:sync", "state"])
    assert "2 do not end as agreed" in shown.all_text
    assert "tenant-xyz" not in shown.all_text
    assert "whsec" not in shown.all_text and "total_agents" not in shown.all_text


async def test_who_may_is_said_with_the_rule(story: Story) -> None:
    await story.sam.says("/backstop why clear_cache tenant=tenant-abc")
    answer = await story.sam.sees(containing=["You may ask", "viewer needs one approval", "rule clear-cache"])
    assert answer.is_ephemeral
    await story.sam.sees(containing=["operator", "run it at once", "Olga"])
    await story.tom.says("/backstop why fix_role tenant=tenant-abc user=vera@example.com role=super_admin")
    await story.tom.sees(containing=["rule fix-role", "super_admin"])
    await story.tom.says("/backstop why clear_all_caches system=aiops")
    await story.tom.sees(containing="you hold no role in AI agents platform")
    await story.olga.says("/backstop why clear_all_caches system=aiops")
    await story.olga.sees(containing=["You may ask", "operator needs 2 approvals", "rule clear-all-caches", "Ada"])


async def test_rows_are_exported_as_a_file_into_the_thread(story: Story) -> None:
    sam, tom = story.sam, story.tom
    await story.system.faults.break_("data-missing")
    await sam.says("/diagnose missing-data tenant=tenant-abc")
    card = await sam.sees(containing=["Fault found", "not in the database any more"])
    await sam.presses(card, "Export rows…")
    await sam.submits(await sam.modal(containing="What"), {"What": "executions_of_30_days"})
    form = await sam.modal(containing=["Exports 40 rows", "Columns: id, agent, status"])
    await sam.submits(form, {"Reason": "the customer needs them for their invoices"})
    request = await tom.sees(thread=card, containing="Approval needed")
    await tom.presses(request, "Approve")
    done = await sam.sees(thread=card, containing=["Done", "40 rows exported"])
    assert "did not help" not in done.all_text
    attached = await sam.sees(thread=card, where=lambda message: bool(message.files))
    assert attached.files[0]["title"] == "executions_of_30_days of tenant-abc"
    async with httpx.AsyncClient(base_url=story.client.address, trust_env=False) as http:
        text = (await http.get(attached.files[0]["url"])).text
    lines = text.splitlines()
    assert lines[0] == "id,agent,status,duration_ms,created_at,finished_at,error"
    assert len(lines) == 41
    events = await story.stage.bot.built.bot.audit.find(limit=20)
    finished = next(row.event for row in events if row.event.verb == "action.finished")
    assert finished.detail["result"]["evidence"]["rows"] == 40
    assert "attachment" not in finished.detail["result"]


@contextlib.asynccontextmanager
async def time_passing(story: Story) -> AsyncIterator[None]:
    """Puts the clock forward again and again: whenever the bot begins to wait, its time is over soon."""

    async def pass_on() -> None:
        while True:
            story.watch.ahead += timedelta(minutes=1)
            await asyncio.sleep(0.2)

    task = asyncio.create_task(pass_on())
    try:
        yield
    finally:
        task.cancel()


async def test_stuck_jobs_are_retried_and_seen_to_run(story: Story) -> None:
    olga = story.olga
    await story.system.faults.break_("executions-stuck")
    await olga.says("/diagnose missing-executions tenant=tenant-abc")
    card = await olga.sees(containing=["Fault found", "Executions wait"])
    await olga.presses(card, "Retry jobs…")
    await olga.submits(
        await olga.modal(containing=["Queues 3 jobs again", "Invoice reader"]), {"Reason": "stuck since noon"}
    )
    await olga.sees(thread=card, containing=["Done, and it helped", "3 jobs queued again"])


async def test_a_retry_that_does_not_help_is_said_not_to_have_helped(story: Story) -> None:
    olga = story.olga
    await story.system.faults.break_("runs-fail")
    await olga.says("/diagnose missing-executions tenant=tenant-abc")
    card = await olga.sees(containing=["Fault found", "Most of the latest executions failed"])
    await olga.presses(card, "Retry jobs…")
    await olga.submits(await olga.modal(containing="Queues 8 jobs again"), {"Reason": "please try"})
    await olga.sees(thread=card, containing=["Done", "8 jobs queued again"])
    async with time_passing(story):
        done = await olga.sees(thread=card, containing="it did not help")
    assert "Escalate…" in done.buttons
    await olga.presses(card, "Look again")
    await olga.sees(containing=["failed, also after they were retried"])


async def test_all_caches_of_all_tenants_need_two_and_state_survives(story: Story) -> None:
    sam, olga, tom, cache = story.sam, story.olga, story.tom, story.system.world.cache
    await story.system.faults.break_("never-expires")
    await cache.set("metrics:dashboard:tenant-xyz", "{}", ex=300)
    await sam.says("/backstop run clear_all_caches")
    await sam.submits(await sam.modal(containing="System"), {"System": "aiops"})
    form = await sam.modal(containing=["of all tenants", "Kept", "revoked tokens", "Needs 2 approvals"])
    await sam.submits(form, {"Reason": "every tenant sees old numbers", "Type the name to confirm": "aiops"})
    request = await olga.sees(containing=["Approval needed", "Clear all caches"])
    await olga.presses(request, "Approve")
    await olga.watches(request, containing=["approved so far by Olga"])
    assert await cache.exists(ABC_DASHBOARD)
    await tom.presses(request, "Approve")  # who answers for one tenant decides nothing for all of them
    await tom.sees(containing="it takes operator or super_admin for the whole system")
    assert await cache.exists(ABC_DASHBOARD)
    await story.ada.presses(request, "Approve")
    await sam.watches(request, containing=["Done", "removed"])
    left = [key.decode() async for key in cache.scan_iter(count=1000)]
    assert [key for key in left if key.startswith(("metrics:", "llm-costs:", "tenant-config:"))] == []
    assert len([key for key in left if key.startswith("revoked:")]) == REVOKED
    assert {"celery", "_kombu.binding.celery", "unacked", "feature-flags", "lock:tenant-abc:sync"} <= set(left)


async def test_who_asks_again_is_told_that_it_is_their_own(story: Story) -> None:
    sam, olga = story.sam, story.olga
    await story.system.faults.break_("never-expires")
    wanted = "/backstop run clear_cache tenant=tenant-abc caches=dashboard_metrics"
    for who, says in (
        (sam, "Asked for Clear cache"),
        (sam, "You have asked for this already"),
        (olga, "Sam Rivera has asked for this already; yours was added to it"),
    ):
        await who.says(wanted)
        await who.submits(await who.modal(containing=ABC_DASHBOARD), {"Reason": "please"})
        await who.sees(containing=says)
    for who, expected in (
        (sam, ["You asked for another change of the same", "“Take back (asker)” under ⋯"]),
        (olga, ["Sam Rivera asks for another change of the same", "or deny it if you may"]),
    ):
        await who.says("/backstop run clear_cache tenant=tenant-abc")
        form = await who.modal(containing=ABC_DASHBOARD)
        await who.submits(form, {"Reason": "please"})
        await who.modal(containing=expected)
    card = await sam.sees(containing=["Approval needed", "Clear cache"])
    await sam.presses(card, "Take back (asker)")
    await sam.watches(card, containing="Taken back")
