"""Every way to break ZenaManage is named first, with the right remedy; what only looks broken raises nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from sandbox.accuracy import Bench, Row, zena_bench
from sandbox.scenarios import Scenario
from sandbox.zenamanage.expectations import ZENAMANAGE
from sandbox.zenamanage.standin import ZenaManage


@pytest.fixture(scope="module")
async def accuracy(zena: ZenaManage, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    """The shipped runbooks on ZenaManage."""
    async with zena_bench(zena, tmp_path_factory.mktemp("systems")) as made:
        yield made
    assert not [fault.name for fault in await zena.faults.panel() if fault.broken]


async def problems(look: Callable[[], Awaitable[Row]]) -> tuple[str, ...]:
    """What is wrong with a line of the matrix, and still is at a second look.

    Some runbooks measure times. Where the machine stands still for a moment the product is slow, as they say then.
    """
    return (await look()).problems and (await look()).problems


@pytest.mark.parametrize("scenario", ZENAMANAGE.scenarios, ids=lambda one: f"{one.name}-{one.runbook}")
async def test_what_is_broken_is_named_first_and_gone_when_healed(accuracy: Bench, scenario: Scenario) -> None:
    assert await problems(lambda: accuracy.scenario(scenario)) == ()


@pytest.mark.parametrize("name", ZENAMANAGE.outages)
async def test_an_outage_is_taken_neither_for_health_nor_for_a_fault_of_the_data(accuracy: Bench, name: str) -> None:
    assert await problems(lambda: accuracy.outage(name)) == ()


@pytest.mark.parametrize("tenant", ZENAMANAGE.tenants)
async def test_a_tenant_of_whom_nothing_is_wrong_has_no_fault(accuracy: Bench, tenant: str) -> None:
    assert await problems(lambda: accuracy.healthy(tenant)) == ()


async def test_what_only_looks_like_a_fault_raises_nothing(accuracy: Bench) -> None:
    assert [row for row in await accuracy.harmless() if row.problems] == []


def test_every_fault_and_every_cause_is_walked(accuracy: Bench, zena: ZenaManage) -> None:
    assert set(zena.faults.names) == {one.fault for one in ZENAMANAGE.scenarios if one.fault} | set(ZENAMANAGE.outages)
    books = [accuracy.catalog.runbook(name) for name in accuracy.runbooks]
    causes = {(book.name, cause.id) for book in books for cause in book.causes}
    assert causes == {(one.runbook, one.cause) for one in ZENAMANAGE.scenarios}
