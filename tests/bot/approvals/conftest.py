"""An engine for each test, on a database of its own."""

from collections.abc import AsyncIterator

import pytest

from bot.store.provisioning import Addresses
from tests.bot.approvals.engine import Engine, Shared


@pytest.fixture
def shared() -> Shared:
    """What all replicas see."""
    return Shared()


@pytest.fixture
async def engine(addresses: Addresses, shared: Shared) -> AsyncIterator[Engine]:
    """One replica."""
    made = Engine(addresses.running, shared, "first")
    await made.presence.hold()
    yield made
    await made.close()


@pytest.fixture
async def second(addresses: Addresses, shared: Shared) -> AsyncIterator[Engine]:
    """Another replica on the same database."""
    made = Engine(addresses.running, shared, "second")
    await made.presence.hold()
    yield made
    await made.close()
