"""A conversation: what a person said or pressed (Call), and what a handler wants to happen (Show, Ask, Tell)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from pydantic import Field

from bot.model.facts import Fact
from bot.model.people import Person
from bot.model.values import Value


class Place(Value):
    """Where something is said: a channel (or DM), and a thread in it."""

    channel: str
    channel_name: str = ""
    thread: str = ""

    def thread_of(self, message: str) -> "Place":
        """The thread that a message of this place stands in, or begins."""
        return self.model_copy(update={"thread": self.thread or message})

    @property
    def in_words(self) -> str:
        """Where it is, for the record; where the name of a channel is not known, its id."""
        if not self.channel:
            return "App Home"
        if self.channel_name:
            return f"#{self.channel_name}"
        return "a direct message" if self.channel.startswith("D") else self.channel


class Kind(StrEnum):
    """How a person spoke."""

    COMMAND = "command"
    MENTION = "mention"
    PRESS = "press"
    FORM = "form"
    SHORTCUT = "shortcut"
    HOME = "home"


class Call(Value):
    """One thing that a person said or pressed, after the door has checked who they are."""

    person: Person
    kind: Kind
    place: Place
    delivery: str  # unique per delivery; repeats never reach a handler
    text: str = ""  # what stands after the command word; the message's text for a shortcut
    subject: str = ""  # a button's value, or a form's memo: an opaque id
    values: Mapping[str, str] = Field(default_factory=dict)  # a form's fields; a chosen option as `choice`
    message: str = ""  # ts of the message that was pressed, or that a shortcut is about


class SubjectKind(StrEnum):
    """What has state of its own and is drawn again when that changes."""

    DIAGNOSIS = "diagnosis"
    REQUEST = "request"
    ESCALATION = "escalation"
    BUNDLE = "bundle"  # of evidence; it never changes
    WATCH = "watch"  # a notice that a watch posted


class Subject(Value):
    """Something with state, by kind and id."""

    kind: SubjectKind
    id: str


class TextField(Value):
    """A line or a block of text to type."""

    kind: Literal["text"] = "text"
    name: str
    label: str
    optional: bool = False
    multiline: bool = False
    longest: int = 500  # characters
    value: str = ""
    hint: str = ""


class ChoiceField(Value):
    """One of a few options: (value, text)."""

    kind: Literal["choice"] = "choice"
    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    optional: bool = False
    value: str = ""
    hint: str = ""


class SuggestField(Value):
    """Type-ahead; `source` names a registered suggestion, `about` is handed to it (such as the system's name)."""

    kind: Literal["suggest"] = "suggest"
    name: str
    label: str
    source: str
    about: str = ""
    optional: bool = False
    value: str = ""
    hint: str = ""


class FileField(Value):
    """Files to bring along; what comes back are Slack's ids, with commas between them."""

    kind: Literal["file"] = "file"
    name: str
    label: str
    optional: bool = True
    most: int = 5
    hint: str = ""


Field_ = TextField | ChoiceField | SuggestField | FileField


class Form(Value):
    """A modal: a fact drawn above the fields, and what comes back goes to the form handler `name`."""

    name: str
    title: str  # at most 24 characters
    submit: str  # at most 24 characters
    memo: str = ""  # comes back as Call.subject: ids only
    about: Fact | None = None
    fields: tuple[Field_, ...] = ()


class Show(Value):
    """Draw a subject and keep that drawing true; without a place: where the call was made.

    `thread_of` shows it in the thread of another subject's first drawing.
    """

    subject: Subject
    place: Place | None = None
    thread_of: Subject | None = None


class Ask(Value):
    """Open a form."""

    form: Form


class Tell(Value):
    """Say something once: to the person alone, or to everybody in the place (or in the thread of the pressed card)."""

    fact: Fact
    openly: bool = False


Answer = Show | Ask | Tell
Answers = Answer | tuple[Answer, ...] | None
