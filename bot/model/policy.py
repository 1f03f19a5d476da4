"""The policy files as values: who may look, who may ask for which action, who decides, and who the staff are."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field, model_validator

from bot.model.values import Duration, Value


class Scope(StrEnum):
    """What an action touches: one tenant, or the system as a whole."""

    TENANT = "tenant"
    SYSTEM = "system"


class Approvals(Value):
    """So many approvals by holders of these roles."""

    approvals: int = Field(ge=1, le=10)
    by: tuple[str, ...] = Field(min_length=1)


Grant = Literal["allow", "no"] | Approvals


class Rule(Value):
    """One row of the matrix: an action in a scope, and what each role may do about it; a role not named may not."""

    id: str
    action: str
    scope: Scope = Scope.TENANT
    systems: tuple[str, ...] = ()  # empty: every system
    tiers: tuple[str, ...] = ()  # empty: every tier
    larger_than: int = 0  # holds only when the effect has more items than this
    ask: Mapping[str, Grant]
    expires: Duration = timedelta(minutes=30)
    says: str = ""


class ApprovalsFile(Value):
    """`policies/approvals.yml`: who may look, and the rules of asking; where several rules hold, the strictest wins."""

    look: tuple[str, ...]
    rules: tuple[Rule, ...]


class StaffRole(Value):
    """A role granted outside the system's own database; without tenants it holds for the whole system."""

    system: str
    role: str
    tenants: tuple[str, ...] = ()


class Staff(Value):
    """One person of the staff; `terminal` lists the operating-system accounts that are this person."""

    email: str = ""
    group: str = ""  # or a Slack user group, by handle or id
    name: str = ""
    aliases: tuple[str, ...] = ()
    terminal: tuple[str, ...] = ()
    roles: tuple[StaffRole, ...] = ()
    auditor: bool = False

    @model_validator(mode="before")
    @classmethod
    def _folded(cls, written: Any) -> Any:
        if isinstance(written, dict) and bool(written.get("email")) == bool(written.get("group")):
            raise ValueError("name either email or group, and not both")
        return written


class PeopleFile(Value):
    """`policies/people.yml`: the staff, their system-wide roles, auditors, and terminal accounts."""

    guests_may_look: bool = False
    people: tuple[Staff, ...] = ()


class Step(Value):
    """One rung of a ladder: who is told, and after how long without an acknowledgement the next rung follows."""

    tell: str  # a Slack user group or e-mail address
    after: Duration = timedelta()


class EscalationRoute(Value):
    """A team that takes over: its channel and its ladder."""

    title: str
    channel: str
    ladder: tuple[Step, ...] = ()


class EscalationFile(Value):
    """`policies/escalation.yml`: routes by name."""

    routes: Mapping[str, EscalationRoute]


class Policy(Value):
    """All policy files as read at one moment; `digest` names exactly this version in the audit."""

    approvals: ApprovalsFile
    people: PeopleFile
    escalation: EscalationFile
    digest: str


class Verdict(StrEnum):
    """What the policy answers to somebody who wants to run an action."""

    ALLOW = "allow"
    APPROVALS = "approvals"
    NO = "no"


class Decision(Value):
    """The policy's answer, with the rule and the reason in words."""

    verdict: Verdict
    reason: str
    rule: str = ""
    approvals: int = 0
    by: tuple[str, ...] = ()
    expires: Duration = timedelta(minutes=30)
