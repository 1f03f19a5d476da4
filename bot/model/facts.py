"""Facts that are told: each is drawn by one function of `bot/slack/cards/`, wherever it comes from."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from bot.model.audit import Recorded
from bot.model.escalation import Escalation, Helpfulness
from bot.model.finding import Table
from bot.model.policy import Decision
from bot.model.request import Preview, Request
from bot.model.values import Value


class Sentence(Value):
    """One sentence with its tone; `next` are buttons: (handler name, subject, text)."""

    kind: Literal["sentence"] = "sentence"
    text: str
    tone: Literal["good", "plain", "refusal"] = "plain"
    next: tuple[tuple[str, str, str], ...] = ()


class HelpEntry(Value):
    """One thing that the caller may say."""

    usage: str
    says: str


class Help(Value):
    """What the caller may do here."""

    kind: Literal["help"] = "help"
    entries: tuple[HelpEntry, ...]
    notes: tuple[str, ...] = ()


class RunbookLine(Value):
    """One runbook in a list."""

    name: str
    title: str
    system: str
    inputs: tuple[str, ...]
    symptoms: tuple[str, ...]
    expected_minutes: int | None = None
    record: Helpfulness | None = None  # how often it helped lately
    escalated: int = 0  # escalations that are open


class RunbookList(Value):
    """The runbooks that there are, or (with `words`) those that fit what was typed; offered as buttons then."""

    kind: Literal["runbooks"] = "runbooks"
    words: str = ""
    lines: tuple[RunbookLine, ...]
    opened: tuple[Escalation, ...] = ()  # escalations that the reader may look at
    days: int = 0  # that the records of the lines are about


class Asking(Value):
    """What stands in the modal above the reason: exactly what would change, and who decides."""

    kind: Literal["asking"] = "asking"
    label: str
    says: str  # first line of the action's docstring
    where: str  # "aiops · tenant-abc"
    preview: Preview
    decision: Decision
    deciders: tuple[str, ...] = ()  # names of people who may decide now
    limits: str = ""  # how much of the limits is used


class Trail(Value):
    """Audit events, newest first; `more` is the number before which the next page begins.

    `cursor` is what the button to that page carries; `file` is a name and a text: everything that was found.
    """

    kind: Literal["trail"] = "trail"
    title: str
    rows: tuple[Recorded, ...]
    more: int | None = None
    cursor: str = ""
    file: tuple[str, str] | None = None
    links: Mapping[str, str] = Field(default_factory=dict)  # by the subject of events: where it is shown


class Why(Value):
    """Why somebody may or may not do something, and who may."""

    kind: Literal["why"] = "why"
    title: str
    decision: Decision
    roles: tuple[str, ...]
    sources: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()  # which roles could not be read, and why
    deciders: tuple[str, ...] = ()


class Listing(Value):
    """A titled table with a sentence, such as the cache keys of a tenant."""

    kind: Literal["listing"] = "listing"
    says: str
    table: Table


class Revealed(Value):
    """Evidence as it is kept, personal data and all, for one person: (label of the check, lines)."""

    kind: Literal["revealed"] = "revealed"
    title: str
    says: str
    parts: tuple[tuple[str, tuple[str, ...]], ...]


class Health(Value):
    """One system as it was last seen."""

    system: str
    title: str
    state: Literal["up", "down", "unknown"]
    says: str
    at: datetime | None = None


class Watched(Value):
    """One watch as it stands."""

    id: str
    says: str
    is_well: bool
    since: datetime | None = None


class DeskPage(Value):
    """What lies on one person's desk: one page of it; `pages` are those of the longest list.

    `pager` is the button that leads to another page, and `dangerous` are the actions that are confirmed.
    """

    kind: Literal["desk"] = "desk"
    person: str = ""  # their Slack id
    waiting: tuple[Request, ...] = ()
    half_approved: tuple[Request, ...] = ()  # by this person, while others are still to decide
    to_settle: tuple[Request, ...] = ()
    reviews: tuple[Request, ...] = ()  # of break-glass: to be signed off by them, or (their own) by others
    mine: tuple[Request, ...] = ()
    ended: tuple[Request, ...] = ()  # in the systems that they may look at
    deputies: tuple[str, ...] = ()
    dangerous: frozenset[str] = frozenset()
    page: int = 1
    pages: int = 1
    pager: str = "home_page"


class HomePage(Value):
    """App Home of one person: their desk, and how the systems are."""

    kind: Literal["home"] = "home"
    desk: DeskPage = DeskPage()
    lately: tuple[Recorded, ...] = ()
    opened: tuple[Escalation, ...] = ()  # escalations that they may look at, the most severe first
    records: tuple[tuple[str, Helpfulness], ...] = ()  # title of a runbook, and how often it helped …
    days: int = 0  # … in so many days
    systems: tuple[Health, ...] = ()
    watches: tuple[Watched, ...] = ()  # those that are not well
    watched: int = 0  # how many there are in all


Fact = Sentence | Help | RunbookList | Asking | Trail | Why | Listing | Revealed | DeskPage | HomePage
