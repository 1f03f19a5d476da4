"""What the Slack side needs of the bot."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bot.model.diagnosis import Diagnosis
from bot.model.drawing import Drawing, Part
from bot.model.escalation import Bundle, Escalation
from bot.model.people import Person
from bot.model.request import Request
from bot.model.talk import Place, Subject
from bot.model.watch import Notice
from bot.registry import Registry

Snapshot = Diagnosis | Request | Escalation | Bundle | Notice


class Drawings(Protocol):
    """Which message shows which subject, and which of them are behind."""

    async def add(
        self,
        subject: Subject,
        *,
        part: Part = "card",
        channel: str = "",
        thread: str = "",
        person: str = "",
        thread_of: Subject | None = None,
    ) -> Drawing:
        """Has the subject drawn there; gives the drawing that is there already, if one is."""
        ...

    async def of(self, subject: Subject) -> list[Drawing]:
        """Every drawing of a subject, oldest first."""
        ...

    def claimed(self, drawing: Drawing) -> AbstractAsyncContextManager[Drawing | None]:
        """The drawing as it stands now, which nobody else sends during the block; None when somebody else does."""
        ...

    async def drawn(self, drawing: Drawing, version: int) -> None:
        """Notes that the message shows this version of its subject, and with which files."""
        ...

    async def drop(self, id: int) -> None:
        """Forgets a drawing whose message is gone."""
        ...

    async def due(self, limit: int = 50) -> list[Subject]:
        """Subjects with a drawing that is behind, the longest waiting first."""
        ...


class Services(Protocol):
    """The bot as the Slack side sees it; handlers are given the same object."""

    @property
    def registry(self) -> Registry:
        """What was declared."""
        ...

    @property
    def drawings(self) -> Drawings:
        """The drawings."""
        ...

    async def is_new(self, delivery: str) -> bool:
        """True the first time that a delivery is seen. Raises Unrecordable when that cannot be known."""
        ...

    async def snapshot(self, subject: Subject) -> Snapshot:
        """A subject as it stands now. Raises UnknownName when it does not exist."""
        ...

    async def note_undrawn(self, drawing: Drawing, why: str, *, is_closed: bool) -> None:
        """Takes note that a drawing could not be sent; `is_closed` says that the bot can't write there."""
        ...

    async def note_refusal(self, person: Person, tried: str, sentence: str, place: Place | None = None) -> None:
        """Puts on record that somebody was refused what they tried (never as they typed it), why, and where."""
        ...
