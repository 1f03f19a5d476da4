"""The worst days: a bot is killed in the middle of a run, Slack takes no messages; people hear of it all the same."""

import asyncio
import json
import sys
from pathlib import Path

from bot.model.request import State
from bot.wiring import run
from tests.stories.conftest import Story
from tests.supported import ROOT


async def test_a_bot_is_killed_while_it_runs_and_people_are_told(story: Story, tmp_path: Path) -> None:
    sam, ada, settings = story.sam, story.ada, story.stage.settings
    given = {
        "state": str(tmp_path / "other"), "database": story.addresses.running, "api_url": settings.slack_api_url,
        "bot_token": story.stage.served.bot_token, "app_token": story.stage.served.app_token,
        "environment": dict(story.system.environment),
    }  # fmt: skip
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.stories.replica_child", cwd=ROOT,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert child.stdin is not None and child.stdout is not None
    try:
        child.stdin.write(json.dumps(given).encode() + b"\n")
        assert (await asyncio.wait_for(child.stdout.readline(), 60)) == b"ready\n"
        await story.stage.bot.stop_working()
        await sam.says("/backstop run fix_role tenant=tenant-abc user=vera@example.com role=operator")
        await sam.submits(await sam.modal(containing="Reason"), {"Reason": "she runs the jobs now"})
        request = await ada.sees(containing=["Approval needed", "Fix role"])
        await ada.presses(request, "Approve")
        assert (await asyncio.wait_for(child.stdout.readline(), 30)) == b"claimed\n"
    finally:
        child.kill()
        await child.wait()
    await story.stage.bot.stop()
    environment = story.system.environment
    async with run(settings, story.addresses.running, environment=environment, clock=story.watch) as survivor:
        card = await ada.watches(request, containing=["Outcome unknown", "The bot stopped while it ran"])
        told = await sam.sees_directly(containing=["Outcome unknown: Fix role"])
        assert "It was done…" in card.buttons and "It was done…" not in told.buttons  # the asker does not settle it
        assert "Who may say it:" in card.all_text and "not Sam, who asked, nor vera@example.com" in card.all_text
        here = await story.dana.sees(containing=["Outcome unknown", "It was done…"])
        await story.dana.presses(here, "It was done…")
        await story.dana.modal(containing=["You can't decide this: it takes", "Who may decide: Ada, Rosa."])
        await ada.presses(card, "It was not done…")
        form = await ada.modal(containing="How do you know?")
        await ada.submits(form, {"How do you know?": "her role is the old one"})
        await sam.watches(told, containing=["Failed", "her role is the old one"])
        await ada.no_modal()
        verbs = [row.event.verb for row in await survivor.built.bot.audit.find(limit=50)]
        assert verbs.count("action.started") == 1


async def test_slack_takes_no_messages_until_it_is_over(story: Story) -> None:
    await story.system.faults.break_("never-expires")
    await story.sam.says("/diagnose stale-data tenant=tenant-abc")
    card = await story.sam.sees(containing="Fault found")
    await story.sam.presses(card, "Clear cache…")
    await story.sam.submits(await story.sam.modal(containing="Reason"), {"Reason": "old numbers"})
    request = await story.olga.sees(thread=card, containing="Approval needed")
    for method in ("chat.update", "chat.postMessage"):
        await story.client.faults(error={"method": method, "error": "internal_error", "times": 1_000})
    await story.olga.presses(request, "Approve")
    bot = story.stage.bot.built.bot
    sam = await bot.directory.person(story.sam.id)
    async with asyncio.timeout(20):
        while (await bot.asked_by(sam))[0].state is not State.DONE:  # noqa: ASYNC110  # only asked for
            await asyncio.sleep(0.05)
    assert "Approval needed" in (await story.olga.rereads(request)).all_text  # nothing could be said so far
    await story.client.faults(clear=True)
    await story.olga.watches(request, containing="Done, and it helped", timeout=60)
    await story.sam.sees_directly(containing=["Done, and it helped", "Olga"], timeout=60)
