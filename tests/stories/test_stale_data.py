"""A customer sees old numbers: Sam finds out why, Olga lets him clear the cache, and it is on record."""

from tests.stories.conftest import Story


async def test_from_the_command_to_the_verified_fix(story: Story) -> None:
    sam, olga = story.sam, story.olga
    await story.system.faults.break_("never-expires")

    await sam.says("/diagnose stale-data tenant=tenant-abc")
    card = await sam.sees(containing=["FAULT FOUND", "never expires", "no expiry"])
    assert card.buttons[0] == "Clear cache…"
    assert "Look again" in card.buttons and "Escalate…" in card.buttons

    await sam.presses(card, "Clear cache…")
    form = await sam.modal(containing=["metrics:dashboard:tenant-abc", "no expiry"])
    assert "total_agents" not in form.all_text  # values are never shown
    await sam.submits(form, {"Reason": "customer sees numbers of this morning", "Ticket": "4711"})

    request = await olga.sees_directly(containing=["APPROVAL NEEDED", "customer sees numbers of this morning"])
    await olga.presses(request, "Approve")

    thread_card = await sam.sees(thread=card, containing=["DONE", "verified"])
    assert "Olga" in thread_card.all_text
    direct = await olga.sees_directly(containing=["DONE", "verified"])
    assert "Approve" not in direct.buttons  # every card of the request was drawn again

    await sam.says("/audit")
    trail = await sam.sees(containing=["asked", "approved", "started", "verified"])
    assert trail.is_ephemeral


async def test_olga_needs_nobody_and_nobody_decides_on_their_own_request(story: Story) -> None:
    sam, olga = story.sam, story.olga
    await story.system.faults.break_("never-expires")
    await olga.says("/diagnose stale-data tenant=tenant-abc")
    card = await olga.sees(containing="FAULT FOUND")
    await olga.presses(card, "Clear cache…")
    await olga.submits(await olga.modal(), {"Reason": "as agreed"})
    await olga.sees(thread=card, containing=["DONE"])

    await story.system.faults.heal_all()
    await story.system.faults.break_("never-expires")
    await sam.says("/diagnose stale-data tenant=tenant-abc")
    card = await sam.sees(containing=["FAULT FOUND", "Sam"])
    await sam.presses(card, "Clear cache…")
    await sam.submits(await sam.modal(), {"Reason": "please"})
    request = await sam.sees(thread=card, containing="APPROVAL NEEDED")
    await sam.presses(request, "Approve")
    refusal = await sam.sees(thread=card, containing="it is your own request")
    assert refusal.is_ephemeral
    refused = await story.stage.bot.built.bot.audit.find(outcome="refused")
    assert any("your own request" in row.event.says for row in refused)


async def test_nothing_wrong_is_said_with_what_was_looked_at(story: Story) -> None:
    await story.sam.says("/diagnose stale-data tenant=tenant-abc")
    card = await story.sam.sees(containing=["NO FAULT FOUND", "Dashboard cache TTL"])
    assert "Clear cache…" not in card.buttons


async def test_look_again_and_escalate(story: Story) -> None:
    sam, olga = story.sam, story.olga
    await story.system.faults.break_("never-expires")
    await sam.says("/diagnose stale-data tenant=tenant-abc")
    card = await sam.sees(containing="FAULT FOUND")
    await story.system.faults.heal_all()
    await sam.presses(card, "Look again")
    await sam.sees(containing="NO FAULT FOUND")
    await sam.presses(card, "Escalate…")
    await sam.submits(await sam.modal(title="Escalate"), {"What does the user see?": "numbers of this morning"})
    head = await olga.sees(containing=["ESCALATED", "numbers of this morning"])
    await olga.presses(head, "Acknowledge")
    await olga.sees(containing=["Acknowledged by Olga"])
