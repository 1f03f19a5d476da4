"""Retrying queues exactly the jobs that were approved, a worker takes them, and nothing is retried twice."""

import asyncio

import pytest

from bot.errors import ActionFailed, InputError
from bot.model.request import Item
from tests.supported import ABC, Supported


async def statuses(system: Supported, *ids: str) -> list[str]:
    return [
        await system.platform.world.ask("SELECT status FROM agent_executions WHERE id::text = %s", one) for one in ids
    ]


async def until_worked_on(system: Supported, *ids: str) -> list[str]:
    async with asyncio.timeout(20):
        while "queued" in (found := await statuses(system, *ids)):  # noqa: ASYNC110 - another server's state
            await asyncio.sleep(0.02)
    return found


async def test_stuck_jobs_are_queued_and_carried_out(system: Supported) -> None:
    await system.platform.faults.break_("executions-stuck")
    preview = await system.preview("retry_jobs", {}, tenant=ABC)
    assert preview.says == "Queues 3 jobs again"
    assert {(item.before, item.after) for item in preview.items} == {("queued", "queued again")}
    assert preview.circumstances[preview.items[0].name]["agent"] == "Invoice reader"
    outcome = await system.apply("retry_jobs", {}, preview, tenant=ABC)
    assert outcome.says == "3 jobs queued again"
    ids = [item.name for item in preview.items]
    assert await until_worked_on(system, *ids) == ["success"] * 3
    assert (await system.check("missing-executions", "retried", tenant=ABC)).code == "none"


async def test_failed_ones_that_fail_again_are_seen_to(system: Supported) -> None:
    await system.platform.faults.break_("runs-fail")
    preview = await system.preview("retry_jobs", {}, tenant=ABC)
    await system.apply("retry_jobs", {}, preview, tenant=ABC)
    assert set(await until_worked_on(system, *(item.name for item in preview.items))) == {"failed"}
    assert (await system.check("missing-executions", "retried", tenant=ABC)).code == "some"


async def test_one_can_be_named_and_others_stay(system: Supported) -> None:
    await system.platform.faults.break_("executions-stuck")
    every = await system.preview("retry_jobs", {}, tenant=ABC)
    one, *others = [item.name for item in every.items]
    preview = await system.preview("retry_jobs", {"jobs": [one]}, tenant=ABC)
    assert [item.name for item in preview.items] == [one]
    await system.apply("retry_jobs", {"jobs": [one]}, preview, tenant=ABC)
    assert await until_worked_on(system, one) == ["success"]
    assert await statuses(system, *others) == ["queued", "queued"]
    with pytest.raises(InputError, match="is not among the failed or stuck jobs of tenant-xyz"):
        await system.preview("retry_jobs", {"jobs": [others[0]]}, tenant="tenant-xyz")


async def test_a_bound_is_kept_and_said(system: Supported) -> None:
    await system.platform.faults.break_("executions-failed")
    preview = await system.preview("retry_jobs", {"at_most": 2}, tenant=ABC)
    assert len(preview.items) == 2
    assert preview.notes == ("There are more; 2 are retried at once. Ask again afterwards.",)


async def test_what_moved_on_meanwhile_is_left_alone(system: Supported) -> None:
    await system.platform.faults.break_("executions-failed")
    preview = await system.preview("retry_jobs", {}, tenant=ABC)
    first = preview.items[0].name
    await system.platform.world.change("UPDATE agent_executions SET status = 'success' WHERE id::text = %s", first)
    outcome = await system.apply("retry_jobs", {}, preview, tenant=ABC)
    assert outcome.says == "7 jobs queued again, 1 had moved on meanwhile"
    again = await system.apply("retry_jobs", {}, preview, tenant=ABC)
    assert again.evidence["queued"] == 0


async def test_a_job_of_another_tenant_is_never_retried(system: Supported) -> None:
    await system.platform.faults.break_("executions-stuck")
    preview = await system.preview("retry_jobs", {}, tenant=ABC)
    outcome = await system.apply("retry_jobs", {}, preview, tenant="tenant-xyz")
    assert outcome.changed == ()
    forged = preview.model_copy(update={"items": (Item(name=preview.items[0].name, before="queued", after="success"),)})
    with pytest.raises(ActionFailed, match="no job was approved"):
        await system.apply("retry_jobs", {}, forged, tenant=ABC)


async def test_nothing_failed_is_nothing_to_do(system: Supported) -> None:
    assert (await system.preview("retry_jobs", {}, tenant="tenant-new")).items == ()
