"""A runbook is carried out by itself: what changes is posted once, and people acknowledge it or have it quiet."""

import asyncio
import dataclasses
import shutil
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from bot.catalog import Catalog
from bot.errors import CatalogError, Refused
from bot.model.people import BACKSTOP
from bot.model.watch import WatchState
from bot.settings import Settings
from bot.store import Store
from bot.store.provisioning import Addresses
from bot.wiring import build, registry
from sandbox.aiops import AiOps
from sandbox.slack.client import Client
from sandbox.stage import stage
from tests.databases import Databases
from tests.stories.conftest import Story, Watch
from tests.supported import ROOT

_WATCHES = """
watches:
  - {id: dashboard-abc, runbook: stale-data, system: aiops, inputs: {tenant: tenant-abc}, every: 15m}
"""


@pytest.fixture
async def watched(addresses: Addresses, system: AiOps, tmp_path: Path) -> AsyncIterator[Story]:
    """A workspace with a bot that watches one dashboard; its turns are taken when the story says so."""
    policies = tmp_path / "policies"
    shutil.copytree(ROOT / "policies", policies)
    (policies / "watches.yml").write_text(_WATCHES)
    watch = Watch()
    settings = Settings(_env_file=None, state=tmp_path, policies=policies)
    async with (
        stage(settings, addresses.running, system, clock=watch) as staged,
        Client(staged.served.address) as client,
    ):
        await client.until_connected()
        people = [await client.person(name) for name in ("sam", "dana", "olga", "tom", "ada", "oscar")]
        try:
            yield Story(staged, client, watch, addresses, *people)
        finally:
            await system.faults.heal_all()


async def stands(story: Story) -> WatchState | None:
    """How the watch stands, as Sam is told."""
    bot = story.stage.bot.built.bot
    sam = await bot.directory.find("sam@example.com")
    assert sam is not None
    ((_, state),) = await bot.watches.listed(sam)
    return state


async def turn(story: Story) -> str:
    """A quarter of an hour later the watch has its turn; says how it stands then."""
    story.watch.ahead += timedelta(minutes=15)
    begun = story.watch()
    await story.stage.bot.built.bot.watches.take_turns()
    return await looked(story, begun)


async def looked(story: Story, begun: datetime) -> str:
    """Waits for a turn that began at this time or later; says how the watch stands then."""
    async with asyncio.timeout(20):
        # Nothing tells from outside that the worker has ended a task.
        while (state := await stands(story)) is None or state.looked is None or state.looked < begun:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return state.headline


async def posted(story: Story) -> int:
    """How many notices stand in the channel."""
    return len([one for one in await story.sam.messages() if "watched as dashboard-abc" in one.all_text])


async def test_only_what_changes_is_posted(watched: Story) -> None:
    story, sam = watched, watched.sam
    assert await turn(story) == "no fault found"
    assert await turn(story) == "no fault found"
    assert await posted(story) == 0

    await story.system.faults.break_("never-expires")
    assert await turn(story) == "fault found: The cached dashboard never expires"
    notice = await sam.sees(containing=["Fault found: The cached dashboard never expires", "watched as dashboard-abc"])
    assert "no fault found" in notice.all_text
    assert "Dashboard cache TTL" in notice.all_text  # what changed since it was healthy
    card = await sam.sees(thread=notice, containing=["Fault found", "asked by Backstop"])
    assert "Clear cache…" in card.buttons
    assert await turn(story) == "fault found: The cached dashboard never expires"
    assert await posted(story) == 1

    await sam.presses(notice, "I look after it")
    notice = await sam.sees(containing=["watched as dashboard-abc", "Sam looks after it"])
    assert notice.buttons == ["Mute…"]

    await story.system.faults.heal_all()
    assert await turn(story) == "no fault found"
    await sam.sees(containing=["Healthy again", "Before: fault found: The cached dashboard never expires"])
    over = await sam.sees(containing=["Fault found", "Over:"])
    assert over.buttons == []
    assert await turn(story) == "no fault found"
    assert await posted(story) == 2

    (seen,) = await story.stage.bot.built.bot.audit.find(verb="watch.acknowledged")
    assert (seen.event.person.email, seen.event.subject) == ("sam@example.com", "watch dashboard-abc")
    trail = await story.stage.bot.built.bot.audit.find(person=BACKSTOP, limit=50)
    assert [row.event.verb for row in trail if row.event.verb.startswith("watch.")] == ["watch.changed"] * 2
    looked = [row.event for row in trail if row.event.verb == "diagnosis.finished"]
    assert len(looked) >= 6
    assert {(one.detail["watch"], one.tenant) for one in looked} == {("dashboard-abc", "tenant-abc")}


