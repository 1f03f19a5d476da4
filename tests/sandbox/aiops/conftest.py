"""One platform for all tests of it, whole again after each."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.embedded import postgres, valkey
from sandbox.aiops import AiOps, aiops


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def platform(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AiOps]:
    folder = tmp_path_factory.mktemp("aiops")
    async with (
        postgres(folder / "pg", settings={"fsync": "off"}) as database,
        valkey() as cache,
        aiops(database, cache, traffic_seconds=None) as it,
    ):
        yield it


@pytest_asyncio.fixture(loop_scope="session")
async def whole(platform: AiOps) -> AsyncIterator[AiOps]:
    """The platform, whole again afterwards."""
    yield platform
    await platform.faults.heal_all()
