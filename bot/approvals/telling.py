"""Who is told of a request, and how: those who decide at once, again, and then the next of the ladder; the asker."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.approvals.record import card
from bot.approvals.standing import Standing
from bot.errors import BackstopError
from bot.model.people import Directory, Person
from bot.model.request import Request
from bot.model.talk import Subject, SubjectKind
from bot.model.values import Clock
from bot.store import Work, drawings

DIRECTLY = 5  # people; more get one mention in the thread
NOTICE = "notice"  # the part that mentions people in the thread; those of reminders are called after them


@dataclass(frozen=True)
class Told:
    """Who is told directly, and who by a mention in the thread: people, and user groups by their Slack ids."""

    directly: tuple[Person, ...] = ()
    mentioned: tuple[Person, ...] = ()
    groups: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """Everybody, and every group."""
        return (*(one.id for one in (*self.directly, *self.mentioned)), *self.groups)

    def mentions(self, part: str) -> dict[str, tuple[str, ...]]:
        """Whom this notice mentions, by its name; nothing where it mentions nobody."""
        ids = (*(one.id for one in self.mentioned), *self.groups)
        return {part: ids} if ids else {}

    def without(self, ids: Iterable[str]) -> "Told":
        """The same without the people of these ids."""
        left_out = set(ids)
        directly, mentioned = (
            tuple(one for one in some if one.id not in left_out) for some in (self.directly, self.mentioned)
        )
        return Told(directly, mentioned, self.groups)


class Telling:
    """Finds people, and adds the drawings that tell them."""

    def __init__(self, standing: Standing, directory: Directory, clock: Clock) -> None:
        self._standing, self._directory, self._clock = standing, directory, clock

    async def deciders(self, request: Request, roles: Iterable[str]) -> Told:
        """Those who could decide with these roles, as Slack knows them. Who cannot be found is not told."""
        wanted = tuple(roles)
        directly: list[Person] = []
        mentioned: list[Person] = []
        for email in (await self._standing.people(request, wanted))[: DIRECTLY * 4]:
            try:
                person = await self._directory.find(email)
            except BackstopError:
                continue  # Slack is away: the card is drawn later, and reminding comes back to them
            if person is not None and person.id != request.asker.id:
                (mentioned if self._standing.roles.prefers_mention(email) else directly).append(person)
        if len(directly) > DIRECTLY:
            directly, mentioned = [], [*mentioned, *directly]
        return Told(tuple(directly), tuple(mentioned), await self._groups(request, wanted))

    async def _groups(self, request: Request, roles: tuple[str, ...]) -> tuple[str, ...]:
        found = []
        for name in self._standing.roles.groups(self._standing.catalog.system(request.system), request.inputs, roles):
            try:
                found.append(await self._directory.group(name))
            except BackstopError:
                continue  # as above
        return tuple(dict.fromkeys(id for id in found if id))

    def first(self, request: Request) -> tuple[str, ...]:
        """The roles whose holders are told at once: those that decide, without the later rungs of the ladder."""
        return tuple(role for role in request.by if role not in request.ladder) or request.by

    async def show(self, work: Work, request: Request, told: Told) -> None:
        """Adds the card where it belongs, and to those who decide."""
        subject = card(request.id)
        if request.diagnosis:
            await drawings.add(work, subject, self._clock, thread_of=_thread_of(request))
        await self._tell(work, request, told, "card", NOTICE)

    async def remind(self, work: Work, request: Request, told: Told, part: str) -> None:
        """Says it once more: a message of its own, since Slack notifies nobody of a message that was changed."""
        await self._tell(work, request, told, part, notice_of(part))

    async def asker(self, work: Work, request: Request) -> None:
        """Tells the asker directly how it was decided, and keeps that true."""
        await drawings.add(work, card(request.id), self._clock, person=request.asker.id)
        await work.redraw(card(request.id))

    async def _tell(self, work: Work, request: Request, told: Told, part: str, notice: str) -> None:
        for person in told.directly:
            await drawings.add(work, card(request.id), self._clock, part=part, person=person.id)
        if told.mentions(notice):
            await drawings.add(work, card(request.id), self._clock, part=notice, thread_of=_thread_of(request))
        await work.redraw(card(request.id))


def notice_of(part: str) -> str:
    """The notice that says in the thread what a reminder says directly."""
    return f"{NOTICE} {part}"


def _thread_of(request: Request) -> Subject:
    """The thread in which it is talked about: that of the diagnosis, else its own."""
    return Subject(kind=SubjectKind.DIAGNOSIS, id=request.diagnosis) if request.diagnosis else card(request.id)