async def test_what_is_muted_is_looked_at_and_told_when_that_is_over(watched: Story) -> None:
    story, sam, oscar = watched, watched.sam, watched.oscar
    await story.system.faults.break_("never-expires")
    await turn(story)
    notice = await sam.sees(containing=["watched as dashboard-abc", "not looked at yet"])
    await sam.presses(notice, "Mute…")
    form = await sam.modal(containing="Mute a watch")
    await sam.submits(form, {"For how long?": "1 hour", "Why?": "we are moving the cache"})
    await sam.sees(containing=["Muted by Sam", "we are moving the cache"])

    await story.system.faults.heal_all()
    assert await turn(story) == "no fault found"
    assert await posted(story) == 1
    await sam.says("/backstop watches")
    listing = await sam.sees(containing=["dashboard-abc", "no fault found", "muted until"])
    assert listing.is_ephemeral

    story.watch.ahead += timedelta(hours=1)
    assert await turn(story) == "no fault found"
    await sam.sees(containing=["Healthy again", "watched as dashboard-abc"])
    assert await posted(story) == 2

    await oscar.says("/backstop watches")
    refused = await oscar.sees(containing="Nothing that you may look at is watched")
    assert refused.is_ephemeral
    bot, stranger = story.stage.bot.built.bot, await story.stage.bot.built.bot.directory.find("oscar@example.com")
    (changed, *_) = await bot.audit.find(verb="watch.changed")
    assert stranger is not None
    with pytest.raises(Refused):
        await bot.watches.acknowledge(stranger, changed.event.detail["notice"])
    with pytest.raises(Refused):
        await bot.watches.mute(stranger, changed.event.detail["notice"], timedelta(hours=1), "no reason")
    muted = await story.stage.bot.built.bot.audit.find(verb="watch.muted")
    assert [(row.event.person.email, row.event.reason) for row in muted] == [
        ("sam@example.com", "we are moving the cache")
    ]


async def test_one_replica_takes_a_turn_and_a_restart_forgets_nothing(watched: Story, databases: Databases) -> None:
    story, bot = watched, watched.stage.bot.built.bot
    await turn(story)
    await story.stage.bot.stop_working()  # what is deferred from now on stays where it can be counted
    story.watch.ahead += timedelta(minutes=15)
    others = [dataclasses.replace(bot.watches, store=Store(story.addresses.running)) for _ in range(3)]
    await asyncio.gather(*(one.take_turns() for one in (bot.watches, *others)))
    deferred = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'watches.look' AND status = 'todo'"
    async with await psycopg.AsyncConnection.connect(databases.superuser(story.addresses)) as connection:
        assert await (await connection.execute(deferred)).fetchone() == (1,)
    for one in others:
        await one.store.close()
    state = await stands(story)
    assert state is not None
    assert state.due > story.watch() + timedelta(minutes=14)
    assert state.headline == "no fault found"  # as another process reads it: nothing of it is in memory alone


async def test_a_turn_whose_process_is_gone_is_taken_by_another(
    watched: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story, built = watched, watched.stage.bot.built
    assert await turn(story) == "no fault found"
    await story.system.faults.break_("never-expires")
    # Nobody holds the lock of this one, as of a process that was killed while it looked.
    environment, store = story.system.environment, Store(story.addresses.running)
    gone = build(story.stage.settings, store, built.bot.directory, environment=environment, clock=story.watch)

    async def killed(*_: object) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(gone.bot.diagnoses, "carry_out", killed)
    with pytest.raises(asyncio.CancelledError):
        await gone.bot.watches.look("dashboard-abc")
    await gone.bot.stop()
    assert await looked(story, story.watch()) == "fault found: The cached dashboard never expires"
    await story.sam.sees(containing=["Fault found", "watched as dashboard-abc"])
    (cut,) = await built.bot.audit.find(verb="diagnosis.cut_off")
    assert cut.event.person == BACKSTOP


@pytest.mark.parametrize(
    ("watch", "problem"),
    [
        ("runbook: stale-date, system: aiops", "stale-date is not a runbook"),
        ("runbook: stale-data, system: aiopz, inputs: {tenant: x}", "aiopz is not a system"),
        ("runbook: stale-data, system: aiops", "stale-data needs the input tenant"),
        ("runbook: stale-data, system: aiops, inputs: {tenant: x, user: y}", "user is not an input"),
        ("runbook: stale-data, system: aiops, inputs: {tenant: x}, channel: random", "not supported in #random"),
        ("runbook: stale-data, system: aiops, inputs: {tenant: x}, every: 5s", "every is at least 1m"),
    ],
)
def test_a_watch_that_cannot_be_is_a_problem_of_the_check(tmp_path: Path, watch: str, problem: str) -> None:
    every = "" if "every" in watch else ", every: 5m"
    shutil.copytree(ROOT / "policies", tmp_path, dirs_exist_ok=True)
    (tmp_path / "watches.yml").write_text(f"watches:\n  - {{id: one, {watch}{every}}}\n")
    with pytest.raises(CatalogError) as caught:
        Catalog.read(ROOT, registry(), tmp_path)
    assert problem in " ".join(caught.value.problems)


async def test_what_cannot_be_looked_at_is_said_in_the_list(watched: Story) -> None:
    story = watched
    file = story.stage.settings.policies
    assert file is not None
    (file / "watches.yml").write_text(_WATCHES.replace("tenant-abc", "tenant-nowhere"))
    await turn(story)
    state = await stands(story)
    assert state is not None and "tenant-nowhere is not a tenant" in state.problem
    assert await posted(story) == 0

    (file / "watches.yml").write_text("watches: [{id: one}]")
    await story.sam.home(containing=["Nothing is watched", "runbook: Field required"])
