"""A request for an action: what would change, who asked, who decided, how it ended."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import Field

from bot.model.audit import Trace
from bot.model.finding import Finding, Table
from bot.model.inputs import Inputs, fill
from bot.model.people import Person
from bot.model.policy import Scope
from bot.model.runbook import Remedy
from bot.model.values import Duration, Json, Value


class State(StrEnum):
    """The life of a request."""

    PENDING = "pending"
    APPROVED = "approved"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DENIED = "denied"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    OUTDATED = "outdated"


OPEN = frozenset({State.PENDING, State.APPROVED, State.RUNNING, State.UNKNOWN})
MOVES: Mapping[State, frozenset[State]] = {
    State.PENDING: frozenset({State.APPROVED, State.DENIED, State.EXPIRED, State.CANCELLED, State.OUTDATED}),
    State.APPROVED: frozenset({State.RUNNING, State.CANCELLED, State.PENDING, State.DENIED, State.EXPIRED}),
    State.RUNNING: frozenset({State.DONE, State.FAILED, State.UNKNOWN, State.OUTDATED}),
    State.UNKNOWN: frozenset({State.DONE, State.FAILED}),
}


class Item(Value):
    """One thing that would change: `metrics:dashboard:tenant-abc`, from → to. This is what is compared at execution."""

    name: str
    before: str
    after: str


class Preview(Value):
    """What an action would do now. Circumstances (TTL, size, age) are shown and never compared."""

    says: str  # "Removes 2 keys"
    items: tuple[Item, ...]
    circumstances: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)  # by item name
    notes: tuple[str, ...] = ()  # "Kept: 3 keys of this tenant are state, not cache."
    at: datetime

    @property
    def size(self) -> int:
        """How many things would change."""
        return len(self.items)


class Outcome(Value):
    """What an action did, in words and for the record; `undo` are the params of the request that reverts it.

    `attachment` is what it was to bring: drawn as a file, and no part of the audit trail, which has its digest.
    `settles` is how long it takes until its effect can be judged. Where it was `needless`, nothing was left to do, so
    nothing was done that could have helped; `gone_at` is when it was looked, if that was for the fault was gone.
    """

    says: str
    changed: tuple[Item, ...] = ()
    evidence: Mapping[str, Json] = Field(default_factory=dict)
    undo: Mapping[str, Json] | None = None
    attachment: Table | None = None
    settles: Duration = timedelta()
    needless: bool = False
    gone_at: datetime | None = None


class Choice(StrEnum):
    """What an approver says."""

    APPROVE = "approve"
    DENY = "deny"
    WITHDRAWN = "withdrawn"  # approved before, and took that back


class Vote(Value):
    """One decision of one person, with the roles that counted."""

    person: Person
    roles: tuple[str, ...]
    choice: Choice
    reason: str = ""
    stands_for: str = ""  # e-mail address of the one in whose place they decided, which is then that person's vote
    at: datetime


class Helped(StrEnum):
    """Whether the checks that define *helped* hold after the action."""

    YES = "helped"
    NO = "did not help"
    UNCLEAR = "could not tell"


class Verification(Value):
    """The runbook's checks before and after the action; `at` is when the last of them were begun."""

    helped: Helped
    before: tuple[Finding, ...] = ()
    after: tuple[Finding, ...] = ()
    at: datetime


class Review(Value):
    """What is due after a break-glass: somebody else looks at it, and signs it off."""

    due: datetime
    reminded: int = 0
    signed_by: Person | None = None
    signed_at: datetime | None = None
    says: str = ""


class Request(Value):
    """One request, as it stands now."""

    id: str
    action: str
    label: str  # "Clear cache"
    system: str
    system_title: str
    scope: Scope
    inputs: Inputs
    params: Mapping[str, Json]
    subject: str  # what at most one open request may be about: "clear_cache aiops tenant-abc"
    asker: Person
    asker_roles: tuple[str, ...]
    beneficiary: str = ""  # e-mail of the person whom the action favours; may not decide
    reason: str
    ticket: str = ""
    preview: Preview
    rule: str
    why: str  # the policy's reason in words
    approvals: int
    by: tuple[str, ...]
    another_team: bool = False
    comment: bool = False
    void: tuple[str, ...] = ()  # who approved, and had not the right to it any more when it was to run
    remind: tuple[Duration, ...] = ()
    ladder: tuple[str, ...] = ()
    reminded: int = 0
    mentions: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)  # Slack ids, by the notice that mentions them
    votes: tuple[Vote, ...] = ()
    state: State
    state_reason: str = ""
    created: datetime
    changed: datetime
    expires: datetime
    diagnosis: str = ""
    outcome: Outcome | None = None
    verification: Verification | None = None
    undo_of: str = ""
    undone_by: str = ""
    undo_for: Duration = timedelta(days=1)
    undo_until: datetime | None = None
    review: Review | None = None  # of a break-glass
    fence: int = 0
    trace: Trace = Trace()
    settlers: tuple[str, ...] = ()  # roles that may say how it ended; filled when it is drawn, never stored
    undo_is_over: bool = False  # whether the time is over in which it could be undone; filled when it is drawn as well

    def carries_out(self, remedy: Remedy) -> bool:
        """Whether this is the action of a remedy, with the params that the runbook gives it."""
        binds = self.inputs.binds
        return remedy.action == self.action and all(
            self.params.get(name) == (fill(value, binds) if isinstance(value, str) else value)
            for name, value in remedy.params.items()
        )

    @property
    def tenant(self) -> str:
        """The tenant's id as the system knows it; empty for system-wide requests."""
        return str(self.inputs.binds.get("tenant", ""))

    @property
    def approved_by(self) -> tuple[Vote, ...]:
        """The votes that approve, and count."""
        return tuple(one for one in self.votes if one.choice is Choice.APPROVE and one.person.id not in self.void)

    @property
    def missing(self) -> int:
        """How many approvals are still needed."""
        return max(0, self.approvals - len(self.approved_by))

    @property
    def judged_at(self) -> datetime | None:
        """When it was looked whether it helped, or that the fault was gone before anything was done."""
        if self.verification is not None:
            return self.verification.at
        return self.outcome.gone_at if self.outcome else None

    @property
    def is_break_glass(self) -> bool:
        """Whether it ran at once in an emergency, without anybody's approval."""
        return self.review is not None


class Permit(Value):
    """Proof that a request was approved and is claimed by this process; the only thing that can be executed."""

    request: Request
    owner: str
    fence: int
