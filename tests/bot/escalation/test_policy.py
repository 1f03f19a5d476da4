"""Routes by rule, and everything in the file that does not hold together."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.catalog import Catalog
from bot.catalog.escalation import check_escalation
from bot.escalation.routing import route_for
from bot.model.policy import EscalationFile
from bot.model.runbook import Severity
from bot.wiring import registry
from tests.bot.escalation.conftest import ROOT

NOON, NIGHT = datetime(2026, 11, 24, 12, tzinfo=UTC), datetime(2026, 11, 24, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The shipped files."""
    return Catalog.read(ROOT, registry())


def file(**more: Any) -> EscalationFile:
    """A policy with two routes."""
    routes = {name: {"title": name, "channel": name} for name in ("database", "backend")}
    return EscalationFile.model_validate({"routes": routes, "fallback": {"channel": "backend"}, **more})


@pytest.mark.parametrize(
    ("rule", "now", "route"),
    [
        ({}, NOON, "database"),
        ({"runbooks": ["stale-data"]}, NOON, "database"),
        ({"runbooks": ["missing-data"]}, NOON, "backend"),
        ({"causes": ["stale-data.dashboard-behind"]}, NOON, "database"),
        ({"causes": ["stale-data.browsers-keep-it"]}, NOON, "backend"),
        ({"systems": ["aiops"], "severities": ["high"]}, NOON, "database"),
        ({"severities": ["critical"]}, NOON, "backend"),
        ({"hours": {"begin": "22:00", "end": "06:00"}}, NIGHT, "database"),
        ({"hours": {"begin": "22:00", "end": "06:00"}}, NOON, "backend"),
    ],
)
def test_a_rule_holds_when_all_of_it_does(catalog: Catalog, rule: dict[str, Any], now: datetime, route: str) -> None:
    policy = file(rules=[{"route": "database", **rule}])
    runbook, causes = catalog.runbook("stale-data"), {"stale-data.dashboard-behind"}
    assert route_for(policy, runbook, causes, "aiops", Severity.HIGH, now) == route


@pytest.mark.parametrize(
    ("runbook", "cause", "severity", "route"),
    [
        ("cross-tenant", "", Severity.CRITICAL, "security"),
        ("stale-data", "", Severity.CRITICAL, "on-call"),
        ("data-sync", "missing-data.isolation-broken", Severity.HIGH, "database"),
        ("data-sync", "stale-data.dashboard-behind", Severity.HIGH, "backend"),
        ("system-down", "", Severity.CRITICAL, "on-call"),
        ("cannot-log-in", "", Severity.MEDIUM, "team-lead"),
    ],
)
def test_the_shipped_routes_lead_to_whom_the_sources_name(
    catalog: Catalog, runbook: str, cause: str, severity: Severity, route: str
) -> None:
    policy, about = catalog.policies.current().escalation, catalog.runbook(runbook)
    (system,) = catalog.of_family(about.family)
    assert route_for(policy, about, {cause}, system.name, severity, NOON) == route


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"rules": [{"route": "nobody"}]}, "there is no route nobody"),
        ({"rules": [{"route": "backend", "runbooks": ["x"]}]}, "x is not a runbook"),
        ({"rules": [{"route": "backend", "causes": ["stale-data.x"]}]}, "stale-data.x is not a cause"),
        ({"rules": [{"route": "backend", "systems": ["x"]}]}, "x is not a system"),
        ({"pagers": {"p": {"kind": "webhook", "url": "http://example.com", "key": {"env": "X"}}}}, "not an https"),
        ({"workarounds": [{"title": "t", "says": "s", "link": "javascript:x"}]}, "not an https"),
        ({"workarounds": [{"title": "t", "says": "s", "action": "x"}]}, "x is not an action"),
        ({"workarounds": [{"title": "t", "says": "s", "queries": ["x"]}]}, "has a query x"),
        ({"routes": {"backend": {"title": "b", "channel": "b", "ladder": [{"page": "p"}]}}}, "there is no pager p"),
    ],
)
def test_what_does_not_hold_together_is_said(catalog: Catalog, more: dict[str, Any], problem: str) -> None:
    found = list(check_escalation(file(**more), catalog.systems, catalog.runbooks, catalog.registry.actions))
    assert any(problem in one for one in found), found


def test_a_rung_tells_either_people_or_a_pager() -> None:
    with pytest.raises(ValueError, match="and not both"):
        file(routes={"backend": {"title": "b", "channel": "b", "ladder": [{"tell": "a", "page": "b"}]}})
