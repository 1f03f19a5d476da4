"""Checks that the files hold together: every name exists, every code that a check can end in is handled."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from bot.catalog.escalation import check_escalation
from bot.catalog.naming import named_things, texts
from bot.catalog.plan import compose
from bot.catalog.systems import check_system
from bot.errors import CatalogError
from bot.model.finding import ALWAYS
from bot.model.inputs import places
from bot.model.policy import AUDITOR, Approvals, Policy
from bot.model.runbook import Remedy, Runbook
from bot.model.system import System
from bot.registry import Action, Params, Registry


def check(
    systems: Mapping[str, System], runbooks: Mapping[str, Runbook], policy: Policy, registry: Registry
) -> list[str]:
    """Every problem in the files, one line each; empty when they hold together."""
    problems: list[str] = []
    for system in systems.values():
        problems += [f"systems/{system.name}.yml: {problem}" for problem in check_system(system)]
    for runbook in runbooks.values():
        found = _runbook(runbook, runbooks, [one for one in systems.values() if one.family == runbook.family],
                         policy, registry)  # fmt: skip
        problems += [f"runbooks/{runbook.family}/{runbook.name}.yml: {problem}" for problem in dict.fromkeys(found)]
    escalation = check_escalation(policy.escalation, systems, runbooks, registry.actions)
    problems += [f"policies/escalation.yml: {problem}" for problem in escalation]
    return problems + check_policy(policy, systems, registry)


def check_policy(policy: Policy, systems: Mapping[str, System], registry: Registry) -> list[str]:
    """Every name in the policy files that does not exist."""
    problems: list[str] = []
    roles = {role for system in systems.values() for role in system.roles.names}
    for role in policy.approvals.look:
        if role not in roles:
            problems.append(f"policies/approvals.yml: look: no system has a role {role}")
    problems += [
        f"policies/approvals.yml: reveal: no system has a role {role}"
        for role in policy.approvals.reveal
        if role not in {*roles, AUDITOR}
    ]
    for rule in policy.approvals.rules:
        where = f"policies/approvals.yml: {rule.id}:"
        if rule.action not in registry.actions:
            problems.append(f"{where} {rule.action} is not an action")
        problems += [f"{where} {name} is not a system" for name in rule.systems if name not in systems]
        named = {*rule.ask, *(role for grant in rule.ask.values() if isinstance(grant, Approvals) for role in grant.by)}
        problems += [f"{where} no system has a role {role}" for role in sorted(named - roles)]
    ids = [rule.id for rule in policy.approvals.rules]
    problems += [
        f"policies/approvals.yml: {one} stands twice" for one in sorted({one for one in ids if ids.count(one) > 1})
    ]
    for person in policy.people.people:
        for held in person.roles:
            where = f"policies/people.yml: {person.email or person.group}:"
            if held.system not in systems:
                problems.append(f"{where} {held.system} is not a system")
            elif held.role not in systems[held.system].roles.names:
                problems.append(f"{where} {held.system} has no role {held.role}")
    return problems


def _runbook(
    runbook: Runbook, runbooks: Mapping[str, Runbook], systems: list[System], policy: Policy, registry: Registry
) -> Iterable[str]:
    if not systems:
        yield f"no system is of the family {runbook.family}"
    try:
        plan = compose(runbook, runbooks)
    except CatalogError as error:
        yield from error.problems
        return
    if not plan.checks:
        yield "it checks nothing"
    for part in plan.parts:
        if part.family != runbook.family:
            yield f"includes {part.name} of another family"
        yield from (f"includes {part.name}, which needs the input {name}" for name in part.inputs
                    if name not in runbook.inputs)  # fmt: skip
    yield from _checks(runbook, systems, registry)
    yield from _codes(runbook, registry)
    for cause in runbook.causes:
        for remedy in cause.remedies:
            yield from (f"causes.{cause.id}: {problem}" for problem in _remedy(remedy, runbook, systems, registry))
    for number, step in enumerate(runbook.procedure):
        yield from (f"procedure.{number + 1}: {problem}" for problem in _remedy(step, runbook, systems, registry))
        if any(step.action == one.action and step.params == one.params for one in runbook.procedure[:number]):
            yield f"procedure.{number + 1}: the same action stands there before, so it could not be told apart"
    if runbook.escalate.route not in policy.escalation.routes:
        yield f"escalate: policies/escalation.yml has no route {runbook.escalate.route}"
    yield from (f"next: {name} is not a runbook" for name in runbook.next if name not in runbooks)
    yield from (f"causes.{one.id}: see: {one.see} is not another runbook" for one in runbook.causes
                if one.see and (one.see not in runbooks or one.see == runbook.name))  # fmt: skip


def _checks(runbook: Runbook, systems: list[System], registry: Registry) -> Iterable[str]:
    for name, check in runbook.checks.items():
        where = f"checks.{name}:"
        if check.probe not in registry.probes:
            yield f"{where} {check.probe} is not a probe"
            continue
        probe = registry.probes[check.probe]
        yield from (f"{where} {probe.name} needs the input {one}" for one in probe.needs if one not in runbook.inputs)
        yield from (f"{where} {problem}" for problem in _params(probe.params, check.params, runbook, systems))


def _codes(runbook: Runbook, registry: Registry) -> Iterable[str]:
    handled: dict[str, set[str]] = {name: set(codes) for name, codes in runbook.harmless.items()}
    uses = [(f"causes.{cause.id}", cause.when) for cause in runbook.causes]
    uses += [("harmless", runbook.harmless), ("verify", runbook.verify.checks if runbook.verify else {})]
    for where, when in uses:
        for name, codes in when.items():
            probe = registry.probes.get(runbook.checks[name].probe) if name in runbook.checks else None
            if name not in runbook.checks:
                yield f"{where}: {name} is not one of its checks"
            elif probe is not None:
                unknown = set(codes) - set(probe.codes) - set(ALWAYS)
                yield from (f"{where}: {name} cannot end in {code}" for code in sorted(unknown))
            if where != "verify":
                handled.setdefault(name, set()).update(codes)
    for name, check in runbook.checks.items():
        if check.probe in registry.probes:
            left = set(registry.probes[check.probe].codes) - handled.get(name, set())
            yield from (f"checks.{name} can end in {code}, which no cause handles and which is not declared harmless"
                        for code in sorted(left))  # fmt: skip
    if len({cause.id for cause in runbook.causes}) != len(runbook.causes):
        yield "two causes have the same id"


def _remedy(remedy: Remedy, runbook: Runbook, systems: list[System], registry: Registry) -> Iterable[str]:
    if remedy.action not in registry.actions:
        yield f"{remedy.action} is not an action"
        return
    action = registry.actions[remedy.action]
    yield from (f"{action.name} needs the input {one}" for one in action.needs if one not in runbook.inputs)
    yield from _params(action.params, remedy.params, runbook, systems, action)


def _params(
    model: type[Params], given: Mapping[str, Any], runbook: Runbook, systems: list[System], action: Action | None = None
) -> Iterable[str]:
    asked = set(action.asks) if action else set()
    try:
        model.model_validate(dict(given))
    except ValidationError as error:
        for one in error.errors():
            if not (one["type"] == "missing" and one["loc"] and one["loc"][0] in asked):
                yield f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}"
    for name, value in given.items():
        for text in texts(value):
            # A place may name an input or one of its columns, as in {tenant} and {tenant_slug}.
            for place in places(text):
                if not any(place == known or place.startswith(f"{known}_") for known in runbook.inputs):
                    yield f"{name}: {{{place}}} is not an input"
    for name, section, text in named_things(model, given):
        yield from _names(section, name, text, systems)


def _names(section: str, param: str, text: str, systems: list[System]) -> Iterable[str]:
    for system in systems:
        known: Iterable[str] = system.roles.names if section == "roles" else getattr(system, section)
        if text and text not in known and not places(text) and f"{section}.{text}" not in system.lacks:
            yield f"{param}: {system.name} has no {text} among its {section}"
