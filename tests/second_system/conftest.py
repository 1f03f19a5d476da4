"""A bot that supports the second platform alone, by its YAML and the shipped runbooks."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.embedded import PostgresServer, valkey
from bot.settings import Settings
from bot.store.provisioning import Addresses
from bot.wiring import Built, build, make_store
from tests.bot.test_path import People
from tests.second_system.nova import FOLDER, Nova, nova


@pytest.fixture(scope="package")
async def platform(postgres_server: PostgresServer) -> AsyncIterator[Nova]:
    """The second platform."""
    async with valkey() as cache, nova(postgres_server, cache) as running:
        yield running


@pytest.fixture
async def built(platform: Nova, addresses: Addresses, tmp_path: Path) -> AsyncIterator[Built]:
    """The bot; nothing of it knows the platform but its files."""
    for name in ("systems", "policies"):
        shutil.copytree(FOLDER / name, tmp_path / name)
    shutil.copytree(FOLDER.parents[1] / "runbooks" / "aiops", tmp_path / "runbooks" / "aiops")
    await platform.cache.flushdb()
    await platform.cache.set("novaprod:sess:1", "x")
    made = build(
        Settings(_env_file=None, folder=tmp_path), make_store(addresses.running), People(),
        environment=platform.environment,
    )  # fmt: skip
    await made.presence.hold()
    yield made
    await made.presence.release()
    await made.bot.stop()
