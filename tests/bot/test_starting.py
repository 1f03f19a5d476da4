"""What a start does at once, and that it ends in one sentence whichever of it fails."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.errors import CatalogError
from bot.settings import Settings
from bot.slack.link import Identity, make_client
from bot.wiring import building, running

ROOT = Path(__file__).parents[2]
CLIENT = make_client("xoxb-nobody", "http://127.0.0.1:9/")


async def test_files_are_read_while_slack_thinks(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, was_read, read = asyncio.get_running_loop(), asyncio.Event(), building.read

    async def identify(_: Any) -> Identity:
        await was_read.wait()
        return Identity("T1", "U1", frozenset())

    def read_and_say(settings: Settings) -> Any:
        found = read(settings)
        loop.call_soon_threadsafe(was_read.set)
        return found

    monkeypatch.setattr(running, "identify", identify)
    monkeypatch.setattr(running, "read", read_and_say)
    identity, (declared, catalog) = await running._ask_and_read(CLIENT, Settings(folder=ROOT))
    assert identity.team == "T1"
    assert catalog.runbooks
    assert declared.probes


async def test_files_that_do_not_hold_together_are_said_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ended: list[str] = []

    async def identify(_: Any) -> Identity:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("given up")
        raise AssertionError

    monkeypatch.setattr(running, "identify", identify)
    (tmp_path / "systems").mkdir()
    (tmp_path / "systems" / "broken.yml").write_text("title: [", encoding="utf-8")
    with pytest.raises(CatalogError, match=r"broken\.yml"):
        await running._ask_and_read(CLIENT, Settings(folder=tmp_path))
    assert ended == ["given up"]
