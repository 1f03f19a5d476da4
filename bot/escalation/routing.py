"""Who takes over, and who is called next: pure functions of the policy, with the time as an argument."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.model.diagnosis import Diagnosis
from bot.model.escalation import Escalation, EscalationState
from bot.model.policy import EscalationFile, Step
from bot.model.runbook import Runbook, Severity
from bot.model.values import write_duration

_LONGEST = timedelta(days=2)  # between two reminders to whoever took it


class Turn(StrEnum):
    """What happens when the time has come."""

    RUNG = "rung"
    FALLBACK = "fallback"
    REMINDER = "reminder"
    HOLDER = "holder"


@dataclass(frozen=True)
class Upcoming:
    """What comes next when nobody does anything: after how long, and who is called."""

    turn: Turn
    after: timedelta
    whom: str
    step: Step | None = None


def about(diagnosis: Diagnosis) -> str:
    """What an escalation of this diagnosis is about: two about the same cause in the same tenant are one."""
    cause = next(
        (f"{one.runbook}.{one.id}" for one in diagnosis.causes), f"{diagnosis.runbook} {diagnosis.verdict.value}"
    )
    return f"{diagnosis.system} {diagnosis.inputs.binds.get('tenant', '')} {cause}"


def route_for(
    file: EscalationFile, runbook: Runbook, causes: Collection[str], system: str, severity: Severity, now: datetime
) -> str:
    """The name of the route that takes over: by the first rule that holds, else as the runbook says."""
    for rule in file.rules:
        fits = (
            (not rule.runbooks or runbook.name in rule.runbooks)
            and (not rule.causes or bool(set(rule.causes) & set(causes)))
            and (not rule.systems or system in rule.systems)
            and (not rule.severities or severity in rule.severities)
            and (rule.hours is None or rule.hours.hold(now))
        )
        if fits:
            return rule.route
    return runbook.escalate.route


def upcoming(file: EscalationFile, escalation: Escalation) -> Upcoming:
    """Who is called next, and how long after the last call (or after it was opened or taken)."""
    reminders, done = file.reminders, min(escalation.reminded, 16)
    if escalation.state is EscalationState.ACKNOWLEDGED:
        holder = escalation.holder.name if escalation.holder else "whoever took it"
        return Upcoming(Turn.HOLDER, min(reminders.holder * 2**done, _LONGEST), holder)
    route = file.routes.get(escalation.route)
    ladder = route.ladder if route else ()
    if escalation.rung < len(ladder):
        step = ladder[escalation.rung]
        pager = file.pagers.get(step.page)
        return Upcoming(Turn.RUNG, step.after, pager.title if pager else step.tell or step.page, step)
    if escalation.rung == len(ladder):
        return Upcoming(Turn.FALLBACK, file.fallback.after, file.fallback.tell or f"#{file.fallback.channel}")
    return Upcoming(Turn.REMINDER, min(reminders.first * 2**done, reminders.at_most), "everybody once more")


def scheduled(file: EscalationFile, escalation: Escalation, now: datetime) -> Escalation:
    """The escalation with the time at which the next is called; none when it is resolved."""
    if escalation.state is EscalationState.RESOLVED:
        return escalation.model_copy(update={"due": None, "next": ""})
    coming = upcoming(file, escalation)
    return escalation.model_copy(update={"due": now + coming.after, "next": coming.whom})


def in_words(file: EscalationFile, route: str) -> str:
    """Who gets an escalation of this route, where, and who is called when nobody takes it."""
    found = file.routes[route]
    steps = []
    for step in found.ladder:
        pager = file.pagers.get(step.page)
        whom = f"{pager.title} calls" if pager else f"{step.tell} is told"
        steps.append(f"{whom} {f'after {write_duration(step.after)}' if step.after else 'at once'}")
    ladder = f" While nobody takes it: {', then '.join(steps)}." if steps else ""
    return f"the {found.title} in #{found.channel}.{ladder}"
