"""Beside a bot with an embedded database, the other commands use that database instead of being refused."""

from pathlib import Path

import pytest

from bot.embedded import EmbeddedError
from bot.errors import ConfigurationError
from bot.settings import Settings
from bot.store import Store
from bot.store.measuring import clock_and_revision
from bot.store.migrating import newest
from bot.wiring import own_database


async def test_a_command_joins_the_running_bot(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, state=tmp_path / "state")
    async with own_database(settings) as running:
        async with own_database(settings, join=True) as joined:
            assert joined == running
            store = Store(joined)
            async with store.work() as work:
                assert (await clock_and_revision(work))[1] == newest()
            await store.close()
        with pytest.raises(EmbeddedError, match="in use"):
            async with own_database(settings):
                raise AssertionError
    async with own_database(settings, join=True) as alone:
        assert alone != running  # nobody runs it now, so it is started here


async def test_who_only_looks_makes_none(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, state=tmp_path / "state")
    with pytest.raises(ConfigurationError, match=r"No bot has kept anything in .*; name the file of its settings"):
        async with own_database(settings, join=True, make=False):
            raise AssertionError
    assert not settings.state.exists()
