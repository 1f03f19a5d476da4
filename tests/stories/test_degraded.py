"""What the bot does while something that it needs is not there, as docs/explanation/degraded.md says."""

import asyncio
import dataclasses
from datetime import timedelta
from typing import Any

import psycopg

from bot.audit import AuditTrail
from bot.wiring.readiness import Readiness
from tests.databases import Databases
from tests.stories.conftest import Story


async def _until_ready(ready: Readiness, *, wanted: bool) -> dict[str, str]:
    async with asyncio.timeout(20):
        while True:
            wrong = await ready.wrong()
            if (not wrong) == wanted:
                return wrong
            await asyncio.sleep(0.1)


async def test_its_database_goes_away_and_comes_back(story: Story, databases: Databases) -> None:
    ready = story.stage.bot.readiness
    assert ready is not None
    await story.system.faults.break_("never-expires")
    await story.sam.says("/diagnose stale-data tenant=tenant-abc")
    before = await story.sam.sees(containing="Clear cache…")
    name = story.addresses.running.rpartition("/")[2]
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = 'backstop_app'"
    async with await psycopg.AsyncConnection.connect(databases.server, autocommit=True) as connection:
        await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await connection.execute(cut, (name,))
        wrong = await _until_ready(ready, wanted=False)
        assert "does not answer" in wrong["database"]
        # Who was known here before can look, and nothing more.
        await story.sam.says("/diagnose stale-data tenant=tenant-abc")
        marked = await story.sam.sees(containing=["Fault found", "Not recorded"], after=before)
        assert "Clear cache…" not in marked.buttons
        await story.sam.presses(before, "Clear cache…")
        await story.sam.modal(containing="database does not answer, so nothing was done")
        # Whose address is whose stands there: somebody else cannot be known.
        await story.dana.says("/diagnose stale-data tenant=tenant-abc")
        await story.dana.sees(containing="database does not answer, so nothing was done")
        figures = (await ready.figures()).decode()
        assert "backstop_database_up 0.0" in figures
        assert "backstop_drawings_behind NaN" in figures
        await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    await _until_ready(ready, wanted=True)
    await story.sam.says("/diagnose stale-data tenant=tenant-abc")
    card = await story.sam.sees(containing="Clear cache…", after=marked)
    assert "Not recorded" not in card.all_text


async def test_slack_is_away_while_something_happens(story: Story) -> None:
    await story.system.faults.break_("never-expires")
    await story.sam.says("/diagnose stale-data tenant=tenant-abc")
    card = await story.sam.sees(containing="Fault found")
    await story.sam.presses(card, "Clear cache…")
    await story.sam.submits(await story.sam.modal(containing="Reason"), {"Reason": "please"})
    request = await story.olga.sees(thread=card, containing="Approval needed")
    for method in ("chat.update", "chat.postMessage"):
        await story.client.faults(error={"method": method, "error": "internal_error", "times": 6})
    await story.olga.presses(request, "Approve")
    # It is done all the same; the cards are drawn when Slack takes them again.
    await story.olga.watches(request, containing="Done", timeout=40)
    verbs = [row.event.verb for row in await AuditTrail(story.stage.bot.built.bot.store).find(limit=50)]
    assert verbs.count("action.finished") == 1


async def test_the_clock_jumps(story: Story) -> None:
    await story.system.faults.break_("never-expires")
    await story.sam.says("/diagnose stale-data tenant=tenant-abc")
    card = await story.sam.sees(containing="Fault found")
    await story.sam.presses(card, "Clear cache…")
    await story.sam.submits(await story.sam.modal(containing="Reason"), {"Reason": "please"})
    request = await story.olga.sees(thread=card, containing="Approval needed")
    story.watch.ahead = -timedelta(hours=1)  # it was wrong, and is put right
    await story.olga.presses(request, "Approve")
    await story.olga.watches(request, containing="Done")
    # The chain is in order by number, whatever the clock said.
    trail = AuditTrail(story.stage.bot.built.bot.store)
    assert (await trail.verify()).broken is None
    story.watch.ahead = timedelta(days=400)  # and wrong the other way
    await story.sam.says("/diagnose stale-data tenant=tenant-xyz")
    await story.sam.sees(containing="No fault found")
    assert (await trail.verify()).broken is None


async def test_a_probe_is_broken(story: Story) -> None:
    probes: Any = story.stage.bot.built.bot.registry.probes

    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    whole = probes["cache_ttl"]
    probes["cache_ttl"] = dataclasses.replace(whole, look=broken)
    try:
        await story.sam.says("/diagnose stale-data tenant=tenant-abc")
        card = await story.sam.sees(containing=["Could not tell", "this check is broken"])
    finally:
        probes["cache_ttl"] = whole
    assert "5 of 7 checks answered: 2 broken (Dashboard cache TTL" in card.all_text
    assert "No fault found" not in card.all_text
    assert "ZeroDivisionError" not in card.all_text


async def test_roles_that_cannot_be_read_are_not_called_none(story: Story) -> None:
    dana, sam = story.dana, story.sam
    await story.system.faults.break_("database-down")
    await dana.says("/diagnose stale-data tenant=tenant-abc")
    refused = await dana.sees(containing=["You can't do this", "the roles in AI agents platform could not be read"])
    assert refused.is_ephemeral and "hold no role" not in refused.all_text
    assert "try again in a moment" in refused.all_text
    await sam.says("/backstop why clear-cache tenant=tenant-abc")
    await sam.sees(containing=["You may ask", "Your roles here: viewer", "could not be read"])
    table = await sam.sees(containing=["Who may", "Olga; who else is not known", "could not be read"])
    assert "nobody" not in table.all_text.replace("Nobody decides on their own request", "")


async def test_help_does_not_say_no_role_where_only_the_table_of_roles_cannot_be_read(story: Story) -> None:
    change = story.system.world.change
    await change("REVOKE SELECT ON user_tenant_roles FROM backstop_reader, backstop_tenant")
    try:
        await story.dana.says("/backstop")
        answer = await story.dana.sees(containing="/backstop diagnose")
        assert "hold no role" not in answer.all_text
    finally:
        await change("GRANT SELECT ON user_tenant_roles TO backstop_reader, backstop_tenant")
