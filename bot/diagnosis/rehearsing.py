"""Rehearses runbooks: the decision tree is matched on findings that were written down, so no system is needed."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.catalog import Catalog, Plan, PlannedCheck, compose
from bot.catalog.files import read
from bot.diagnosis.judging import judge
from bot.errors import CatalogError, UnknownName
from bot.model.diagnosis import NamedCause
from bot.model.finding import ALWAYS, Finding, Status
from bot.model.rehearsal import Rehearsal, RehearsalFile
from bot.registry import Registry


@dataclass(frozen=True)
class Rehearsed:
    """What came of one file: `wrong` has a line for each case that ended otherwise than it says."""

    runbook: str
    cases: int
    wrong: tuple[str, ...]
    untried: tuple[str, ...]  # causes that no case ends in


def rehearse(catalog: Catalog, path: Path) -> Rehearsed:
    """Rehearses the cases of one file. Raises CatalogError when it cannot be read or names what is not there."""
    problems: list[str] = []
    shown = str(path)
    file = read(path, RehearsalFile, problems, shown)
    if file is None:
        raise CatalogError(problems)
    try:
        plan = compose(catalog.runbook(file.runbook), catalog.runbooks)
    except UnknownName as error:
        raise CatalogError([f"{shown}: {error.sentence}"]) from error
    wrong: list[str] = []
    tried: set[str] = set()
    for number, case in enumerate(file.cases, 1):
        findings = _findings(plan, case, catalog.registry, f"{shown}: case {number}", problems)
        if problems:
            continue
        judged = judge(plan, findings)
        causes = tuple(_called(cause, file.runbook) for cause in judged.causes)
        tried |= set(causes)
        remedies = tuple(dict.fromkeys(one.action for cause in judged.causes for one in cause.remedies))
        for what, expected, came in (
            ("verdict", (case.verdict,), (judged.verdict.value,)),
            ("causes", case.causes, causes),
            ("remedies", case.remedies, remedies),
        ):
            if expected is not None and expected != came:
                wrong.append(f"{shown}: {case.says}: {what}: expected {_list(expected)}, but it is {_list(came)}")
    if problems:
        raise CatalogError(problems)
    untried = tuple(
        cause.id for cause in plan.runbook.causes if cause.id not in tried and not _is_elsewhere(plan, cause.see)
    )
    return Rehearsed(file.runbook, len(file.cases), tuple(wrong), untried)


def rehearsals(folder: Path) -> list[Path]:
    """Every file of cases below the folder with runbooks/."""
    return sorted((folder / "runbooks").glob("*/tests/*.yml"))


def _findings(plan: Plan, case: Rehearsal, registry: Registry, where: str, problems: list[str]) -> tuple[Finding, ...]:
    known = {one.id for one in plan.checks}
    problems += [f"{where}: {name} is not one of its checks" for name in case.found if name not in known]
    found = []
    for one in plan.checks:
        probe = registry.probes[one.check.probe]
        well = next((code for code, status in probe.codes.items() if status is Status.OK), None)
        code = case.found.get(one.id, well)
        if code is None:
            problems.append(f"{where}: say how {one.id} ended; none of its codes is ok")
        elif code not in probe.codes and code not in ALWAYS:
            problems.append(f"{where}: {one.id} cannot end in {code}, only in {_list((*probe.codes, *ALWAYS))}")
        else:
            found.append(_finding(one, code, probe.status(code)))
    return tuple(found)


def _finding(planned: PlannedCheck, code: str, status: Status) -> Finding:
    label = planned.check.label or planned.id
    return Finding(
        check=planned.id, probe=planned.check.probe, label=label, code=code, status=status, seen="written down"
    )


def _called(cause: NamedCause, runbook: str) -> str:
    return cause.id if cause.runbook == runbook else f"{cause.runbook}.{cause.id}"


def _is_elsewhere(plan: Plan, see: str) -> bool:
    """Whether a cause is left to a runbook that is included."""
    return see in {one.name for one in plan.parts}


def _list(texts: Iterable[str]) -> str:
    return ", ".join(texts) or "none"
