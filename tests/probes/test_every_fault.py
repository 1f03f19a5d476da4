"""Each fault of the platform leads to its cause in the shipped runbook that is about it; a whole one leads to none."""

import time

import pytest

from bot.catalog.plan import compose
from bot.diagnosis.checks import Checks
from bot.diagnosis.judging import Judgement, judge
from bot.model.diagnosis import Verdict
from bot.model.finding import Status
from bot.model.inputs import Inputs
from tests.supported import ABC, REGISTRY, ROOT, Supported, read_runbook

RUNBOOKS = {path.stem: read_runbook("aiops", path.stem) for path in (ROOT / "runbooks" / "aiops").glob("*.yml")}
WHO = {"tenant": ABC, "user": "vera@example.com", "action": "edit agents"}
CAUSES = {
    "never-expires": ("stale-data", "dashboard-never-expires"),
    "stale-after-change": ("stale-data", "dashboard-behind"),
    "long-ttl": ("stale-data", "dashboard-lives-too-long"),
    "ttl-misconfigured": ("stale-data", "dashboard-lives-too-long"),
    "agents-never-expire": ("stale-data", "agents-never-expire"),
    "browsers-keep-it": ("stale-data", "browsers-keep-it"),
    "wrong-role": ("permission-denied", "role-too-low"),
    "missing-assignment": ("permission-denied", "no-role"),
    "other-tenant": ("permission-denied", "wrong-tenant"),
    "api-role-differs": ("permission-denied", "api-sees-another-role"),
    "account-off": ("permission-denied", "account-switched-off"),
    "api-refuses-developers": ("permission-denied", "api-refuses-wrongly"),
    "tenant-context-not-set": ("missing-data", "api-sets-no-context"),
    "policy-blocks": ("missing-data", "policy-hides-agents"),
    "data-missing": ("missing-data", "data-gone"),
    "api-filter": ("ui-discrepancy", "filter-hides"),
    "api-pagination": ("ui-discrepancy", "pages-hide"),
    "legacy-ui-stale": ("ui-discrepancy", "legacy-behind"),
    "orphaned-agents": ("data-consistency", "orphaned-agents"),
    "executions-under-other-tenant": ("missing-executions", "under-another-tenant"),
    "executions-stuck": ("missing-executions", "waiting"),
    "executions-failed": ("missing-executions", "failing"),
}
OUTAGES = {"cache-down", "cache-hangs", "database-down", "database-hangs", "api-down", "api-hangs", "api-garbage"}


async def diagnose(system: Supported, runbook: str, inputs: Inputs) -> Judgement:
    plan = compose(RUNBOOKS[runbook], RUNBOOKS)
    checks = [one for one in plan.checks if all(name in inputs for name in REGISTRY.probes[one.check.probe].needs)]
    findings = await Checks(REGISTRY, system.access, time.monotonic).run(checks, "aiops", inputs)
    assert not [one for one in findings if one.code == "broken"]
    return judge(plan, findings)


async def inputs_for(system: Supported, runbook: str, **texts: str) -> Inputs:
    return await system.inputs(**{name: texts[name] for name in RUNBOOKS[runbook].inputs if name in texts})


def test_every_fault_has_its_runbook(running: Supported) -> None:
    assert set(running.platform.faults.names) == set(CAUSES) | OUTAGES


@pytest.mark.parametrize("fault", CAUSES)
async def test_a_fault_leads_to_its_cause_and_is_gone_when_healed(system: Supported, fault: str) -> None:
    runbook, cause = CAUSES[fault]
    inputs, all_inputs = await inputs_for(system, runbook, **WHO), await inputs_for(system, "data-sync", **WHO)
    await system.platform.faults.break_(fault)
    broken, whole_tree = await diagnose(system, runbook, inputs), await diagnose(system, "data-sync", all_inputs)
    assert broken.verdict is Verdict.FAULT
    assert cause in [one.id for one in broken.causes]
    assert broken.unexplained == ()
    assert CAUSES[fault] in [(one.runbook, one.id) for one in whole_tree.causes]
    await system.platform.faults.heal(fault)
    healed = await diagnose(system, runbook, inputs)
    assert (healed.verdict, healed.causes) == (Verdict.NO_FAULT, ())


@pytest.mark.parametrize("tenant", [ABC, "tenant-xyz", "tenant-a", "tenant-new"])
async def test_a_healthy_platform_has_no_fault_for_any_tenant(system: Supported, tenant: str) -> None:
    for runbook in RUNBOOKS:
        texts = {"tenant": tenant, "user": "ada@example.com", "action": "edit agents"}
        judged = await diagnose(system, runbook, await inputs_for(system, runbook, **texts))
        assert (judged.verdict, judged.causes, judged.unexplained) == (Verdict.NO_FAULT, (), ())


@pytest.mark.parametrize("fault", sorted(OUTAGES))
async def test_an_outage_is_never_taken_for_health_or_for_a_fault_of_the_data(system: Supported, fault: str) -> None:
    inputs = await inputs_for(system, "data-sync", **WHO)
    await system.platform.faults.break_(fault)
    started = time.monotonic()
    judged = await diagnose(system, "data-sync", inputs)
    assert judged.verdict is Verdict.UNCLEAR
    assert judged.causes == ()
    assert time.monotonic() - started < 8


async def test_codes_that_are_unknown_are_never_ok() -> None:
    for probe in REGISTRY.probes.values():
        for code in ("unreadable", "absent"):
            if code in probe.codes and probe.name not in {"http_header", "http_max_age"}:
                assert probe.codes[code] is Status.UNKNOWN
