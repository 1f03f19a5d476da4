"""What did not reach Slack: it is said on the card, and a card that has no place is moved to one that has."""

from bot.approvals import Standing
from bot.catalog import Catalog
from bot.errors import UnknownName
from bot.escalation.record import card, event, itself
from bot.model.drawing import Drawing
from bot.model.escalation import Escalation, Trouble
from bot.model.people import Directory
from bot.model.talk import Subject, SubjectKind
from bot.model.values import Clock
from bot.store import Store, bundles, drawings, escalations


class Undelivered:
    """Nothing is lost: messages and files are kept, and tried again by those who draw."""

    def __init__(
        self, standing: Standing, catalog: Catalog, directory: Directory, store: Store, clock: Clock
    ) -> None:  # fmt: skip
        self._standing, self._catalog, self._directory = standing, catalog, directory
        self._store, self._clock = store, clock

    async def note(self, drawing: Drawing, why: str, *, is_closed: bool) -> None:
        """Takes note that a drawing could not be sent; `is_closed` says that the bot can't write in its channel."""
        subject = drawing.subject
        if subject.kind is SubjectKind.BUNDLE:
            async with self._store.work() as work:
                bundle = await bundles.get(work, subject.id)
            if bundle is None:
                raise UnknownName("bundle of evidence", subject.id)
            says = f"The files could not be attached yet ({why}) They are kept, and attached as soon as that works."
            await self._say(bundle.escalation, Trouble(key=f"bundle {subject.id}", says=says))
        elif subject.kind is SubjectKind.ESCALATION and drawing.part == "card" and is_closed and not drawing.ts:
            await self._move(subject.id, drawing)

    async def _move(self, id: str, drawing: Drawing) -> None:
        """Shows the card where the bot can write: the fallback, the system's channel, or the diagnosis' thread."""
        async with self._store.work() as work:
            seen = await escalations.get(work, id)
        if seen is None or drawing.person:
            return
        to = await self._elsewhere(seen, drawing.channel)
        async with self._store.work() as work:
            before = await escalations.get(work, id, lock=True)
            if before is None or before.channel != drawing.channel:
                return  # it was moved already
            says = "The bot is no member of the channel where this belongs; invite it there. Until then this is here."
            troubles = tuple(one for one in before.troubles if one.key != "channel")
            after = before.model_copy(
                update={"channel": to, "troubles": (*troubles, Trouble(key="channel", says=says))}
            )
            await escalations.save(work, after)
            work.record(event("escalation.moved", after, itself(after), self._clock, "moved: its channel is closed",
                              self._standing.digest, outcome="failed", reason=says))  # fmt: skip
            await drawings.leave(work, card(id), drawing.channel)
            root = None if to else Subject(kind=SubjectKind.DIAGNOSIS, id=after.diagnosis)
            await drawings.add(work, card(id), self._clock, channel=to, thread_of=root)
            await work.redraw(card(id))

    async def _elsewhere(self, escalation: Escalation, closed: str) -> str:
        fallback = self._standing.policy().escalation.fallback.channel
        tried = {closed} | ({escalation.channel} if escalation.troubles else set())
        for name in dict.fromkeys((fallback, *self._catalog.system(escalation.system).channels)):
            found = await self._directory.channel(name)
            if found is not None and found not in tried:
                return found
        return ""

    async def _say(self, id: str, trouble: Trouble) -> None:
        async with self._store.work() as work:
            before = await escalations.get(work, id, lock=True)
            if before is None or any(one.key == trouble.key for one in before.troubles):
                return
            after = before.model_copy(update={"troubles": (*before.troubles, trouble)})
            await escalations.save(work, after)
            work.record(event("escalation.undelivered", after, itself(after), self._clock, "files not attached yet",
                              self._standing.digest, outcome="failed", reason=trouble.says))  # fmt: skip
            await work.redraw(card(id))
