"""`backstop policy`: test the policy against expectations, explain it, and show what a change permits or forbids."""

import itertools
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from bot.catalog import Catalog
from bot.catalog.checking import check_policy
from bot.catalog.files import read
from bot.catalog.policies import PolicyFiles
from bot.errors import BackstopError, CatalogError, UnknownName
from bot.model.expectation import Expectation, ExpectationsFile
from bot.model.policy import AUDITOR, Approvals, Decision, Policy, Scope, Verdict
from bot.model.system import System
from bot.model.values import write_duration
from bot.policy import Case, decide, limits, may_reveal
from bot.registry import Registry, load
from bot.settings import Settings

policy = typer.Typer(no_args_is_help=True, help="The policy: test it, explain it, compare two versions.")
out, err = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False, soft_wrap=True)

REVEAL = "reveal"
_HOUR = timedelta(hours=1)


@policy.command("test")
def test(
    file: Annotated[Path | None, typer.Argument(help="The table of expectations.")] = None,
) -> None:
    """Hold the policy against the expectations in policies/tests.yml."""
    catalog, _ = _catalog()
    path = file or _folder() / "tests.yml"
    problems: list[str] = []
    found = read(path, ExpectationsFile, problems, str(path))
    if found is None:
        _fail(problems)
    wrong = []
    for one in found.tests:
        said = _decided(catalog.policies.current(), _case_of(one, catalog), one.roles)
        if not _is_expected(said, one.expect):
            wrong.append(f"{one.says}: expected {_wanted(one.expect)}, but it says {_answer(said)} ({said.reason})")
    if wrong:
        _fail(wrong)
    out.print(f"✔ {len(found.tests)} expectations hold.")


@policy.command("explain")
def explain(
    action: Annotated[str, typer.Argument(help="The action, or reveal: personal data.")],
    system: Annotated[str, typer.Option(help="The system; each one, if it is left out.")] = "",
    size: Annotated[int, typer.Option(help="How many items would change.")] = 1,
) -> None:
    """Say for each role what it may do about an action now, and which rule says so."""
    catalog, registry = _catalog()
    if action == REVEAL:
        _explain_reveal(catalog, system)
        return
    if action not in registry.actions:
        _fail([UnknownName("action", action, [name for name in registry.actions if name[:3] == action[:3]]).sentence])
    in_force, declared = catalog.policies.current(), registry.actions[action]
    for one in catalog.systems.values():
        if system in {"", one.name}:
            case = Case(action, declared.scope, one, size, datetime.now(UTC))
            everybody = " for the whole system" if declared.scope is Scope.SYSTEM else ""
            title = f"{declared.label} in {one.title}: an effect of {size} ({declared.unit})"
            table = Table("role", "may", "rule", f"held{everybody} in people.yml by", title=title)
            for role in one.roles.names:
                said = _decided(in_force, case, (role,))
                table.add_row(role, _full(said), said.rule or "–", _holders(in_force, case, role) or "nobody")
            out.print(table)
            if one.roles.query and not everybody:
                out.print(f"Roles in {one.title}'s own database count as well; /backstop why names who holds them now.")
    for limit in limits(in_force, action):
        span = write_duration(limit.within)
        out.print(f"At most {limit.per_person} requests of one person in {span}; none after {limit.failures} failures.")


def _explain_reveal(catalog: Catalog, system: str) -> None:
    """Who may see personal data unmasked."""
    in_force = catalog.policies.current()
    for one in catalog.systems.values():
        if system in {"", one.name}:
            table = Table("role", "may", "why", title=f"Reveal personal data in {one.title}")
            for role in dict.fromkeys((*one.roles.names, AUDITOR)):
                said = may_reveal(in_force, (role,))
                table.add_row(role, said.verdict.value, said.reason)
            out.print(table)


@policy.command("diff")
def diff(
    old: Annotated[Path, typer.Argument(help="A folder with the policy files as they were.")],
    new: Annotated[Path | None, typer.Argument(help="… as they are to be; policies/, if it is left out.")] = None,
) -> None:
    """Show what another version of the policy permits or forbids: one line for each answer that differs."""
    catalog, registry = _catalog()
    try:
        before, after = PolicyFiles(old).current(), PolicyFiles(new or _folder()).current()
    except CatalogError as error:
        _fail(error.problems)
    unknown = check_policy(after, catalog.systems, registry)
    if unknown:
        _fail(unknown)
    lines = list(differences(before, after, catalog.systems.values()))
    for line in lines:
        out.print(line, markup=False)
    out.print(f"{len(lines)} answers differ." if lines else "Both versions give the same answers.")


