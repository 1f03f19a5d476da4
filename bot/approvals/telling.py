"""Who is told of a request, and how: those who decide at once, again, and then the next of the ladder; the asker."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.approvals.record import card
from bot.approvals.standing import Standing
from bot.errors import BackstopError
from bot.model.people import Directory, Person
from bot.model.request import Request
from bot.model.talk import Subject, SubjectKind
from bot.model.values import Clock
from bot.store import Work, drawings

DIRECTLY = 5  # people; more get one mention in the thread
PAGE, _PAUSE = 20, timedelta(seconds=30)  # who is looked up at once, and until the next: Slack answers 50 a minute
NOTICE = "notice"  # the part that mentions people in the thread; those of reminders are called after them


@dataclass(frozen=True)
class Told:
    """Who is told directly, and who by a mention in the thread: people, and user groups by their Slack ids."""

    directly: tuple[Person, ...] = ()
    mentioned: tuple[Person, ...] = ()
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    further: str = ""  # the address after which the next page begins; empty where everybody was looked up

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
        return replace(self, directly=directly, mentioned=mentioned)


class Telling:
    """Finds people, and adds the drawings that tell them."""

    def __init__(self, standing: Standing, directory: Directory, clock: Clock) -> None:
        self._standing, self._directory, self._clock = standing, directory, clock

    async def deciders(self, request: Request, roles: Iterable[str], after: str = "") -> Told:
        """A page of those who could decide with these roles, as Slack knows them. Who cannot be found is not told.

        `after` is the address at which the page before ended.
        """
        wanted = tuple(roles)
        left = [one for one in sorted((await self._standing.people(request, wanted)).emails) if one > after]
        further = left[PAGE - 1] if len(left) > PAGE else ""
        directly: list[Person] = []
        mentioned: list[Person] = []
        for email in left[:PAGE]:
            try:
                person = await self._directory.find(email)
            except BackstopError:
                continue  # Slack is away: the card is drawn later, and reminding comes back to them
            if person is not None and person.id != request.asker.id:
                (mentioned if self._standing.roles.prefers_mention(email) else directly).append(person)
        if len(directly) > DIRECTLY or after or further:
            directly, mentioned = [], [*mentioned, *directly]
        groups = () if after else await self._groups(request, wanted)
        return Told(tuple(directly), tuple(mentioned), groups, wanted, further)

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

    async def go_on(self, work: Work, request: Request, told: Told, part: str, notice: str) -> None:
        """Mentions those of a further page in the thread, and has the next one looked up."""
        await self._notify(work, request, told, part, notice)
        await work.redraw(card(request.id))

    def later(self, work: Work, request: Request, notice: str, roles: Iterable[str], after: str) -> None:
        """Has the page that begins after this address told in a while."""
        at = self._clock() + _PAUSE
        work.defer("requests.tell", at=at, id=request.id, notice=notice, roles=",".join(roles), after=after)

    async def asker(self, work: Work, request: Request) -> None:
        """Tells the asker directly how it was decided, and keeps that true."""
        await drawings.add(work, card(request.id), self._clock, person=request.asker.id)
        await work.redraw(card(request.id))

    async def _tell(self, work: Work, request: Request, told: Told, part: str, notice: str) -> None:
        for person in told.directly:
            await drawings.add(work, card(request.id), self._clock, part=part, person=person.id)
        await self._notify(work, request, told, notice, notice)
        await work.redraw(card(request.id))

    async def _notify(self, work: Work, request: Request, told: Told, part: str, notice: str) -> None:
        if told.mentions(part):
            await drawings.add(work, card(request.id), self._clock, part=part, thread_of=_thread_of(request))
        if told.further:
            self.later(work, request, notice, told.roles, told.further)


def notice_of(part: str) -> str:
    """The notice that says in the thread what a reminder says directly."""
    return f"{NOTICE} {part}"


def further_part(request: Request, notice: str) -> str:
    """The part that mentions the people of one more page of a notice."""
    pages = sum(1 for part in request.mentions if part == notice or part.startswith(f"{notice} more "))
    return f"{notice} more {pages}"


def _thread_of(request: Request) -> Subject:
    """The thread in which it is talked about: that of the diagnosis, else its own."""
    return Subject(kind=SubjectKind.DIAGNOSIS, id=request.diagnosis) if request.diagnosis else card(request.id)
