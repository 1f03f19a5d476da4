"""A runbook with everything that it includes, flattened: which checks are run, and which causes are tried in order."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import CatalogError
from bot.model.runbook import Cause, Check, Runbook


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


def compose(runbook: Runbook, runbooks: Mapping[str, Runbook]) -> Plan:
    """Flattens a runbook and its includes. Raises CatalogError for an unknown include or a circle."""
    parts = _parts(runbook, runbooks, ())
    ids: dict[str, str] = {}  # what a check looks at -> the id under which it is planned
    checks: list[PlannedCheck] = []
    causes: list[PlannedCause] = []
    harmless: dict[str, set[str]] = {}
    for part in parts:
        names: dict[str, str] = {}
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
            causes.append(PlannedCause(part, cause, when))
    return Plan(
        runbook, parts, tuple(checks), tuple(causes), {key: frozenset(codes) for key, codes in harmless.items()}
    )


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
