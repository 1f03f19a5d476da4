"""A message in Slack is a drawing of state: `Poster` draws subjects wherever they are shown, and draws them again."""

import asyncio
import time
from collections import OrderedDict, defaultdict

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BackstopError, SlackFailed, UnknownName, Unrecordable
from bot.model.drawing import Drawing
from bot.model.talk import Place, Subject
from bot.slack.calling import MessageGone, PlaceClosed
from bot.slack.drawing import Painter, is_final
from bot.slack.needs import Services, Snapshot
from bot.slack.pacing import Bucket, Sleep, Timer
from bot.slack.paper import Message
from bot.slack.patience import Patience
from bot.slack.progress import Progress
from bot.slack.sending import Sender
from bot.slack.turns import Failed, Turns, Wish
from bot.slack.unrecorded import Unrecorded

log = structlog.get_logger()

_REMEMBERED = 1_000  # drawings
_LINKS = 5_000
_AT_ONCE = 4  # subjects that are caught up with side by side
_UPDATES_A_SECOND = 40 / 60  # for progress; Slack takes 50 a minute in a workspace, and what is final comes first
_BURST = 10
_LONGEST_SHOW = 1.0  # seconds that the one who showed something waits until it stands there


class Poster:
    """Draws subjects. `client` is Slack's; nothing else is known here of where people are."""

    def __init__(
        self, client: AsyncWebClient, bot: Services, *, timer: Timer = time.monotonic, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._bot = bot
        self.sender = Sender(client, timer, sleep)
        self._painter = Painter(bot.registry)
        self._turns = Turns(self._draw)
        self._progress = Progress(self._draw_progress, Bucket(_UPDATES_A_SECOND, _BURST, timer, sleep), timer, sleep)
        self._patience = Patience(timer)
        self._unrecorded = Unrecorded()
        # By drawing, with the version that it shows, so that nothing is sent twice.
        self._shown: OrderedDict[int, tuple[int, Message]] = OrderedDict()
        self._links: OrderedDict[tuple[str, str], str] = OrderedDict()  # by channel and ts; they never change
        self._waiting: defaultdict[Subject, set[Subject]] = defaultdict(set)  # those that wait for the card of another

    async def show(
        self, subject: Subject, place: Place | None, *, thread_of: Subject | None = None, person: str = ""
    ) -> str:
        """Shows a subject in a place (or to a person directly, or in the thread of another subject), and keeps it true.

        Returns the address of the message where it stood there already. Raises SlackFailed when the bot can't write
        there.
        """
        channel, thread = (place.channel, place.thread) if place and not person else ("", "")
        drawings = self._bot.drawings
        try:
            before = {one.id for one in await drawings.of(subject)}
            if thread_of is not None and any(one.part == "card" for one in await drawings.of(thread_of)):
                drawing = await drawings.add(subject, thread_of=thread_of)
            else:
                drawing = await drawings.add(subject, channel=channel, thread=thread, person=person)
        except Unrecordable:
            before = set()
            drawing = self._unrecorded.add(subject, channel=channel, thread=thread, person=person)
        if drawing.id in before:
            # Who added it draws it, maybe in another process right now: drawn here too, it would stand there twice.
            return await self.sender.link(drawing.channel, drawing.ts) if drawing.ts else ""
        try:
            async with asyncio.timeout(_LONGEST_SHOW):
                failed = await self._turns.take(subject)
        except TimeoutError:
            return ""  # it is on its way at Slack's pace; whoever else says something must not wait behind it
        if isinstance(failed.get(drawing.id), PlaceClosed):
            raise failed[drawing.id]
        return ""

    async def link(self, subject: Subject) -> str:
        """The address of the first message that shows a subject to everybody in a channel; empty where there is none.

        Raises SlackFailed.
        """
        known = await self._bot.drawings.of(subject)
        card = next((one for one in known if one.part == "card" and one.ts and not one.person), None)
        if card is None:
            return ""
        place = (card.channel, card.ts)
        if place not in self._links:
            self._links[place] = await self.sender.link(*place)
            if len(self._links) > _LINKS:
                self._links.popitem(last=False)
        return self._links[place]

    async def redraw(self, subject: Subject) -> None:
        """Draws a subject again wherever what is shown is behind its state."""
        await self._turns.take(subject)

    def progress(self, subject: Subject) -> None:
        """Has a running subject drawn again soon; left out when there are too many."""
        self._progress.note(subject)

    async def redraw_due(self) -> None:
        """Draws what could not be drawn when it changed."""
        places = asyncio.Semaphore(_AT_ONCE)

        async def catch_up(subject: Subject) -> None:
            async with places:
                await self._turns.take(subject, Wish(is_patient=True))

        due = await self._bot.drawings.due()
        for result in await asyncio.gather(*map(catch_up, due), return_exceptions=True):
            if isinstance(result, BaseException):
                log.warning("drawing.failed", exc_info=result)

    async def stop(self) -> None:
        """Waits a moment for what is being drawn, then ends it."""
        await self._progress.stop()
        await self._turns.stop()

    async def _draw_progress(self, subject: Subject) -> None:
        await self._turns.take(subject, Wish(is_forced=True))

    async def _draw(self, subject: Subject, wish: Wish) -> Failed:
        unrecorded = self._unrecorded.of(subject)
        try:
            known = await self._bot.drawings.of(subject)
        except Unrecordable:
            if not unrecorded:
                raise
            known = []
        behind = [one for one in known if one.wanted > one.drawn or (wish.is_forced and one.ts)]
        if wish.is_patient:
            behind = [one for one in behind if self._patience.is_overdue(one)]
        if not behind and not unrecorded:
            return {}
        due = [*behind, *unrecorded]
        cards, others = [one for one in due if one.part == "card"], [one for one in due if one.part != "card"]
        failed = await self._draw_these(cards, subject, known, is_forced=wish.is_forced)
        is_forced = wish.is_forced
        if any(not (one.ts or one.person) for one in cards):
            # What stands elsewhere tells where the card is, which is known from now on.
            others = [one for one in [*known, *unrecorded] if one.part != "card"]
            is_forced = True
        return failed | await self._draw_these(others, subject, known, is_forced=is_forced)

    async def _draw_these(
        self, drawings: list[Drawing], subject: Subject, known: list[Drawing], *, is_forced: bool
    ) -> Failed:
        if not drawings:
            return {}
        # The drawings were read before the state: what is drawn is at least as new as the version that is noted.
        try:
            snapshot = await self._bot.snapshot(subject)
        except UnknownName:
            for drawing in drawings:
                await self._drop(drawing)
            return {}
        except BackstopError:
            raise
        except Exception:
            # A state that cannot be read will not be readable in three seconds either.
            for drawing in drawings:
                self._patience.note_failure(drawing)
            raise
        failed: Failed = {}
        for drawing in drawings:
            try:
                await self._draw_claimed(drawing, snapshot, known, is_forced=is_forced)
            except SlackFailed as error:
                failed[drawing.id] = error
                self._patience.note_failure(drawing)
                log.warning("drawing.failed", subject=subject.id, channel=drawing.channel, sentence=error.sentence)
                await self._note_failure(drawing, error)
        return failed

    async def _note_failure(self, drawing: Drawing, error: SlackFailed) -> None:
        """Has what could not be sent said elsewhere, where that matters; the drawing itself is tried again."""
        try:
            await self._bot.note_undrawn(drawing, error.sentence, is_closed=isinstance(error, PlaceClosed))
        except BackstopError as problem:
            log.warning("drawing.failure_not_noted", subject=drawing.subject.id, sentence=problem.sentence)

    async def _draw_claimed(
        self, drawing: Drawing, snapshot: Snapshot, known: list[Drawing], *, is_forced: bool = False
    ) -> None:
        """Draws one, unless another process has drawn it meanwhile, or is about to."""
        if drawing.id < 0:
            await self._draw_one(drawing, snapshot, known)
            return
        async with self._bot.drawings.claimed(drawing) as mine:
            # What was read is as new as the version that was wanted then; what another process drew since is newer.
            if mine is None or mine.drawn > drawing.wanted or (mine.drawn == drawing.wanted and not is_forced):
                return
            await self._draw_one(mine.model_copy(update={"wanted": drawing.wanted}), snapshot, known)

    async def _draw_one(self, drawing: Drawing, snapshot: Snapshot, known: list[Drawing]) -> None:
        message = self._painter.draw(drawing.part, snapshot, drawing.person)
        if message is None:
            return
        try:
            done = await self._sent(drawing, message)
        except MessageGone:
            await self._drop(drawing)
            return
        if done is None:
            return
        files = tuple(one for one in message.attachments if one.name not in done.files)
        # Where files are still missing the drawing stays behind until they are there.
        await self._note(done, done.wanted - bool(files))
        if not drawing.ts and drawing.part == "card":
            for subject in self._waiting.pop(drawing.subject, ()):
                self._turns.take_soon(subject)
        if files:
            where = await self._where(done)  # a drawing that is changed does not know the thread that it stands in
            await self.sender.upload(done.channel, (where[1] if where else "") or done.ts, files)
            done = done.model_copy(update={"files": (*done.files, *(one.name for one in files))})
            await self._note(done, done.wanted)
        self._remember(done, message)
        if drawing.part == "card" and is_final(snapshot) and not drawing.person and drawing.id >= 0:
            await self._add_details(done, snapshot, known)

    async def _sent(self, drawing: Drawing, message: Message) -> Drawing | None:
        """The drawing with its message posted or changed; None while the card that it belongs to is not there yet."""
        if drawing.ts:
            if self._shown.get(drawing.id) != (drawing.drawn, message):
                await self.sender.update(drawing.channel, drawing.ts, message)
            return drawing
        where = await self._where(drawing)
        if where is None:
            return None
        channel, thread = where
        ts = await self.sender.post(channel, message, thread)
        return drawing.model_copy(update={"channel": channel, "thread": thread, "ts": ts})

    async def _where(self, drawing: Drawing) -> tuple[str, str] | None:
        if drawing.thread_of is not None:
            # Noted before it is read: the card may be posted while it is.
            self._waiting[drawing.thread_of].add(drawing.subject)
            roots = await self._bot.drawings.of(drawing.thread_of)
            root = next((one for one in roots if one.part == "card" and one.ts and not one.person), None)
            if root is None:
                return None
            self._waiting[drawing.thread_of].discard(drawing.subject)
            return root.channel, root.thread or root.ts
        if drawing.channel:
            return drawing.channel, drawing.thread
        return (await self.sender.direct(drawing.person), "") if drawing.person else None

    async def _note(self, drawing: Drawing, version: int) -> None:
        if drawing.id < 0:
            self._unrecorded.keep(drawing)
        else:
            await self._bot.drawings.drawn(drawing, version)

    def _remember(self, drawing: Drawing, message: Message) -> None:
        self._patience.forget(drawing)
        self._shown[drawing.id] = drawing.wanted, message
        self._shown.move_to_end(drawing.id)
        if len(self._shown) > _REMEMBERED:
            self._shown.popitem(last=False)

    async def _add_details(self, card: Drawing, snapshot: Snapshot, known: list[Drawing]) -> None:
        """The details go into the thread of the card, once."""
        thread = card.thread or card.ts
        if any(one.part == "details" and one.thread == thread for one in known):
            return
        if self._painter.draw("details", snapshot) is None:
            return
        details = await self._bot.drawings.add(card.subject, part="details", channel=card.channel, thread=thread)
        if details.wanted > details.drawn:
            await self._draw_claimed(details, snapshot, known)

    async def _drop(self, drawing: Drawing) -> None:
        """Forgets a drawing whose message somebody deleted, or whose subject is no longer kept."""
        log.info("drawing.dropped", subject=drawing.subject.id, channel=drawing.channel)
        self._patience.forget(drawing)
        if drawing.id < 0:
            self._unrecorded.drop(drawing)
        else:
            await self._bot.drawings.drop(drawing.id)
