"""Who is told, how, and how often: by mention or directly as they like it, with pauses, then the next in line."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from bot.settings import Settings
from tests.stories.conftest import Story

OLGA, GROUP = "<@U0OLGA>", "<!subteam^"


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """Olga likes to be mentioned, the operators on call are a user group, and Ada is the next in the ladder."""
    folder = tmp_path / "policies"
    shutil.copytree(Settings(_env_file=None).folder / "policies", folder)
    people, rules = folder / "people.yml", folder / "approvals.yml"
    staff = yaml.safe_load(people.read_text("utf-8"))
    next(one for one in staff["people"] if one.get("email") == "olga@example.com")["tell"] = "mention"
    oncall = {"group": "backend-oncall", "roles": [{"system": "aiops", "role": "operator"}]}
    people.write_text(yaml.safe_dump({**staff, "people": [*staff["people"], oncall]}), "utf-8")
    matrix = yaml.safe_load(rules.read_text("utf-8"))
    rule = next(one for one in matrix["rules"] if one["id"] == "clear-cache")
    rule |= {"remind": ["5m", "15m"], "ladder": ["super_admin"], "expires": "2h"}
    rules.write_text(yaml.safe_dump(matrix), "utf-8")
    return folder


async def passes(story: Story, minutes: int) -> None:
    """So much time after asking; what is due then is done."""
    story.watch.ahead = timedelta(minutes=minutes)
    await story.stage.bot.built.sweeping.sweep()


async def direct(story: Story, words: str) -> dict[str, int]:
    """How many direct messages with these words each of those has who may decide."""
    people = {"olga": story.olga, "tom": story.tom, "ada": story.ada}
    return {
        name: sum(words in one.all_text for one in await person.direct_messages()) for name, person in people.items()
    }


async def test_told_reminded_and_handed_on_until_it_expires(story: Story) -> None:
    await story.system.faults.break_("never-expires")
    await story.sam.says("/diagnose stale-data tenant=tenant-abc")
    card = await story.sam.sees(containing="Fault found")
    await story.sam.presses(card, "Clear cache…")
    await story.sam.submits(await story.sam.modal(containing="Reason"), {"Reason": "old numbers"})

    # At once: Tom directly, Olga and the group by a mention, and Ada not yet.
    await story.tom.sees_directly(containing=["Approval needed", "old numbers"])
    notice = await story.sam.sees(thread=card, containing="needs a decision by")
    assert OLGA in str(notice.blocks) and GROUP in str(notice.blocks)
    assert await direct(story, "old numbers") == {"olga": 0, "tom": 1, "ada": 0}

    await passes(story, 4)
    assert await direct(story, "still waits") == {"olga": 0, "tom": 0, "ada": 0}
    last = notice
    for minutes, times in ((6, 1), (16, 2)):
        await passes(story, minutes)
        await story.tom.sees_directly(containing="still waits for a decision", after=last)
        last = await story.sam.sees(thread=card, containing="still waits for a decision", after=last)
        assert OLGA in str(last.blocks) and GROUP in str(last.blocks)
        await passes(story, minutes + 1)
        assert await direct(story, "still waits") == {"olga": 0, "tom": times, "ada": 0}
    await passes(story, 27)
    await story.ada.sees_directly(containing=["still waits for a decision", "old numbers"])
    assert (await direct(story, "still waits"))["tom"] == 2  # the ladder is told now, and nobody else once more

    await passes(story, 121)
    await story.sam.sees_directly(containing=["Expired: nobody decided", "2 h"])
    await story.sam.watches(last, containing="Expired")  # what was said before is no longer said
    await story.ada.sees_directly(containing="Expired")
