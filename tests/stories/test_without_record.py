"""The bot's own database is away: looking goes on and is marked, nothing can be asked for, and it recovers."""

import psycopg
import pytest

from sandbox.slack.seen import SeenMessage
from tests.databases import Databases
from tests.stories.conftest import Story


async def test_a_diagnosis_is_shown_and_marked(story: Story, databases: Databases) -> None:
    await story.system.faults.break_("never-expires")
    owner = databases.superuser(story.addresses)
    async with await psycopg.AsyncConnection.connect(owner, autocommit=True) as connection:
        await connection.execute("REVOKE EXECUTE ON FUNCTION audit_append FROM backstop_app")
        await story.sam.says("/diagnose stale-data tenant=tenant-abc")
        card = await story.sam.sees(containing=["Fault found", "Not recorded"])
        with pytest.raises(AssertionError):
            await story.sam.presses(card, "Clear cache…")
        await connection.execute("GRANT EXECUTE ON FUNCTION audit_append TO backstop_app")
    await story.sam.presses(card, "Look again")
    again: SeenMessage = await story.sam.sees(containing="Fault found", after=card)
    assert "Not recorded" not in again.all_text
    assert "Clear cache…" in again.buttons


async def test_a_decision_is_refused_with_the_reason(story: Story, databases: Databases) -> None:
    sam, olga = story.sam, story.olga
    await story.system.faults.break_("never-expires")
    await sam.says("/diagnose stale-data tenant=tenant-abc")
    card = await sam.sees(containing="Fault found")
    await sam.presses(card, "Clear cache…")
    await sam.submits(await sam.modal(containing="Reason"), {"Reason": "old numbers"})
    request = await olga.sees(thread=card, containing="Approval needed")
    owner = databases.superuser(story.addresses)
    async with await psycopg.AsyncConnection.connect(owner, autocommit=True) as connection:
        await connection.execute("REVOKE EXECUTE ON FUNCTION audit_append FROM backstop_app")
        await olga.presses(request, "Approve")
        said = await olga.sees(thread=card, containing="refused to record this, so nothing was done")
        assert said.is_ephemeral
        await connection.execute("GRANT EXECUTE ON FUNCTION audit_append TO backstop_app")
    await story.tom.presses(request, "Approve")
    await sam.sees(thread=card, containing="Done")
