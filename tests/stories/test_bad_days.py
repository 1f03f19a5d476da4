"""Bad days: systems that are down, presses that come twice, two approvers, expiry, and a bot that stops."""

import asyncio
from datetime import timedelta

from bot.wiring import run
from sandbox.slack.acting import Person
from sandbox.slack.seen import SeenMessage
from tests.stories.conftest import Story


async def asked(story: Story, person: Person) -> SeenMessage:
    """A request of Sam's that waits, as `person` sees it in the thread."""
    await story.system.faults.break_("never-expires")
    await story.sam.says("/diagnose stale-data tenant=tenant-abc")
    card = await story.sam.sees(containing="Fault found")
    await story.sam.presses(card, "Clear cache…")
    await story.sam.submits(await story.sam.modal(containing="Reason"), {"Reason": "please"})
    return await person.sees(thread=card, containing="Approval needed")


async def test_one_system_is_down(story: Story) -> None:
    await story.system.faults.break_("cache-down")
    await story.sam.says("/diagnose stale-data tenant=tenant-abc")
    card = await story.sam.sees(containing=["unknown", "Dashboard cache TTL"])
    assert "No fault found" not in card.all_text


async def test_a_probe_hangs(story: Story) -> None:
    await story.system.faults.break_("api-hangs")
    await story.sam.says("/diagnose stale-data tenant=tenant-abc")
    card = await story.sam.sees(containing=["unknown", "Dashboard cache TTL"])
    assert "Fault found" not in card.all_text or "Could not tell" in card.all_text


async def test_two_approvers_and_double_presses_run_it_once(story: Story) -> None:
    request = await asked(story, story.olga)
    await asyncio.gather(
        *(person.presses(request, "Approve") for person in (story.olga, story.tom, story.olga, story.ada))
    )
    await story.olga.watches(request, containing=["Done, and it helped"])
    events = await story.stage.bot.built.bot.audit.find(limit=100)
    verbs = [row.event.verb for row in events]
    assert verbs.count("action.started") == 1
    assert verbs.count("request.approved") == 1


async def test_denied_with_a_reason(story: Story) -> None:
    request = await asked(story, story.olga)
    await story.olga.presses(request, "Deny…")
    await story.olga.submits(
        await story.olga.modal(containing="Why not"),
        {"Why not? Sam Rivera is told": "the nightly job needs <!here> it"},
    )
    card = await story.sam.watches(request, containing=["Denied", "the nightly job needs"])
    assert "<!here>" not in str(card.blocks)


async def test_nobody_decided(story: Story) -> None:
    request = await asked(story, story.sam)
    story.watch.ahead = timedelta(minutes=31)
    await story.sam.watches(request, containing=["Expired"])


async def test_the_bot_restarts_between_approval_and_execution(story: Story) -> None:
    request = await asked(story, story.olga)
    running = story.stage.bot
    await running.stop_working()
    await story.olga.presses(request, "Approve")
    bot = running.built.bot
    async with asyncio.timeout(20):
        while await bot.pending():  # noqa: ASYNC110  # another process than the waiting one could have decided
            await asyncio.sleep(0.02)
    assert [row.event.verb for row in await bot.audit.find(limit=1)] == ["request.approved"]
    await running.stop()
    async with run(
        story.stage.settings, story.addresses.running, environment=story.system.environment, clock=story.watch
    ):
        await story.olga.watches(request, containing=["Done, and it helped"])
