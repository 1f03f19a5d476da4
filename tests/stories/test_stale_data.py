"""A customer sees old numbers: Sam finds out why, Olga lets him clear the cache, and it is on record."""

from tests.stories.conftest import Story


async def test_from_the_command_to_the_verified_fix(story: Story) -> None:
    sam, olga = story.sam, story.olga
    await story.system.faults.break_("never-expires")

    await sam.says("/diagnose stale-data tenant=tenant-abc")
    card = await sam.sees(containing=["Fault found", "never expires", "no expiry"])
    assert card.buttons[0] == "Clear cache…"
    assert "Look again" in card.buttons and "Escalate…" in card.buttons

    await sam.presses(card, "Clear cache…")
    form = await sam.modal(containing=["metrics:dashboard:tenant-abc", "no expiry"])
    assert "total_agents" not in form.all_text  # values are never shown
    await sam.submits(form, {"Reason": "customer sees numbers of this morning", "Ticket": "4711"})

    request = await olga.sees_directly(containing=["Approval needed", "customer sees numbers of this morning"])
    await olga.presses(request, "Approve")

    thread_card = await sam.sees(thread=card, containing=["Done, and it helped"])
    assert "Olga" in thread_card.all_text
    direct = await olga.sees_directly(containing=["Done, and it helped"])
    assert "Approve" not in direct.buttons  # every card of the request was drawn again

    await sam.says("/audit")
    trail = await sam.sees(containing=["one approval needed", "cache: approved", "cache: started", "cache: helped"])
    assert trail.is_ephemeral


async def test_olga_needs_nobody_and_nobody_decides_on_their_own_request(story: Story) -> None:
    sam, olga = story.sam, story.olga
    await story.system.faults.break_("never-expires")
    await olga.says("/diagnose stale-data tenant=tenant-abc")
    card = await olga.sees(containing="Fault found")
    await olga.presses(card, "Clear cache…")
    await olga.submits(await olga.modal(containing="Reason"), {"Reason": "as agreed"})
    await olga.sees(thread=card, containing=["Done"])

    await story.system.faults.heal_all()
    await story.system.faults.break_("never-expires")
    await sam.says("/diagnose stale-data tenant=tenant-abc")
    card = await sam.sees(containing=["Fault found", "Sam"])
    await sam.presses(card, "Clear cache…")
    await sam.submits(await sam.modal(containing="Reason"), {"Reason": "please"})
    request = await sam.sees(thread=card, containing="Approval needed")
    await sam.presses(request, "Approve")
    refusal = await sam.sees(thread=card, containing="it is your own request")
    assert refusal.is_ephemeral
    refused = await story.stage.bot.built.bot.audit.find(outcome="refused")
    assert any("your own request" in row.event.reason for row in refused)


async def test_nothing_wrong_is_said_with_what_was_looked_at(story: Story) -> None:
    await story.sam.says("/diagnose stale-data tenant=tenant-abc")
    card = await story.sam.sees(containing=["No fault found", "Dashboard cache TTL"])
    assert "Clear cache…" not in card.buttons


async def test_look_again_and_escalate(story: Story) -> None:
    sam, olga = story.sam, story.olga
    await story.system.faults.break_("never-expires")
    await sam.says("/diagnose stale-data tenant=tenant-abc")
    card = await sam.sees(containing="Fault found")
    await story.system.faults.heal_all()
    await sam.presses(card, "Look again")
    await sam.sees(containing="No fault found")
    await sam.presses(card, "Escalate…")
    form = await sam.modal(containing="What does the user see?")
    await sam.submits(form, {"What does the user see?": "numbers of this morning"})
    head = await olga.sees(containing=["Escalated", "numbers of this morning"])
    await olga.presses(head, "I take it")
    await olga.sees(containing=["Escalated", "Olga works on it"])
