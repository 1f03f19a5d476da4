"""The commands that review the policy, on the shipped one."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.catalog import Catalog
from bot.model.policy import Approvals, Scope
from bot.policy_review import policy
from bot.wiring import registry
from tests.supported import ROOT

RUNNER = CliRunner()
DEPUTY = "{deputy: sam@example.com, stands_for: olga@example.com, until: 2999-12-31}"


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A copy of the policy, to be changed."""
    return Path(shutil.copytree(ROOT / "policies", tmp_path / "policies"))


def test_the_shipped_policy_says_what_is_expected() -> None:
    found = RUNNER.invoke(policy, ["test"])
    assert found.exit_code == 0, found.output
    assert "expectations hold" in found.output


def test_whoever_of_the_shipped_people_asks_enough_others_can_approve() -> None:
    held = Catalog.read(ROOT, registry()).policies.current()
    wide = {
        (staff.email, one.system): one.role
        for staff in held.people.people
        for one in staff.roles
        if not one.tenants
    }  # fmt: skip
    asked = 0
    for rule in held.approvals.rules:
        if rule.scope is not Scope.SYSTEM:
            continue
        for (email, system), role in wide.items():
            grant = rule.ask.get(role)
            if isinstance(grant, Approvals) and (not rule.systems or system in rule.systems):
                others = {mail for (mail, where), held_by in wide.items()
                          if where == system and held_by in grant.by and mail != email}  # fmt: skip
                assert len(others) >= grant.approvals, f"{rule.id}: {email} in {system}"
                asked += 1
    assert asked > 10


def test_an_expectation_that_does_not_hold_is_named(changed: Path) -> None:
    tests = changed / "tests.yml"
    tests.write_text(
        "tests:\n  - {says: Everybody may, action: clear_cache, system: aiops, roles: [viewer], expect: allow}\n"
    )
    found = RUNNER.invoke(policy, ["test", str(tests)])
    assert found.exit_code == 1
    assert "Everybody may: expected allow, but it says 1 by operator" in found.output


def test_the_rule_is_explained() -> None:
    found = RUNNER.invoke(policy, ["explain", "clear_cache", "--size", "600"])
    assert "clear-much" in found.output and "20 requests of one person in 1 h" in found.output
    wide = RUNNER.invoke(policy, ["explain", "clear_all_caches"]).output
    operator = next(line for line in wide.splitlines() if "│ operator" in line)
    assert "2 by operator" in operator and "clear-all-caches" in operator and "Olga Lindt" in operator
    assert "may break" in wide
    unknown = RUNNER.invoke(policy, ["explain", "clear_cash"])
    assert unknown.exit_code == 1 and "clear_cache?" in unknown.output


def test_who_may_see_personal_data_is_explained_and_compared(changed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = RUNNER.invoke(policy, ["explain", "reveal", "--system", "aiops"]).output
    rows = (line.replace("│", " ").split() for line in found.splitlines())
    answers = {row[0]: row[1] for row in rows if len(row) > 1 and row[1] in {"allow", "no"}}
    assert answers["tenant_admin"] == answers["auditor"] == "allow"
    assert answers["viewer"] == answers["operator"] == "no"
    approvals = changed / "approvals.yml"
    approvals.write_text("".join(one for one in approvals.read_text().splitlines(True) if "reveal:" not in one))
    compared = RUNNER.invoke(policy, ["diff", str(changed)]).output
    assert "new: auditor may reveal personal data" in compared
    # Nobody may where the policy names nobody.
    monkeypatch.setenv("BACKSTOP_POLICIES", str(changed))
    found = RUNNER.invoke(policy, ["explain", "reveal"]).output
    assert "│ allow │" not in found and "names nobody" in " ".join(found.replace("│", " ").split())
    approvals.write_text(approvals.read_text() + "\nreveal: [auditors]\n")
    assert "no system has a role auditors" in RUNNER.invoke(policy, ["explain", "reveal"]).output


def test_every_answer_that_differs_is_shown(changed: Path) -> None:
    same = RUNNER.invoke(policy, ["diff", str(changed)])
    assert "the same answers" in same.output, same.output
    rules, people = changed / "approvals.yml", changed / "people.yml"
    rules.write_text(rules.read_text().replace("      operator: allow\n", '      operator: "no"\n', 1))
    people.write_text(people.read_text().replace("role: viewer}", "role: operator}", 1))
    rules.write_text(rules.read_text().replace("per_person: 20", "per_person: 200"))
    found = RUNNER.invoke(policy, ["diff", str(changed)]).output
    assert "clear_cache (tenant) in aiops, operator, 1 items: no → allow" in found
    assert "no longer: sam@example.com is operator of aiops, all tenants" in found
    assert "new: sam@example.com is viewer of aiops, all tenants" in found
    assert "no longer: each action: at most 200 requests of one person in 1 h" in found


def test_what_a_reviewer_cannot_see_in_the_matrix_is_shown(changed: Path) -> None:
    people, rules = changed / "people.yml", changed / "approvals.yml"
    people.write_text(people.read_text().replace("deputies: []", f"deputies: [{DEPUTY}]\nguests_may_look: true"))
    people.write_text(people.read_text().replace("auditor: true", "auditor: true\n    team: platform"))
    rules.write_text(
        rules.read_text().replace("break_glass: {roles: [operator, super_admin]", "break_glass: {roles: [operator]")
    )
    found = RUNNER.invoke(policy, ["diff", str(ROOT / "policies"), str(changed)]).output
    assert "new: sam@example.com stands for olga@example.com until 2999-12-31" in found
    assert "new: guests may look" in found and "new: ada@example.com is of the team platform" in found
    assert "super_admin, 1 items: 1 by operator or super_admin · types the name · may break the glass → " in found


def test_a_version_that_does_not_hold_together_is_not_compared(changed: Path) -> None:
    (changed / "approvals.yml").write_text("look: [viewer\n")
    found = RUNNER.invoke(policy, ["diff", str(changed)])
    assert found.exit_code == 1 and "approvals.yml" in found.output
