"""The shipped file of ZenaManage with its actions: each cures on the stand-in what it is for."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

import pytest
import yaml

from bot.errors import ActionFailed
from bot.model.request import Outcome, Preview
from bot.model.system import System
from sandbox.aiops import AiOps
from sandbox.zenamanage.overlay import overlaid
from sandbox.zenamanage.sessions import Kind
from sandbox.zenamanage.standin import ZenaManage
from tests.supported import REGISTRY, ROOT, Supported


@pytest.fixture
async def shipped(zena: ZenaManage) -> AsyncIterator[Supported]:
    """The bot's way to the stand-in, by the shipped file; whole again afterwards."""
    written = yaml.safe_load((ROOT / "systems" / "zenamanage.yml").read_text(encoding="utf-8"))
    system = System.model_validate(overlaid(written, Kind.MARIADB))
    made = Supported(cast("AiOps", zena), system)  # of which it needs the addresses alone
    yield made
    await made.access.close()
    await zena.faults.heal_all()


async def carried_out(
    shipped: Supported, action: str, params: Mapping[str, Any] | None = None, **texts: str
) -> tuple[Preview, Outcome]:
    preview = await shipped.preview(action, params or {}, **texts)
    assert preview.items, preview.says
    return preview, await shipped.apply(action, params or {}, preview, **texts)


async def test_failed_jobs_go_back_and_are_carried_out(shipped: Supported, zena: ZenaManage) -> None:
    await zena.faults.break_("one-job-fails")
    before = await zena.world.ask("SELECT count(*) FROM failed_jobs")
    preview, outcome = await carried_out(shipped, "retry_failed_jobs", {"which": "all"})
    assert outcome.says.startswith(f"{len(preview.items)} job")
    assert await zena.world.ask("SELECT count(*) FROM failed_jobs") == before - len(preview.items)


async def test_one_failed_job_is_forgotten(shipped: Supported, zena: ZenaManage) -> None:
    await zena.faults.break_("poisoned-payload")
    made: Any = REGISTRY.actions["forget_job"].params
    (first, *_) = (await made.choices(await shipped.look()))["job"]
    before = await zena.world.ask("SELECT count(*) FROM failed_jobs")
    await carried_out(shipped, "forget_job", {"job": first[0]})
    assert await zena.world.ask("SELECT count(*) FROM failed_jobs") == before - 1


async def test_dead_workers_are_started(shipped: Supported, zena: ZenaManage) -> None:
    await zena.faults.break_("workers-dead")
    assert (await (await shipped.look()).queue("default")).serving == ()
    await carried_out(shipped, "restart_workers")
    assert (await (await shipped.look()).queue("default")).serving
    _, outcome = await carried_out(shipped, "scale_workers", {"count": 6})
    assert len(await (await shipped.look()).workers() or {}) == 6
    assert outcome.undo is not None


async def test_a_paused_queue_goes_on_and_nothing_else_is_touched(shipped: Supported, zena: ZenaManage) -> None:
    params = {"queues": ["default", "high"]}
    assert not (await shipped.preview("resume_queue", params)).items
    await zena.faults.break_("queue-paused")
    await zena.world.cache.set("illuminate:queues:paused:mail", "1")
    preview, outcome = await carried_out(shipped, "resume_queue", params)
    assert [(item.name, item.before) for item in preview.items] == [("default", "paused")]
    assert outcome.says == "default goes on"
    assert not (await (await shipped.look()).queue("default")).paused
    assert (await (await shipped.look()).queue("mail")).paused
    again = await shipped.apply("resume_queue", params, preview)
    assert (again.says, again.changed) == ("nothing was paused any more", ())
    with pytest.raises(ActionFailed, match="something else was approved"):
        await shipped.apply("resume_queue", {"queues": ["mail"]}, preview)
    await zena.world.cache.delete("illuminate:queues:paused:mail")


async def test_maintenance_is_switched_on_and_off(shipped: Supported) -> None:
    _, outcome = await carried_out(shipped, "maintenance_mode", {"mode": "on"})
    assert (await (await shipped.look()).fetch("health")).status == 503
    await carried_out(shipped, "maintenance_mode", outcome.undo)


@pytest.mark.parametrize("service", ["database", "cache", "websocket", "php", "web"])
async def test_services_are_restarted_and_answer(shipped: Supported, service: str) -> None:
    _, outcome = await carried_out(shipped, "restart_service", {"service": service})
    assert "was restarted, and" in outcome.says


@pytest.mark.parametrize(
    "action",
    ["clear_application_cache", "reload_configuration", "backup_database", "repair_log_permissions"],
)
async def test_commands_of_the_product_succeed(shipped: Supported, action: str) -> None:
    await carried_out(shipped, action)


async def test_integrity_is_told_truly(shipped: Supported, zena: ZenaManage) -> None:
    params = {"queries": ["orphaned_tasks", "orphaned_projects", "orphaned_users", "foreign_tasks"]}
    await carried_out(shipped, "check_integrity", params)
    await zena.faults.break_("orphaned-tasks")
    preview = await shipped.preview("check_integrity", params)
    with pytest.raises(ActionFailed, match="by orphaned_tasks"):
        await shipped.apply("check_integrity", params, preview)


async def test_accounts(shipped: Supported) -> None:
    user = "nina@example.com"
    _, blocked = await carried_out(shipped, "block_user", user=user)
    await carried_out(shipped, "block_user", blocked.undo, user=user)
    await carried_out(shipped, "activate_user", user="former@example.com")
    await carried_out(shipped, "activate_user", {"active": False}, user="former@example.com")
    _, moved = await carried_out(shipped, "set_user_tenant", tenant="globex", user=user)
    await carried_out(shipped, "set_user_tenant", moved.undo, tenant="globex", user=user)
    preview, sent = await carried_out(shipped, "send_password_reset", user=user)
    assert "token" not in sent.model_dump_json() + preview.model_dump_json()
