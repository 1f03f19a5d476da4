"""An escalation: a thread for the people who take over, with the evidence and what was tried."""

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.model.audit import Trace
from bot.model.paging import Paged
from bot.model.people import Person
from bot.model.runbook import Severity
from bot.model.values import Value

_OF_NOTHING = hashlib.sha256(b"").hexdigest()


class EscalationState(StrEnum):
    """The life of an escalation."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    HANDED_OVER = "handed over"  # to another team or person, who has not acknowledged it yet
    RESOLVED = "resolved"


WAITING = frozenset({EscalationState.OPEN, EscalationState.HANDED_OVER})


class Trigger(StrEnum):
    """Why it was opened."""

    PERSON = "somebody asked for it"
    NOT_HELPED = "the remedy did not help"
    UNKNOWN = "the outcome of the remedy is unknown"
    CRITICAL = "a critical fault was found"


class Helped(StrEnum):
    """What whoever resolves it says about the runbook."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class Note(Value):
    """What somebody added."""

    at: datetime
    person: Person
    text: str


class Told(Value):
    """Somebody who was called: a rung of the ladder, the fallback, or a reminder.

    `group` and `person` are Slack ids to be mentioned; `says` is in the thread, or in `channel` where one is given.
    """

    at: datetime
    whom: str
    says: str
    group: str = ""
    person: str = ""
    channel: str = ""


class Trouble(Value):
    """Something that did not reach Slack or a pager as it should; `key` names what it is about."""

    key: str
    says: str


class GivenFile(Value):
    """A file that came with the form, as Slack names it.

    Evidence is collected on an occasion: a diagnosis (its id), or files that came later (`<diagnosis> <number>`).
    """

    id: str
    occasion: str = ""


class Offer(Value):
    """A way around the fault until it is solved."""

    title: str
    says: str
    link: str = ""
    queries: tuple[str, ...] = ()  # whose rows may be shown in the thread
    action: str = ""  # that may be asked for from the thread


class Helpfulness(Value):
    """How often a runbook helped, since a moment."""

    runbook: str
    diagnoses: int
    faults: int
    helped: int  # remedies after which the fault was gone
    did_not_help: int
    escalated: int
    resolved: int
    of_use: int  # resolved escalations in which somebody said that the runbook helped, at least partly


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

    about: str = ""  # system, tenant and cause: there is one open escalation for each
    runbook: str = ""
    causes: tuple[str, ...] = ()  # "runbook.cause"
    why: Trigger = Trigger.PERSON
    cause: str = ""  # as whoever resolved it says
    resolved_by: Person | None = None  # who need not have held it, nor be the one who said how
    resolved_at: datetime | None = None
    ended: datetime | None = None  # when it was resolved, or when it was said how
    helped: Helped | None = None
    joined: tuple[str, ...] = ()  # later diagnoses of the same
    awaited: tuple[str, ...] = ()  # occasions whose evidence is still being collected
    attached: tuple[str, ...] = ()  # names of the files
    given: tuple[GivenFile, ...] = ()
    offers: tuple[Offer, ...] = ()
    notes: tuple[Note, ...] = ()
    told: tuple[Told, ...] = ()
    pages: tuple[Paged, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    rung: int = 0  # of the ladder: the next one to be told
    reminded: int = 0
    due: datetime | None = None  # when the next is told
    next: str = ""  # who that is, in words
    trace: Trace = Trace()

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has taken it yet."""
        return self.state in WAITING


class BundleFile(Value):
    """One file of a bundle."""

    name: str
    title: str
    content: bytes
    digest: str  # SHA-256 of the content, in hex

    @property
    def is_removed(self) -> bool:
        """Whether the content was removed since, because it was old; a file that was empty has nothing to remove."""
        return not self.content and self.digest != _OF_NOTHING


class Bundle(Value):
    """What was collected for an escalation at one moment; it never changes."""

    id: str
    escalation: str
    occasion: str
    at: datetime
    digest: str  # over the names and digests of all files: what the trail records
    files: tuple[BundleFile, ...] = ()
    missing: tuple[str, ...] = ()  # what could not be collected, in words


class Fetched(Value):
    """A file that somebody brought along."""

    name: str
    mimetype: str
    content: bytes


class Files(Protocol):
    """Where files that people brought along are fetched from; Slack is one."""

    async def fetch(self, id: str) -> Fetched:
        """The file of this id. Raises SlackFailed, or InputError for one that is too large."""
        ...
