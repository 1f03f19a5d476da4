"""A runbook with everything that it includes, flattened: which checks are run, and which causes are tried in order."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.catalog.naming import lacking
from bot.errors import CatalogError
from bot.model.runbook import Cause, Check, Remedy, Runbook
from bot.model.system import System
from bot.registry import Action, Registry


@dataclass(frozen=True)
class PlannedCheck:
    """One check; equal checks of composed runbooks stand here once, under the first name."""

    id: str
    check: Check


@dataclass(frozen=True)
class PlannedCause:
    """One cause with the runbook that knows it; `when` names planned checks."""

    runbook: Runbook
    cause: Cause
    when: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Plan:
    """What carrying out a runbook means."""

    runbook: Runbook
    parts: tuple[Runbook, ...]  # the runbook itself and all that it includes, once each
    checks: tuple[PlannedCheck, ...]
    causes: tuple[PlannedCause, ...]
    harmless: Mapping[str, frozenset[str]]
    names: Mapping[str, Mapping[str, str]]  # by runbook: how it calls a check, and the id under which it is planned
    lacking: tuple[tuple[PlannedCheck, str], ...] = ()  # left out, for the system does not have what they look at


def compose(runbook: Runbook, runbooks: Mapping[str, Runbook]) -> Plan:
    """Flattens a runbook and its includes. Raises CatalogError for an unknown include or a circle."""
    parts = _parts(runbook, runbooks, ())
    ids: dict[str, str] = {}  # what a check looks at -> the id under which it is planned
    checks: list[PlannedCheck] = []
    causes: list[PlannedCause] = []
    harmless: dict[str, set[str]] = {}
    all_names: dict[str, dict[str, str]] = {}
    for part in parts:
        names = all_names.setdefault(part.name, {})
        for name, check in part.checks.items():
            same = check.model_dump_json(exclude={"timeout", "label"})
            if same not in ids:
                taken = {planned.id for planned in checks}
                ids[same] = name if name not in taken else f"{part.name}.{name}"
                checks.append(PlannedCheck(ids[same], check))
            names[name] = ids[same]
        for name, codes in part.harmless.items():
            if name in names:
                harmless.setdefault(names[name], set()).update(codes)
        for cause in part.causes:
            when = {names[name]: codes for name, codes in cause.when.items() if name in names}
            if cause.see in {one.name for one in parts}:
                for checked, codes in when.items():
                    harmless.setdefault(checked, set()).update(codes)
                continue
            causes.append(PlannedCause(part, cause, when))
    return Plan(
        runbook, parts, tuple(checks), tuple(causes), {key: frozenset(codes) for key, codes in harmless.items()},
        all_names,
    )  # fmt: skip


def without_lacking(plan: Plan, system: System, registry: Registry) -> Plan:
    """The plan for a system that does not have everything that the runbooks of its family name."""
    why = {
        one.id: lacking(registry.probes[one.check.probe].params, one.check.params, system)
        for one in plan.checks
        if one.check.probe in registry.probes
    }
    left_out = tuple((one, why[one.id]) for one in plan.checks if why.get(one.id))
    return replace(
        plan,
        checks=tuple(one for one in plan.checks if not why.get(one.id)),
        causes=tuple(_able(one, system, registry) for one in plan.causes),
        lacking=left_out,
    )


def _able(planned: PlannedCause, system: System, registry: Registry) -> PlannedCause:
    """A cause with those of its remedies that can be carried out in a system; why others cannot is guidance."""
    why = [
        _why_not(registry.actions[one.action], one, system) if one.action in registry.actions else ""
        for one in planned.cause.remedies
    ]
    if not any(why):
        return planned
    able = tuple(one for one, reason in zip(planned.cause.remedies, why, strict=True) if not reason)
    missing = [
        f"{registry.actions[one.action].label} is not offered here: {reason}"
        for one, reason in zip(planned.cause.remedies, why, strict=True)
        if reason
    ]
    guidance = " ".join([planned.cause.guidance.strip(), *(f"{text.rstrip('.')}." for text in missing)]).strip()
    return replace(planned, cause=planned.cause.model_copy(update={"remedies": able, "guidance": guidance}))


def _why_not(action: Action, remedy: Remedy, system: System) -> str:
    """Why a remedy cannot be carried out in a system; of a list, such as one of caches, it is enough to have some."""
    params = dict(remedy.params)
    for name, value in remedy.params.items():
        if isinstance(value, (list, tuple)):
            params[name] = [one for one in value if not lacking(action.params, {name: [one]}, system)] or value
    return lacking(action.params, params, system)


def _parts(runbook: Runbook, runbooks: Mapping[str, Runbook], above: tuple[str, ...]) -> tuple[Runbook, ...]:
    if runbook.name in above:
        raise CatalogError([f"{runbook.name}.yml: includes itself by way of {' → '.join(above)}"])
    found: dict[str, Runbook] = {runbook.name: runbook}
    for name in runbook.includes:
        if name not in runbooks:
            raise CatalogError([f"{runbook.name}.yml: includes {name}, which is not a runbook"])
        for part in _parts(runbooks[name], runbooks, (*above, runbook.name)):
            found.setdefault(part.name, part)
    return tuple(found.values())
