"""Which message shows which subject, and which of them are behind."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from sqlalchemy import ColumnElement, delete, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row

from bot.model.drawing import Drawing, Part
from bot.model.talk import Subject, SubjectKind
from bot.model.values import Clock
from bot.store.database import Store, Work
from bot.store.presence import Presence
from bot.store.tables import drawings as table

_TRIES, _PAUSE = 20, 0.1  # until another process has sent a drawing, in seconds each


class Drawings:
    """The drawings as the Slack side needs them; each call is a transaction of its own."""

    def __init__(
        self, store: Store, clock: Clock, presence: Presence, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._store, self._clock, self._presence, self._sleep = store, clock, presence, sleep

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
        async with self._store.work() as work:
            return await add(
                work, subject, self._clock, part=part, channel=channel, thread=thread, person=person,
                thread_of=thread_of,
            )  # fmt: skip

    async def of(self, subject: Subject) -> list[Drawing]:
        """Every drawing of a subject, oldest first."""
        async with self._store.work() as work:
            found = await work.execute(select(table).where(*_about(subject)).order_by(table.c.id))
            return [_drawing(row) for row in found]

    @asynccontextmanager
    async def claimed(self, drawing: Drawing) -> AsyncIterator[Drawing | None]:
        """The drawing as it stands now, which nobody else sends during the block.

        None when it is gone, or when another process sends it and takes its time: it is behind then, and is drawn with
        what is behind. Raises Unrecordable.
        """
        for _ in range(_TRIES):
            if await self._presence.take(drawing.id):
                break
            await self._sleep(_PAUSE)
        else:
            yield None
            return
        try:
            async with self._store.work() as work:
                found = (await work.execute(select(table).where(table.c.id == drawing.id))).first()
            yield _drawing(found) if found else None
        finally:
            await self._presence.give_back(drawing.id)

    async def drawn(self, drawing: Drawing, version: int) -> None:
        """Notes that the message shows this version of its subject, and with which files."""
        async with self._store.work() as work:
            await work.execute(
                update(table)
                .where(table.c.id == drawing.id, table.c.drawn <= version)
                .values(
                    posted_in=drawing.channel, ts=drawing.ts, drawn=version, changed=self._clock(),
                    files=list(drawing.files),
                )
            )  # fmt: skip

    async def drop(self, id: int) -> None:
        """Forgets a drawing whose message is gone."""
        async with self._store.work() as work:
            await work.execute(delete(table).where(table.c.id == id))

    async def due(self, limit: int = 50) -> list[Subject]:
        """Subjects with a drawing that is behind, the longest waiting first."""
        async with self._store.work() as work:
            found = await work.execute(
                select(table.c.subject_kind, table.c.subject_id)
                .where(text("wanted > drawn"))
                .order_by(table.c.changed)
                .limit(limit)
            )
            return list(dict.fromkeys(Subject(kind=SubjectKind(row[0]), id=row[1]) for row in found))

    async def at(self, channel: str, ts: str) -> Drawing | None:
        """The drawing that is this message, if it is one."""
        async with self._store.work() as work:
            found = (await work.execute(select(table).where(table.c.posted_in == channel, table.c.ts == ts))).first()
            return _drawing(found) if found else None

    async def in_thread(self, channel: str, thread: str, kind: SubjectKind) -> Drawing | None:
        """The newest card of this kind that is the head of a thread, or stands in it."""
        async with self._store.work() as work:
            here = or_(table.c.ts == thread, table.c.thread == thread)
            found = await work.execute(
                select(table)
                .where(table.c.posted_in == channel, here, table.c.subject_kind == kind.value, table.c.part == "card")
                .order_by(table.c.id.desc())
                .limit(1)
            )
            row = found.first()
            return _drawing(row) if row else None


async def add(
    work: Work,
    subject: Subject,
    clock: Clock,
    *,
    part: Part = "card",
    channel: str = "",
    thread: str = "",
    person: str = "",
    thread_of: Subject | None = None,
) -> Drawing:
    """Adds a drawing within a transaction; see `Drawings.add`."""
    key = {
        "subject_kind": subject.kind.value, "subject_id": subject.id, "part": part, "channel": channel,
        "thread": thread, "person": person,
        "thread_of": f"{thread_of.kind.value} {thread_of.id}" if thread_of else "",
    }  # fmt: skip
    values = {**key, "posted_in": "", "ts": "", "wanted": 1, "drawn": 0, "changed": clock()}
    await work.execute(insert(table).values(values).on_conflict_do_nothing())
    found = (await work.execute(select(table).where(*(table.c[name] == value for name, value in key.items())))).first()
    assert found is not None  # noqa: S101  # it was inserted above, in this transaction
    return _drawing(found)


def _about(subject: Subject) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.subject_kind == subject.kind.value, table.c.subject_id == subject.id


def _drawing(row: Row[tuple[object, ...]]) -> Drawing:
    values = dict(row._mapping)  # SQLAlchemy's public name for it
    kind, _, of = str(values.pop("thread_of")).partition(" ")
    values.pop("changed")
    values["channel"] = values.pop("posted_in") or values["channel"]
    subject = Subject(kind=SubjectKind(values.pop("subject_kind")), id=values.pop("subject_id"))
    thread_of = Subject(kind=SubjectKind(kind), id=of) if of else None
    return Drawing(subject=subject, thread_of=thread_of, **values)


async def is_behind(work: Work, subject: Subject) -> bool:
    """Whether a drawing of the subject is still to be sent, or its files are."""
    found = await work.execute(select(table.c.id).where(*_about(subject), text("wanted > drawn")).limit(1))
    return found.first() is not None


async def is_shown(work: Work, subject: Subject) -> bool:
    """Whether the subject has a drawing anywhere, also one that is still to be sent."""
    return (await work.execute(select(table.c.id).where(*_about(subject)).limit(1))).first() is not None


async def leave(work: Work, subject: Subject, channel: str) -> None:
    """Forgets the drawings of a subject in a channel in which it could not be posted."""
    await work.execute(delete(table).where(*_about(subject), table.c.channel == channel, table.c.ts == ""))
