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


@dataclass(frozen=True)
class Told:
    """Who is told directly, and who by a mention in the thread."""

    directly: tuple[Person, ...] = ()
    mentioned: tuple[Person, ...] = ()

    def without(self, ids: Iterable[str]) -> "Told":
        """The same without those of these ids."""
        left_out = set(ids)
        return Told(*(tuple(one for one in some if one.id not in left_out) for some in (self.directly, self.mentioned)))


class Telling:
    """Finds people, and adds the drawings that tell them."""

    def __init__(self, standing: Standing, directory: Directory, clock: Clock) -> None:
        self._standing, self._directory, self._clock = standing, directory, clock

    async def deciders(self, request: Request, roles: Iterable[str]) -> Told:
        """Those who could decide with these roles, as Slack knows them. Who cannot be found is not told."""
        directly: list[Person] = []
        mentioned: list[Person] = []
        for email in (await self._standing.people(request, roles))[: DIRECTLY * 4]:
            try:
                person = await self._directory.find(email)
            except BackstopError:
                continue  # Slack is away: the card is drawn later, and reminding comes back to them
            if person is not None and person.id != request.asker.id:
                (mentioned if self._standing.roles.prefers_mention(email) else directly).append(person)
        if len(directly) > DIRECTLY:
            return Told((), (*mentioned, *directly))
        return Told(tuple(directly), tuple(mentioned))

    def first(self, request: Request) -> tuple[str, ...]:
        """The roles whose holders are told at once: those that decide, without the later rungs of the ladder."""
        return tuple(role for role in request.by if role not in request.ladder) or request.by

    async def show(self, work: Work, request: Request, told: Told) -> None:
        """Adds the card where it belongs, and to those who decide."""
        subject = card(request.id)
        thread_of = _thread_of(request)
        if thread_of:
            await drawings.add(work, subject, self._clock, thread_of=thread_of)
            if told.mentioned:
                await drawings.add(work, subject, self._clock, part="notice", thread_of=thread_of)
        for person in told.directly if thread_of else (*told.directly, *told.mentioned):
            await drawings.add(work, subject, self._clock, person=person.id)
        await work.redraw(subject)

    async def remind(self, work: Work, request: Request, told: Told, part: str) -> None:
        """Says it once more: a message of its own, since Slack notifies nobody of a message that was changed."""
        for person in (*told.directly, *told.mentioned):
            await drawings.add(work, card(request.id), self._clock, part=part, person=person.id)
        await work.redraw(card(request.id))

    async def asker(self, work: Work, request: Request) -> None:
        """Tells the asker directly how it was decided, and keeps that true."""
        await drawings.add(work, card(request.id), self._clock, person=request.asker.id)
        await work.redraw(card(request.id))


def _thread_of(request: Request) -> Subject | None:
    return Subject(kind=SubjectKind.DIAGNOSIS, id=request.diagnosis) if request.diagnosis else None
