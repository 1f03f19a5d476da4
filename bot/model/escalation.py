"""An escalation: a thread for the people who take over, with the evidence and what was tried."""

from datetime import datetime
from enum import StrEnum

from bot.model.people import Person
from bot.model.runbook import Severity
from bot.model.values import Value


class EscalationState(StrEnum):
    """The life of an escalation."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Escalation(Value):
    """One escalation, as it stands now."""

    id: str
    state: EscalationState
    route: str
    route_title: str
    channel: str
    severity: Severity
    system: str
    system_title: str
    tenant: str = ""
    affected: str = ""
    symptom: str = ""
    diagnosis: str
    found: str
    tried: tuple[str, ...] = ()
    proposed: str = ""
    raised_by: Person
    created: datetime
    changed: datetime
    holder: Person | None = None
    resolution: str = ""
