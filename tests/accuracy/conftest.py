"""The shipped runbooks on the platform of the suite."""

from collections.abc import AsyncIterator

import pytest

from sandbox.accuracy import Bench, bench
from sandbox.aiops import AiOps
from sandbox.expectations import AIOPS


@pytest.fixture
async def accuracy(system: AiOps) -> AsyncIterator[Bench]:
    """The shipped runbooks, and a platform that is whole again afterwards."""
    await system.world.forget_computed()
    async with bench(system, AIOPS) as made:
        yield made
    await system.faults.heal_all()
