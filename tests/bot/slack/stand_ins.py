"""The bot at the border of its Slack side: handlers of our own choice, and drawings in memory."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Literal

from bot.errors import NotAPerson, UnknownName, Unrecordable
from bot.model.drawing import Drawing, Part
from bot.model.people import Person
from bot.model.talk import Call, Place, Subject
from bot.registry import Handler, Registry
from bot.slack.needs import Snapshot

Kind = Literal["command", "button", "form", "shortcut", "suggestion", "home"]


class MemoryDrawings:
    """Drawings as the store keeps them, without a database. `is_away` makes it fail as a database does."""

    def __init__(self) -> None:
        self.rows: dict[int, Drawing] = {}
        self.is_away = False
        self._number = 0

    async def add(
        self, subject: Subject, *, part: Part = "card", channel: str = "", thread: str = "", person: str = "",
        thread_of: Subject | None = None,
    ) -> Drawing:  # fmt: skip
        """See `bot.slack.needs.Drawings`."""
        self._check()
        key = (subject, part, channel, thread, person, thread_of)
        for one in self.rows.values():
            if key == (one.subject, one.part, one.channel, one.thread, one.person, one.thread_of):
                return one
        self._number += 1
        made = Drawing(id=self._number, subject=subject, part=part, channel=channel, thread=thread, person=person,
                       thread_of=thread_of)  # fmt: skip
        self.rows[made.id] = made
        return made

    async def of(self, subject: Subject) -> list[Drawing]:
        """See `bot.slack.needs.Drawings`."""
        self._check()
        return [one for one in self.rows.values() if one.subject == subject]

    @asynccontextmanager
    async def claimed(self, drawing: Drawing) -> AsyncIterator[Drawing | None]:
        """See `bot.slack.needs.Drawings`; here nobody else draws."""
        self._check()
        yield self.rows.get(drawing.id)

    async def drawn(self, drawing: Drawing, version: int) -> None:
        """See `bot.slack.needs.Drawings`."""
        self._check()
        told = {"channel": drawing.channel, "ts": drawing.ts, "drawn": version, "files": drawing.files}
        self.rows[drawing.id] = self.rows[drawing.id].model_copy(update=told)

    async def drop(self, id: int) -> None:
        """See `bot.slack.needs.Drawings`."""
        self.rows.pop(id, None)

    async def due(self, limit: int = 50) -> list[Subject]:
        """See `bot.slack.needs.Drawings`."""
        self._check()
        return list(dict.fromkeys(one.subject for one in self.rows.values() if one.wanted > one.drawn))[:limit]

    def change(self, subject: Subject) -> None:
        """Notes that a subject changed, as the store does with each change."""
        for one in list(self.rows.values()):
            if one.subject == subject:
                self.rows[one.id] = one.model_copy(update={"wanted": one.wanted + 1})

    def _check(self) -> None:
        if self.is_away:
            raise Unrecordable("The bot's database is away, so nothing was done.")


class StandInBot:
    """What handlers and the Slack side are given in these tests."""

    def __init__(self) -> None:
        self.registry = Registry()
        self.drawings = MemoryDrawings()
        self.states: dict[Subject, Snapshot] = {}
        self.refusals: list[tuple[str, str, str, str]] = []
        self.undrawn: list[tuple[int, str, bool]] = []
        self.seen: set[str] = set()
        self.calls: list[Call] = []

    def on(
        self, kind: Kind, name: str, answer: Callable[[Call], Any] = lambda _: None, *, opens_form: str = "",
        alias: str = "", check: Callable[[Any], Mapping[str, str]] | None = None,
    ) -> None:  # fmt: skip
        """Declares a handler that answers so; awaitables are awaited."""

        async def call(_: object, call: Call) -> Any:
            self.calls.append(call)
            found = answer(call)
            return await found if isinstance(found, Awaitable) else found

        handler = Handler(kind, name, "Says.", call, opens_form=opens_form, alias=alias, check=check)
        self.registry.handlers[kind, name] = handler

    def suggests(self, name: str, answer: Callable[[str, str], Any]) -> None:
        """Declares a source of type-ahead: `(about, typed) -> pairs`."""

        async def call(_: object, __: Person, about: str, typed: str) -> Any:
            found = answer(about, typed)
            return await found if isinstance(found, Awaitable) else found

        self.registry.handlers["suggestion", name] = Handler("suggestion", name, "Suggests.", call)

    async def is_new(self, delivery: str) -> bool:
        """See `bot.slack.needs.Services`."""
        if self.drawings.is_away:
            raise Unrecordable("The bot's database is away, so nothing was done.")
        is_new = delivery not in self.seen
        self.seen.add(delivery)
        return is_new

    async def snapshot(self, subject: Subject) -> Snapshot:
        """See `bot.slack.needs.Services`."""
        if subject not in self.states:
            raise UnknownName(subject.kind.value, subject.id)
        return self.states[subject]

    async def note_refusal(self, person: Person, tried: str, sentence: str, place: Place | None = None) -> None:
        """See `bot.slack.needs.Services`."""
        self.refusals.append((person.id, tried, sentence, place.channel if place else ""))

    async def note_undrawn(self, drawing: Drawing, why: str, *, is_closed: bool) -> None:
        """See `bot.slack.needs.Services`."""
        self.undrawn.append((drawing.id, why, is_closed))


class Guests:
    """A directory that knows everybody but those whom it is told to refuse."""

    def __init__(self) -> None:
        self.refused: set[str] = set()

    async def person(self, user_id: str, *, fresh: bool = False) -> Person:  # noqa: ARG002  # the protocol has it
        """See `bot.model.people.Directory`."""
        if user_id in self.refused:
            raise NotAPerson("Guests can't use Backstop; ask a member of this workspace.")
        return Person(id=user_id, name=user_id.removeprefix("U0").capitalize())

    async def find(self, email: str) -> Person | None:  # noqa: ARG002  # the protocol has it
        """See `bot.model.people.Directory`."""
        return None

    async def group(self, name: str) -> str | None:  # noqa: ARG002  # the protocol has it
        """See `bot.model.people.Directory`."""
        return None

    async def channel(self, name: str) -> str | None:  # noqa: ARG002  # the protocol has it
        """See `bot.model.people.Directory`."""
        return None

    async def is_member(self, user_id: str, channel: str) -> bool:  # noqa: ARG002  # the protocol has them
        """See `bot.model.people.Directory`."""
        return True
