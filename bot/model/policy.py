"""The policy files as values: who may look, who may ask for which action, who decides, and who the staff are."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from bot.model.connections import Secret
from bot.model.runbook import Severity
from bot.model.values import Duration, Value


class Scope(StrEnum):
    """What an action touches: one tenant, or the system as a whole."""

    TENANT = "tenant"
    SYSTEM = "system"


class Approvals(Value):
    """So many approvals by holders of these roles."""

    approvals: int = Field(ge=1, le=10)
    by: tuple[str, ...] = Field(min_length=1)
    another_team: bool = False  # only by people whose team is known, and another one than the asker's
    comment: bool = False  # who approves says why


Grant = Literal["allow", "no"] | Approvals
AUDITOR = "auditor"  # among the roles that may reveal: whoever people.yml makes an auditor


Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Hours(Value):
    """Hours of the week, such as those in which people are at work; with `outside` all the others."""

    begin: time
    end: time
    days: tuple[Day, ...] = _DAYS
    zone: str = "UTC"
    outside: bool = False

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (OSError, ValueError) as error:
            raise ValueError(f"{zone} is not a time zone, such as Europe/Berlin") from error
        return zone

    def hold(self, now: datetime) -> bool:
        """Whether a moment is one of these; where `end` is before `begin` the night belongs to the day before."""
        local = now.astimezone(ZoneInfo(self.zone))
        day, clock = local.weekday(), local.time()
        if self.begin < self.end:
            within = self.begin <= clock < self.end and _DAYS[day] in self.days
        else:
            late = clock >= self.begin and _DAYS[day] in self.days
            within = late or (clock < self.end and _DAYS[day - 1] in self.days)
        return within is not self.outside


class Repetition(Value):
    """The same action on the same subject was done so often already, within this time."""

    times: int = Field(ge=1)
    within: Duration


class BreakGlass(Value):
    """Who may run this at once in an emergency: roles for the whole system, and how soon somebody else reviews it."""

    roles: tuple[str, ...] = Field(min_length=1)
    review: Duration = timedelta(hours=24)


class Limit(Value):
    """So many requests per person and action within a time; and a stop after failures, until somebody succeeds."""

    actions: tuple[str, ...] = ()  # empty: each action
    per_person: int = Field(default=10, ge=1)
    within: Duration = timedelta(hours=1)
    failures: int = Field(default=3, ge=1)  # of the action in one tenant, one after the other, within the same time


class Rule(Value):
    """One row of the matrix: an action in a scope, and what each role may do about it; a role not named may not."""

    id: str
    action: str
    scope: Scope = Scope.TENANT
    systems: tuple[str, ...] = ()  # empty: every system
    tiers: tuple[str, ...] = ()  # empty: every tier
    larger_than: int = 0  # holds only when the effect has more items than this
    hours: Hours | None = None  # holds only in these hours
    repeated: Repetition | None = None  # holds only when the same was done so often already
    ask: Mapping[str, Grant]
    expires: Duration = timedelta(minutes=30)
    says: str = ""
    confirm_above: int | None = None  # with more items than this, the asker types the tenant's name
    break_glass: BreakGlass | None = None
    remind: tuple[Duration, ...] = (timedelta(minutes=5), timedelta(minutes=15))  # after asking, each later than before
    ladder: tuple[str, ...] = ()  # roles among those that decide who are told only when reminding did not help
    undo_for: Duration = timedelta(days=1)  # how long undoing is offered


class ApprovalsFile(Value):
    """`policies/approvals.yml`: who may look, and the rules of asking; where several rules hold, the strictest wins."""

    look: tuple[str, ...]
    reveal: tuple[str, ...] = ()  # may see personal data unmasked, with a reason; `auditor` is who audits by people.yml
    look_without_role: tuple[str, ...] = ()  # systems at which people may look who hold no role there
    keep_evidence: Duration | None = None  # then it is removed from what has ended; empty: kept for good
    limits: tuple[Limit, ...] = (Limit(),)
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
    team: str = ""
    tell: Literal["dm", "mention"] = "dm"  # how they like to be told that something waits for them
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


class Deputy(Value):
    """Somebody who decides in place of somebody else, up to and including a date (in UTC)."""

    deputy: str  # e-mail address
    stands_for: str  # e-mail address
    until: date


class PeopleFile(Value):
    """`policies/people.yml`: the staff, their system-wide roles, deputies, auditors, and terminal accounts."""

    guests_may_look: bool = False
    people: tuple[Staff, ...] = ()
    deputies: tuple[Deputy, ...] = ()


class Step(Value):
    """One rung of a ladder: who is called when nobody has acknowledged for this long since the rung before."""

    tell: str = ""  # a Slack user group or an e-mail address
    page: str = ""  # or one of the pagers
    after: Duration = timedelta()

    @model_validator(mode="after")
    def _one(self) -> "Step":
        if bool(self.tell) == bool(self.page):
            raise ValueError("name either tell (a user group or an address) or page (a pager), and not both")
        return self


class EscalationRoute(Value):
    """A team that takes over: its channel and its ladder."""

    title: str
    channel: str
    ladder: tuple[Step, ...] = ()


class RouteRule(Value):
    """Which team takes over when all of this holds; what is empty holds always. The first rule that holds decides."""

    route: str
    runbooks: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()  # "runbook.cause"
    systems: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    hours: Hours | None = None


class Fallback(Value):
    """Where it goes when nobody of a ladder answered, a pager is out of reach, or a channel is closed to the bot."""

    channel: str
    tell: str = ""
    after: Duration = timedelta(minutes=15)


class PagerEntry(Value):
    """A service that calls people. Its secrets are named here, and kept in the environment or in files.

    `key` is PagerDuty's integration key, or the secret with which a webhook is signed; `answers` is the secret of the
    webhook by which PagerDuty tells what was done there.
    """

    kind: Literal["pagerduty", "webhook"]
    title: str = "PagerDuty"
    url: str = "https://events.pagerduty.com/v2/enqueue"
    key: Secret
    answers: Secret | None = None


class Reminders(Value):
    """How soon it is said once more; each pause is twice as long as the one before."""

    first: Duration = timedelta(minutes=15)  # while nobody has taken it, after the last rung
    at_most: Duration = timedelta(hours=4)
    holder: Duration = timedelta(hours=8)  # to whoever took it


class Automatic(Value):
    """What is escalated without anybody asking."""

    did_not_help: bool = True
    outcome_unknown: bool = True
    critical: bool = True


class Workaround(Value):
    """What may be offered until it is solved; where nothing is named, for every system and runbook.

    `link` is an address, or where it is kept; `queries` are catalogued ones whose rows may be shown in the thread;
    `action` is one that may be asked for from the thread, decided as policies/approvals.yml says.
    """

    title: str
    says: str
    link: str | Secret = ""
    queries: tuple[str, ...] = ()
    action: str = ""
    systems: tuple[str, ...] = ()
    runbooks: tuple[str, ...] = ()


class EscalationFile(Value):
    """`policies/escalation.yml`: who takes over what, who is called next, and what may be offered meanwhile."""

    routes: Mapping[str, EscalationRoute]
    rules: tuple[RouteRule, ...] = ()
    fallback: Fallback
    pagers: Mapping[str, PagerEntry] = Field(default_factory=dict)
    reminders: Reminders = Reminders()
    automatic: Automatic = Automatic()
    workarounds: tuple[Workaround, ...] = ()


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
    stands_for: str = ""  # e-mail address of the person in whose place somebody may decide
    another_team: bool = False
    comment: bool = False
    expires: Duration = timedelta(minutes=30)
    must_confirm: bool = False  # the asker types the tenant's name
    break_glass: BreakGlass | None = None  # where the asker may run it at once in an emergency
    remind: tuple[Duration, ...] = ()
    ladder: tuple[str, ...] = ()
    undo_for: Duration = timedelta(days=1)
