"""A platform of its own, for it is broken in every way."""

from collections.abc import AsyncIterator

import pytest

from bot.embedded import PostgresServer, valkey
from sandbox.accuracy import Bench, bench
from sandbox.aiops import AiOps, aiops


@pytest.fixture(scope="package")
async def platform(postgres_server: PostgresServer) -> AsyncIterator[AiOps]:
    """The platform, used by nobody."""
    async with valkey() as cache, aiops(postgres_server, cache, traffic_seconds=None) as running:
        yield running


@pytest.fixture
async def accuracy(platform: AiOps) -> AsyncIterator[Bench]:
    """The shipped runbooks on it; whole again afterwards."""
    async with bench(platform) as made:
        yield made
    await platform.faults.heal_all()
