"""What came of a diagnosis, in words: each request and escalation as it stands now."""

from bot.model.diagnosis import Followed
from bot.model.escalation import Escalation, EscalationState
from bot.model.request import Helped, Request, State


def follow_request(request: Request) -> Followed:
    """A request that came from a diagnosis."""
    asker = request.asker.name.split()[0]
    denied = f" by {request.votes[-1].person.name.split()[0]}" if request.votes else ""
    approvers = " and ".join(vote.person.name.split()[0] for vote in request.approved_by)
    approved = f", approved by {approvers}" if approvers else ""
    helped = request.verification.helped if request.verification else None
    says = {
        State.PENDING: f"asked by {asker}, waits for a decision",
        State.APPROVED: f"asked by {asker}{approved}" if approved else f"asked by {asker}, approved",
        State.RUNNING: f"asked by {asker}, running",
        State.DENIED: f"asked by {asker}, denied{denied}",
        State.EXPIRED: f"asked by {asker}, and nobody decided in time",
        State.CANCELLED: f"taken back by {asker}",
        State.OUTDATED: f"asked by {asker}; the effect changed, so nothing was done",
        State.FAILED: f"asked by {asker}; failed",
        State.UNKNOWN: f"asked by {asker}; whether it had an effect is not known",
        State.DONE: f"asked by {asker}{approved}: {_ended(request)}",
    }[request.state]
    undone = ", and undone since" if request.undone_by else ""
    is_fix = request.state is State.DONE and helped is Helped.YES and not request.undone_by
    is_gone = request.outcome is not None and request.outcome.gone_at is not None
    return Followed(
        label=request.label, says=says + undone, action=request.action, is_fix=is_fix, is_gone=is_gone
    )  # fmt: skip


def follow_escalation(escalation: Escalation) -> Followed:
    """The escalation that a diagnosis led to or joined."""
    way, person = {
        EscalationState.OPEN: ("", None),
        EscalationState.ACKNOWLEDGED: (" by", escalation.holder),
        EscalationState.HANDED_OVER: (" to", escalation.holder),
        EscalationState.RESOLVED: (" by", escalation.resolved_by),
    }[escalation.state]
    whom = f"{way} {person.name.split()[0]}" if person else ""
    return Followed(label="Escalation", says=f"to the {escalation.route_title}, {escalation.state.value}{whom}")


def _ended(request: Request) -> str:
    if request.outcome is not None and request.outcome.gone_at is not None:
        return "not done, for the fault was gone"
    if request.outcome is not None and request.outcome.needless:
        return "not done, for there was nothing left to do"
    helped = request.verification.helped if request.verification else None
    return f"done, and it {helped.value}" if helped in {Helped.YES, Helped.NO} else "done"
