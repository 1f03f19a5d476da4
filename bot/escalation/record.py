"""What is written about escalations: the events of the trail, and the subjects that are drawn."""

from bot.model.audit import Event
from bot.model.escalation import Escalation
from bot.model.people import BACKSTOP, Actor
from bot.model.request import Request, State
from bot.model.talk import Subject, SubjectKind
from bot.model.values import Clock, Json


def card(id: str) -> Subject:
    """The subject that every drawing of an escalation shows."""
    return Subject(kind=SubjectKind.ESCALATION, id=id)


def bundle_card(id: str) -> Subject:
    """The subject that shows a bundle of evidence."""
    return Subject(kind=SubjectKind.BUNDLE, id=id)


def itself(escalation: Escalation) -> Actor:
    """The bot, when it does something to an escalation by itself."""
    return Actor(person=BACKSTOP, system=escalation.system, tenant=escalation.tenant or None)


def tried(request: Request) -> str:
    """What was tried, by whom, and what came of it until now."""
    by = f", approved by {', '.join(vote.person.name for vote in request.approved_by)}" if request.approved_by else ""
    ended = request.verification.helped.value if request.verification else request.state.value
    if request.state is State.UNKNOWN:
        ended = f"outcome unknown ({request.state_reason})"
    return f"{request.label} by {request.asker.name}{by}: {ended}"


def event(
    verb: str, escalation: Escalation, actor: Actor, clock: Clock, says: str, policy: str, *, outcome: str = "ok",
    reason: str = "", **detail: Json,
) -> Event:  # fmt: skip
    """An audit event about an escalation, which names the state that it is in now."""
    return Event(
        verb=verb, person=actor.person, at=clock(), outcome=outcome, roles=tuple(sorted(actor.roles)),
        system=escalation.system, tenant=escalation.tenant, subject=f"escalation {escalation.id}",
        says=f"Escalation {says}", reason=reason, policy=policy,
        detail={
            "state": escalation.state.value, "route": escalation.route, "severity": escalation.severity.value,
            "runbook": escalation.runbook, "diagnosis": escalation.diagnosis, **detail,
        },
    )  # fmt: skip