def differences(before: Policy, after: Policy, systems: Iterable[System]) -> Iterator[str]:
    """Every answer that differs: by action, system and role, at each size and hour where a rule begins to hold."""
    rules = (*before.approvals.rules, *after.approvals.rules)
    subjects = sorted({(rule.action, rule.scope) for rule in rules})
    for system, (action, scope) in itertools.product(systems, subjects):
        named = [rule for rule in rules if (rule.action, rule.scope) == (action, scope)]
        bounds = {rule.larger_than for rule in named} | {rule.confirm_above or 0 for rule in named}
        sizes = sorted({1, *(bound + 1 for bound in bounds), *(bound for bound in bounds if bound)})
        repeats = sorted({0, *(rule.repeated.times for rule in named if rule.repeated)})
        hours = range(168) if any(rule.hours for rule in named) else (0,)
        for role in system.roles.names:
            seen: set[tuple[str, str]] = set()
            for size, repeat, hour in itertools.product(sizes, repeats, hours):
                now = datetime(2026, 1, 5, tzinfo=UTC) + hour * _HOUR  # a Monday
                case = Case(action, scope, system, size, now, (now - timedelta(seconds=1),) * repeat)
                was, will = (_full(_decided(one, case, (role,))) for one in (before, after))
                if was != will and (was, will) not in seen:
                    seen.add((was, will))
                    where = f"{action} ({scope.value}) in {system.name}, {role}, {size} items"
                    often = f", {repeat} times before" if repeat else ""
                    at = f", as on {now:%a %H:%M} UTC" if len(hours) > 1 else ""
                    yield f"{where}{often}{at}: {was} → {will}"
    yield from _people(before, after)


def _holders(in_force: Policy, case: Case, role: str) -> str:
    """Who of the staff holds a role, as far as it counts in this scope."""
    found = []
    for staff in in_force.people.people:
        for held in staff.roles:
            if (held.system, held.role) == (case.system.name, role) and not (
                held.tenants and case.scope is Scope.SYSTEM
            ):
                where = f" ({', '.join(held.tenants)})" if held.tenants else ""
                found.append(f"{staff.name or staff.email or staff.group}{where}")
    return ", ".join(found)


def _people(before: Policy, after: Policy) -> Iterator[str]:
    """Roles, deputies, teams and auditors that are given or taken, and limits."""

    def held(one: Policy) -> set[str]:
        found = {f"without a role people may look in {system}" for system in one.approvals.look_without_role}
        found |= {f"{role} may look" for role in one.approvals.look}
        found |= {"guests may look"} if one.people.guests_may_look else set()
        found |= {f"{', '.join(limit.actions) or 'each action'}: at most {limit.per_person} requests of one person in "
                  f"{write_duration(limit.within)}, none after {limit.failures} failures"
                  for limit in one.approvals.limits}  # fmt: skip
        found |= {f"{role} may reveal personal data" for role in one.approvals.reveal}
        for staff in one.people.people:
            who = staff.email or staff.group
            found |= {f"{who} is {role.role} of {role.system}, {', '.join(role.tenants) or 'all tenants'}"
                      for role in staff.roles}  # fmt: skip
            found |= {f"{who} is also {alias}" for alias in staff.aliases}
            found |= {f"{who} is an auditor"} if staff.auditor else set()
            found |= {f"{who} is of the team {staff.team}"} if staff.team else set()
        return found | {
            f"{deputy.deputy} stands for {deputy.stands_for} until {deputy.until}" for deputy in one.people.deputies
        }

    was, will = held(before), held(after)
    yield from (f"no longer: {one}" for one in sorted(was - will))
    yield from (f"new: {one}" for one in sorted(will - was))


def _case_of(one: Expectation, catalog: Catalog) -> Case:
    now = one.at or datetime.now(UTC)
    done = (now - timedelta(minutes=1),) * one.done_before
    return Case(one.action, one.scope, catalog.system(one.system), one.size, now, done)


def _decided(in_force: Policy, case: Case, roles: Iterable[str]) -> Decision:
    held = tuple(roles)
    return decide(in_force, case, held, held)


def _is_expected(said: Decision, expected: str | Approvals) -> bool:
    if isinstance(expected, Approvals):
        same = said.verdict is Verdict.APPROVALS and said.approvals == expected.approvals
        return same and set(said.by) == set(expected.by) and said.another_team == expected.another_team
    return said.verdict.value == expected


def _answer(said: Decision) -> str:
    if said.verdict is not Verdict.APPROVALS:
        return said.verdict.value
    team = " of another team" if said.another_team else ""
    return f"{said.approvals} by {' or '.join(said.by)}{team}"


def _full(said: Decision) -> str:
    if said.verdict is Verdict.NO:
        return _answer(said)
    glass = " · may break the glass" if said.break_glass and said.verdict is Verdict.APPROVALS else ""
    more = (" · types the name" if said.must_confirm else "") + glass
    return f"{_answer(said)}{' · with a comment' if said.comment else ''}{more}"


def _wanted(expected: str | Approvals) -> str:
    return f"{expected.approvals} by {' or '.join(expected.by)}" if isinstance(expected, Approvals) else expected


def _folder() -> Path:
    settings = Settings()
    return settings.policies or settings.folder / "policies"


def _catalog() -> tuple[Catalog, Registry]:
    settings, registry = Settings(), load("probes", "actions", "handlers")
    try:
        return Catalog.read(settings.folder, registry, settings.policies, settings.systems), registry
    except CatalogError as error:
        _fail(error.problems)
    except BackstopError as error:
        _fail([error.sentence])


def _fail(problems: Iterable[str]) -> NoReturn:
    for problem in problems:
        err.print(f"✖ {problem}", markup=False)
    raise typer.Exit(1)
