"""A request for an action: what would change, who asked, who decided, how it ended."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from bot.model.finding import Finding
from bot.model.inputs import Inputs
from bot.model.people import Person
from bot.model.policy import Scope
from bot.model.values import Json, Value


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
    State.APPROVED: frozenset({State.RUNNING, State.CANCELLED, State.PENDING, State.OUTDATED, State.DENIED}),
    State.RUNNING: frozenset({State.DONE, State.FAILED, State.UNKNOWN, State.OUTDATED, State.PENDING}),
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
    """What an action did, in words and for the record; `undo` are the params of the request that reverts it."""

    says: str
    changed: tuple[Item, ...] = ()
    evidence: Mapping[str, Json] = Field(default_factory=dict)
    undo: Mapping[str, Json] | None = None


class Choice(StrEnum):
    """What an approver says."""

    APPROVE = "approve"
    DENY = "deny"


class Vote(Value):
    """One decision of one person, with the roles that counted."""

    person: Person
    roles: tuple[str, ...]
    choice: Choice
    reason: str = ""
    at: datetime


class Helped(StrEnum):
    """Whether the checks that define *helped* hold after the action."""

    YES = "helped"
    NO = "did not help"
    UNCLEAR = "could not tell"


class Verification(Value):
    """The runbook's checks before and after the action."""

    helped: Helped
    before: tuple[Finding, ...] = ()
    after: tuple[Finding, ...] = ()
    at: datetime


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
    fence: int = 0

    @property
    def tenant(self) -> str:
        """The tenant's id as the system knows it; empty for system-wide requests."""
        return str(self.inputs.binds.get("tenant", ""))

    @property
    def approved_by(self) -> tuple[Vote, ...]:
        """The votes that approve."""
        return tuple(vote for vote in self.votes if vote.choice is Choice.APPROVE)


class Permit(Value):
    """Proof that a request was approved and is claimed by this process; the only thing that can be executed."""

    request: Request
    owner: str
    fence: int
