"""Personal data is masked wherever it is drawn; who may sees it alone, with a reason, and that is on record first."""

import psycopg

from sandbox.slack.seen import SeenMessage
from tests.databases import Databases
from tests.stories.conftest import Story

REASON = "Why do you need this?"


async def evidence_of_assignments(story: Story) -> SeenMessage:
    """The evidence below a diagnosis in which people's addresses were read."""
    await story.sam.says("/diagnose data-consistency")
    card = await story.sam.sees(containing="Role assignments", where=lambda one: "Look again" in one.buttons)
    evidence = await story.sam.sees(thread=card, containing="Evidence", where=lambda one: "Reveal…" in one.buttons)
    assert "•••@example.com" in evidence.all_text and "olga@" not in evidence.all_text
    return evidence


async def test_masked_for_all_and_shown_to_one(story: Story) -> None:
    sam, ada, audit = story.sam, story.ada, story.stage.bot.built.bot.audit
    evidence = await evidence_of_assignments(story)

    await sam.presses(evidence, "Reveal…")
    refused = await sam.modal(containing="You can't see this unmasked")
    assert "it takes tenant_admin or super_admin or auditor" in refused.all_text

    await ada.presses(evidence, "Reveal…")
    form = await ada.modal(containing=REASON)
    assert "olga@" not in form.all_text
    await ada.submits(
        form, {REASON: "asked who has access, ticket 4711; token=abcdef123456", "What": "Role assignments"}
    )
    shown = await ada.modal(containing=["Shown to you alone", "olga@example.com"])
    assert "abcdef123456" not in shown.all_text and "Agents per tenant" not in shown.all_text

    newest, before = await audit.find(verb="evidence.revealed")
    assert (newest.event.person.email, newest.event.outcome) == ("ada@example.com", "ok")
    assert "ticket 4711" in newest.event.reason and "abcdef123456" not in newest.event.reason
    assert newest.event.detail["checks"] == ["assignments"]
    assert f"event {newest.number}" in shown.all_text
    assert (before.event.person.email, before.event.outcome) == ("sam@example.com", "refused")
    assert newest.event.subject == before.event.subject  # both stand in the timeline of the diagnosis


async def test_nothing_is_shown_that_is_not_on_record(story: Story, databases: Databases) -> None:
    ada = story.ada
    evidence = await evidence_of_assignments(story)
    await ada.presses(evidence, "Reveal…")
    form = await ada.modal(containing=REASON)
    superuser = databases.superuser(story.addresses)
    async with await psycopg.AsyncConnection.connect(superuser, autocommit=True) as connection:
        await connection.execute("REVOKE EXECUTE ON FUNCTION audit_append FROM backstop_app")
        await ada.submits(form, {REASON: "asked who has access"})
        refused = await ada.modal(containing="refused to record this")
        assert "olga@" not in refused.all_text
        await connection.execute("GRANT EXECUTE ON FUNCTION audit_append TO backstop_app")
    assert await story.stage.bot.built.bot.audit.find(verb="evidence.revealed") == []
