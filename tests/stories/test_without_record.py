"""The bot's own database is away: looking goes on and is marked, nothing can be asked for, and it recovers."""

import psycopg
import pytest

from sandbox.slack.seen import SeenMessage
from tests.conftest import Databases
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
