"""A policy file is broken while the bot runs: readiness says which, and that it is whole again."""

import shutil
from pathlib import Path

import pytest

from bot.wiring.readiness import Readiness
from tests.stories.conftest import Story
from tests.supported import ROOT


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """Policies of the story's own."""
    return shutil.copytree(ROOT / "policies", tmp_path / "policies")


async def test_readiness_is_red_until_the_files_are_whole(story: Story, policies: Path) -> None:
    running, moment = story.stage.bot, 0.0
    ready = Readiness(running.built, Path("/"), lambda: running.is_working, free=lambda _: 10**9, timer=lambda: moment)
    assert await ready.wrong() == {}
    broken = "watches: [{id: one}]"
    for file, what in (("approvals.yml", "policies"), ("people.yml", "policies"), ("watches.yml", "watches")):
        whole = (policies / file).read_text(encoding="utf-8")
        (policies / file).write_text(broken if file == "watches.yml" else f"nonsense: true\n{whole}", encoding="utf-8")
        moment += 2.0  # it is asked once a second at most
        wrong = await ready.wrong()
        assert list(wrong) == [what]
        assert f"policies/{file}" in wrong[what]
        (policies / file).write_text(whole, encoding="utf-8")
        moment += 2.0
        assert await ready.wrong() == {}
