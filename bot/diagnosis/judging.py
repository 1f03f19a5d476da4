"""From findings to causes and a verdict: matches the decision tree on codes, and does nothing else."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.catalog import Plan, PlannedCause
from bot.model.diagnosis import NamedCause, Verdict
from bot.model.finding import Finding, Status


@dataclass(frozen=True)
class Judgement:
    """What the findings mean."""

    verdict: Verdict
    causes: tuple[NamedCause, ...]
    unexplained: tuple[str, ...]  # checks that are not ok, which no cause explains


def judge(plan: Plan, findings: Iterable[Finding]) -> Judgement:
    """Names every cause that the findings match, in the runbook's order. Unknown is never taken for ok."""
    found = {finding.check: finding for finding in findings}
    causes = tuple(_named(planned, found) for planned in plan.causes if matches(planned, found))
    explained = {check for cause in causes for check in cause.checks}
    unexplained = tuple(
        check
        for check, finding in found.items()
        if finding.status in {Status.WARN, Status.FAIL}
        and check not in explained
        and finding.code not in plan.harmless.get(check, ())
    )
    if causes:
        verdict = Verdict.FAULT
    elif unexplained or not found or any(finding.status is Status.UNKNOWN for finding in found.values()):
        verdict = Verdict.UNCLEAR
    else:
        verdict = Verdict.NO_FAULT
    return Judgement(verdict, causes, unexplained)


def matches(planned: PlannedCause, found: dict[str, Finding]) -> bool:
    """Whether each check that the cause names ended in one of its codes."""
    return bool(planned.when) and all(
        check in found and found[check].code in codes for check, codes in planned.when.items()
    )


def _named(planned: PlannedCause, found: dict[str, Finding]) -> NamedCause:
    cause = planned.cause
    seen = [found[check].says for check in planned.when if found[check].says]
    return NamedCause(
        id=cause.id, runbook=planned.runbook.name, title=cause.title, says=" ".join([cause.says, *seen]).strip(),
        guidance=cause.guidance, remedies=cause.remedies, checks=tuple(planned.when),
    )  # fmt: skip
