"""Data is corrupt: the procedure of the runbook, from maintenance mode to letting people in again, step by step."""

import pytest

from sandbox.slack.acting import Person
from sandbox.slack.seen import SeenMessage
from sandbox.zenamanage.standin import ZenaManage
from tests.stories.conftest import Story


@pytest.fixture
def story(zena_story: Story) -> Story:
    """A workspace whose bot supports ZenaManage."""
    return zena_story


async def asks(person: Person, card: SeenMessage, button: str, shown: str, reason: str) -> None:
    await person.presses(card, button)
    await person.submits(await person.modal(containing=shown), {"Reason": reason})


async def approves(person: Person, reason: str, comment: str = "") -> None:
    request = await person.sees_directly(containing=["Approval needed", reason])
    await person.presses(request, "Approve")
    if comment:
        await person.submits(await person.modal(containing="Why do you approve"), {"Why do you approve?": comment})


def in_maintenance(zena: ZenaManage) -> bool:
    return zena.world.product.behaviour.is_in_maintenance


async def test_the_procedure_for_corrupt_data(story: Story, zena: ZenaManage) -> None:
    olga, ada = story.olga, story.ada
    await zena.faults.break_("orphaned-tasks")
    await olga.says("/diagnose data-corruption")
    card = await olga.sees(containing=["Fault found", "▶ 1. Stop writes", "○ 5. Let people in again"])
    assert not in_maintenance(zena)

    await asks(olga, card, "1. Stop writes…", "Switches maintenance mode on", "tasks without a project")
    await approves(ada, "tasks without a project")
    card = await olga.sees(containing=["✔ 1. Stop writes", "▶ 2. Take a backup"])
    assert in_maintenance(zena)

    await asks(olga, card, "2. Take a backup…", "Takes 1 backup", "before it is repaired")
    card = await olga.sees(containing=["✔ 2. Take a backup", "▶ 3. Repair the data"])

    # Somebody wants to be done: the data does not hold together yet, and the last step is not open.
    await olga.presses(card, "5. Let people in again…")
    await olga.modal(containing="First: Repair the data")
    await olga.closes(await olga.modal(containing="First: Repair the data"))

    await zena.faults.set("orphaned-tasks", broken=False)  # what the database team does by hand
    await asks(olga, card, "3. Repair the data…", "Records 1 repair by hand", "gave them back their project")
    await approves(ada, "gave them back their project", "seen in the database")
    card = await olga.sees(containing=["✔ 3. Repair the data", "▶ 4. Check integrity"])

    await asks(olga, card, "4. Check integrity…", "Checks the integrity", "after the repair")
    card = await olga.sees(containing=["✔ 4. Check integrity", "▶ 5. Let people in again"])

    await asks(olga, card, "5. Let people in again…", "Switches maintenance mode off", "all is well")
    await approves(ada, "all is well")
    await olga.sees(containing=["✔ 5. Let people in again"])
    assert not in_maintenance(zena)
