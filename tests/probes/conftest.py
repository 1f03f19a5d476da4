"""The platform, whole again after each test."""

from collections.abc import AsyncIterator

import pytest

from tests.supported import Supported, supported


@pytest.fixture(scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Supported]:
    """The platform, for all tests of this folder."""
    async with supported(tmp_path_factory.mktemp("platform")) as made:
        yield made


@pytest.fixture
async def system(running: Supported) -> AsyncIterator[Supported]:
    """The platform, with an empty metrics cache."""
    for pattern in ("metrics:*", "llm-costs:*", "tenant-config:*"):
        async for key in running.platform.world.cache.scan_iter(match=pattern):
            await running.platform.world.cache.delete(key)
    yield running
    await running.platform.faults.heal_all()
