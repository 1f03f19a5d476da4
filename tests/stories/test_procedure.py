"""A guided procedure: each step has its own approval, and the next one is offered when the one before is done."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.store.provisioning import Addresses
from sandbox.aiops import AiOps
from sandbox.slack.acting import Person
from sandbox.slack.client import Client
from sandbox.stage import stage
from tests.stories.conftest import Story, Watch
from tests.supported import ROOT

PROCEDURE = """
procedure:
  - {title: Note the fix, action: record_repair, params: {what: the fix}}
  - {title: Clear what is cached, action: clear_cache, params: {caches: [dashboard_metrics]}}
  - {title: Note the end, action: record_repair, params: {what: the end}, says: a person looks once more}
"""


@pytest.fixture
async def story(addresses: Addresses, system: AiOps, tmp_path: Path) -> AsyncIterator[Story]:
    """A workspace whose runbook about stale data has a procedure."""
    for name in ("systems", "runbooks", "policies"):
        shutil.copytree(ROOT / name, tmp_path / name)
    runbook = tmp_path / "runbooks" / "aiops" / "stale-data.yml"
    runbook.write_text(runbook.read_text() + PROCEDURE)
    settings = Settings(_env_file=None, state=tmp_path, folder=tmp_path, http_port=0)
    watch = Watch()
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


async def approve(person: Person, reason: str) -> None:
    """Approves what was asked for with this reason."""
    request = await person.sees_directly(containing=["Approval needed", reason])
    await person.presses(request, "Approve")
    await person.submits(await person.modal(containing="Why do you approve"), {"Why do you approve?": "seen"})


async def test_one_step_after_the_other(story: Story) -> None:
    olga, ada = story.olga, story.ada
    await story.system.faults.break_("never-expires")
    await olga.says("/diagnose stale-data tenant=tenant-abc")
    card = await olga.sees(containing=["Fault found", "▶ 1. Note the fix", "○ 2. Clear what is cached"])
    assert "1. Note the fix…" in card.buttons

    # The second step is refused while the first one is to be done.
    await olga.presses(card, "2. Clear what is cached…")
    await olga.modal(containing="First: Note the fix. The steps are done in their order.")

    await olga.presses(card, "1. Note the fix…")
    await olga.submits(await olga.modal(containing="Records 1 repair by hand"), {"Reason": "set the time to live"})
    waiting = await olga.sees(containing=["▶ 1. Note the fix: asked by Olga, waits for a decision"])
    assert not [name for name in waiting.buttons if name.startswith(("1.", "2."))]

    await approve(ada, "set the time to live")
    card = await olga.sees(containing=["✔ 1. Note the fix: asked by Olga, approved by Ada: done", "▶ 2. Clear"])

    await olga.presses(card, "2. Clear what is cached…")
    await olga.submits(await olga.modal(containing="Removes 1 key"), {"Reason": "as the procedure says"})
    card = await olga.sees(containing=["✔ 2. Clear what is cached", "▶ 3. Note the end: a person looks once more"])
    await olga.presses(card, "3. Note the end…")
    await olga.submits(await olga.modal(containing="Records 1 repair by hand"), {"Reason": "looked once more"})
    await approve(ada, "looked once more")
    card = await olga.sees(containing=["Procedure finished; look again to see what is left", "✔ 3. Note the end"])
    assert "Fault found" not in card.all_text and card.buttons[0] == "Look again"
    assert "before this; Look again makes them anew" in card.all_text


async def test_what_is_so_already_need_not_be_done_again(story: Story) -> None:
    olga, ada = story.olga, story.ada
    await story.system.faults.break_("never-expires")
    await olga.says("/diagnose stale-data tenant=tenant-abc")
    card = await olga.sees(containing=["Fault found", "▶ 1. Note the fix", "step 1, Note the fix. You see exactly"])
    await olga.presses(card, "1. Note the fix…")
    await olga.submits(await olga.modal(containing="Records 1 repair by hand"), {"Reason": "set"})
    await olga.sees(containing="nothing before step 1 has ended: asked by Olga, waits for a decision.")
    await approve(ada, "set")
    card = await olga.sees(containing=["✔ 1. Note the fix", "▶ 2. Clear what is cached"])
    await story.system.faults.heal_all()
    for key in await story.system.world.cache.keys("metrics:*"):
        await story.system.world.cache.delete(key)
    await olga.presses(card, "3. Note the end…")
    await olga.modal(containing=["Records 1 repair by hand", "the end"])
