"""How a decision is made and told: App Home, a vote that is taken back, reminders, and what the asker hears."""

from datetime import timedelta

from sandbox.slack.seen import SeenMessage
from tests.stories.conftest import Story


async def asked(story: Story) -> SeenMessage:
    """A request of Sam's that waits; its card in the thread, as Sam sees it."""
    await story.system.faults.break_("never-expires")
    await story.sam.says("/diagnose stale-data tenant=tenant-abc")
    card = await story.sam.sees(containing="Fault found")
    await story.sam.presses(card, "Clear cache…")
    form = await story.sam.modal(containing=["Reason", "asked for “Clear cache” 0 of 20 times in 1 h"])
    await story.sam.submits(form, {"Reason": "old numbers"})
    return await story.sam.sees(thread=card, containing="Approval needed")


async def test_it_waits_in_app_home_and_is_decided_there(story: Story) -> None:
    await asked(story)
    home = await story.olga.home(containing=["Waiting for you", "Clear cache", "old numbers"])
    await story.olga.presses(home, "Approve")
    await story.sam.sees_directly(containing=["Done, and it helped", "Olga"])  # the asker is told directly
    await story.olga.home(containing=["Nothing waits for your decision", "Lately in your systems", "Clear cache"])


async def test_app_home_follows_what_others_do(story: Story) -> None:
    home = await story.olga.home(containing="Nothing waits for your decision")
    request = await asked(story)
    seen = await story.olga.sees_home(containing=["old numbers", "Approve"])
    assert seen.hash != home.hash
    await story.tom.presses(request, "Deny…")
    await story.tom.submits(await story.tom.modal(containing="Why not"), {"Why not? Sam Rivera is told": "not now"})
    await story.olga.sees_home(containing=["Nothing waits for your decision", "Denied by Tom"])


async def test_the_asker_is_told_directly_why_it_was_denied(story: Story) -> None:
    request = await asked(story)
    await story.tom.presses(request, "Deny…")
    await story.tom.submits(
        await story.tom.modal(containing="Why not"), {"Why not? Sam Rivera is told": "the nightly job runs"}
    )
    await story.sam.sees_directly(containing=["Denied by Tom", "the nightly job runs"])
    await story.tom.no_modal()


async def test_who_may_decide_is_reminded_and_the_asker_hears_that_it_expired(story: Story) -> None:
    await asked(story)
    story.watch.ahead = timedelta(minutes=6)
    reminder = await story.olga.sees_directly(containing=["still waits for a decision", "old numbers"])
    assert reminder.buttons[0] == "Approve"
    story.watch.ahead = timedelta(minutes=31)
    await story.sam.sees_directly(containing=["Expired"])
    await story.olga.watches(reminder, containing="Expired")


async def test_the_account_is_looked_at_afresh(story: Story) -> None:
    request = await asked(story)
    await story.client.changes_person("olga", deleted=True)
    await story.olga.presses(request, "Approve")
    bot = story.stage.bot.built.bot
    await story.tom.presses(request, "Approve")
    done = await story.tom.watches(request, containing="Done")
    assert "Olga" not in done.all_text
    assert any("deactivated" in row.event.reason for row in await bot.audit.find(outcome="refused"))


async def _two_cards(story: Story) -> tuple[SeenMessage, SeenMessage]:
    """The older and the newer card of one question, both with a fault."""
    await story.system.faults.break_("never-expires")
    await story.sam.says("/diagnose stale-data tenant=tenant-abc")
    older = await story.sam.sees(containing="Fault found")
    await story.sam.says("/diagnose stale-data tenant=tenant-abc")
    newer = await story.sam.sees(containing="Fault found", after=older)
    return older, newer


async def _asked_from(story: Story, card: SeenMessage) -> SeenMessage:
    """What Sam asks for from a card, as Olga sees it."""
    await story.sam.presses(card, "Clear cache…")
    await story.sam.submits(await story.sam.modal(containing="Reason"), {"Reason": "old numbers"})
    return await story.olga.sees(thread=card, containing="Approval needed")


async def test_a_newer_card_of_the_same_question_says_what_was_fixed_from_the_older_one(story: Story) -> None:
    older, newer = await _two_cards(story)
    await story.sam.says("/diagnose stale-data tenant=tenant-xyz")
    other = await story.sam.sees(containing="No fault found")
    request = await _asked_from(story, older)
    await story.olga.presses(request, "Approve")
    told = ["Fixed", "approved by Olga: done, and it helped, from another card of this question", "its card"]
    card = await story.sam.watches(newer, containing=[*told, "made at", "before this; Look again"])
    assert card.buttons[0] == "Look again"
    assert "from another card" not in (await story.sam.watches(older, containing="Fixed")).all_text
    assert "from another card" not in (await story.sam.watches(other, containing="No fault found")).all_text


async def test_a_fault_that_was_gone_before_anything_was_done_is_gone_on_every_card_of_it(story: Story) -> None:
    older, newer = await _two_cards(story)
    request = await _asked_from(story, older)
    await story.system.faults.heal("never-expires")
    await story.olga.presses(request, "Approve")
    says = "approved by Olga: not done, for the fault was gone"
    for card, more in ((older, ""), (newer, ", from another card of this question")):
        told = ["Fault gone: The cached dashboard never expires", says + more, "before this; Look again"]
        seen = await story.sam.watches(card, containing=told)
        assert "Do next" not in seen.all_text and "Fault found" not in seen.all_text
        assert seen.buttons[0] == "Look again"
