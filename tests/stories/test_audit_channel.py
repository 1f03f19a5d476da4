"""What leaves the database by itself: signed checkpoints and the figures of a week, in a channel that auditors read."""

from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from bot.audit import Folder
from bot.audit.reporting import report
from bot.slack.announcing import Announcer
from sandbox.slack.seen import SeenMessage
from tests.databases import Databases
from tests.stories.conftest import Story

CHANNEL = "database-support"  # Ada, who is an auditor, is in it


@pytest.fixture
def audit_channel() -> str:
    return CHANNEL


async def ask(story: Story, reason: str) -> SeenMessage:
    """Sam diagnoses and asks; the card that others decide on."""
    await story.system.faults.break_("never-expires")
    said = await story.sam.says("/diagnose stale-data tenant=tenant-abc")
    card = await story.sam.sees(containing="Fault found", after=said)
    await story.sam.presses(card, "Clear cache…")
    await story.sam.submits(await story.sam.modal(containing="Reason"), {"Reason": reason})
    return await story.sam.sees(thread=card, containing=["Approval needed", reason])


async def test_the_week_in_figures(story: Story) -> None:
    bot, ada, olga = story.stage.bot, story.ada, story.olga
    await ada.sees(channel=CHANNEL, containing=["0 asked, 0 approved", "Nobody had to decide"])  # of the week before
    (started,) = await bot.built.bot.audit.find(verb="bot.started")
    assert started.event.detail["catalog"] == bot.built.bot.catalog.digest
    await olga.presses(await ask(story, "first"), "Approve")
    await story.sam.sees(containing="Fixed")
    await olga.presses(await ask(story, "second"), "Deny…")
    await olga.submits(await olga.modal(containing="Why not?"), {"Why not? Sam Rivera is told": "look at the writer"})
    await story.sam.sees(containing="denied by Olga")

    store = bot.built.bot.store
    announcer = Announcer(bot.poster, bot.built.bot.directory, CHANNEL, bot.built.bot.overview.resolved)
    story.watch.ahead = timedelta(days=7)
    assert await report(store, announcer.figures, story.watch)
    assert not await report(store, announcer.figures, story.watch)  # by another replica
    figures = await ada.sees(channel=CHANNEL, containing="2 asked, 1 approved, 1 denied, 0 expired, 1 helped")
    assert "Half of 2 decisions took up to" in figures.all_text and "95 % up to" in figures.all_text
    (reported, _) = await bot.built.bot.audit.find(verb="audit.reported")
    assert "2 asked" in reported.event.says


async def test_a_checkpoint_in_the_channel_finds_a_cut_tail(story: Story, databases: Databases, tmp_path: Path) -> None:
    posted = await story.ada.sees(channel=CHANNEL, containing='"kind": "checkpoint"')
    kept = tmp_path / "kept.jsonl"
    kept.write_text(posted.all_text.strip())
    folder, audit = Folder(story.stage.settings.state / "audit"), story.stage.bot.built.bot.audit
    assert (await audit.verify(kept)).broken is None
    await story.stage.bot.stop_working()
    # Whoever rules database and machine cuts the end off, and the file of checkpoints with it.
    folder.checkpoints_file.unlink()
    async with await psycopg.AsyncConnection.connect(databases.superuser(story.addresses)) as connection:
        await connection.execute("ALTER TABLE audit_events DISABLE TRIGGER ALL")
        await connection.execute("DELETE FROM audit_events WHERE number > 1")
        await connection.execute("UPDATE audit_head SET (number, hash) = (SELECT number, hash FROM audit_events)")
    assert (await audit.verify()).broken is None
    found = await audit.verify(kept)
    assert found.broken == 2 and "a signed checkpoint names event" in found.says
