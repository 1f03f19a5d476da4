"""Every way to break the platform is named first, with the right remedy; what only looks broken raises nothing."""

import pytest

from bot.model.diagnosis import Verdict
from sandbox.accuracy import Bench, Row, draw
from sandbox.aiops import AiOps
from sandbox.expectations import OUTAGES, SCENARIOS, TENANTS
from sandbox.scenarios import Scenario


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: f"{one.name}-{one.runbook}")
async def test_what_is_broken_is_named_first_and_gone_when_healed(accuracy: Bench, scenario: Scenario) -> None:
    assert (await accuracy.scenario(scenario)).problems == ()


@pytest.mark.parametrize("name", OUTAGES)
async def test_an_outage_is_taken_neither_for_health_nor_for_a_fault_of_the_data(accuracy: Bench, name: str) -> None:
    assert (await accuracy.outage(name)).problems == ()


@pytest.mark.parametrize("tenant", TENANTS)
async def test_a_tenant_of_whom_nothing_is_wrong_has_no_fault(accuracy: Bench, tenant: str) -> None:
    assert (await accuracy.healthy(tenant)).problems == ()


async def test_what_only_looks_like_a_fault_raises_nothing(accuracy: Bench) -> None:
    assert [row for row in await accuracy.harmless() if row.problems] == []


async def test_every_fault_and_every_cause_is_walked(accuracy: Bench, system: AiOps) -> None:
    assert set(system.faults.names) == {one.fault for one in SCENARIOS if one.fault} | set(OUTAGES)
    books = [accuracy.catalog.runbook(name) for name in accuracy.runbooks]
    causes = {(book.name, cause.id) for book in books for cause in book.causes}
    assert causes == {(one.runbook, one.cause) for one in SCENARIOS}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("never-expires", "wrong-role"),
        ("executions-stuck", "orphaned-agents"),
        ("api-filter", "config-never-expires"),
        ("policy-hides-executions", "legacy-ui-stale"),
        ("costs-fail", "account-off"),
    ],
)
async def test_two_faults_at_the_same_time_are_both_found(accuracy: Bench, system: AiOps, one: str, other: str) -> None:
    expected = {next(scenario.in_tree for scenario in SCENARIOS if scenario.fault == fault) for fault in (one, other)}
    await system.faults.break_(one)
    await system.faults.break_(other)
    inputs = {"tenant": "tenant-abc", "user": "vera@example.com", "action": "edit agents"}
    judged, _ = await accuracy.judged("data-sync", inputs)
    assert judged.verdict is Verdict.FAULT
    assert expected <= {f"{cause.runbook}.{cause.id}" for cause in judged.causes}
    await system.faults.heal(one)
    left, _ = await accuracy.judged("data-sync", inputs)
    assert next(s.in_tree for s in SCENARIOS if s.fault == other) == f"{left.causes[0].runbook}.{left.causes[0].id}"


def test_the_matrix_says_what_is_wrong() -> None:
    wrong = Row("never-expires", "stale-data", "something-else", problems=("named something-else",))
    right = Row("never-expires", "stale-data", "a-cause", in_tree="stale-data.a-cause")
    cells = [[str(cell) for cell in column.cells] for column in draw([wrong, right]).columns]
    assert cells[-1] == ["[red]✖ named something-else[/red]", "[green]✔[/green]"]
    assert cells[3] == ["", "the same"]
