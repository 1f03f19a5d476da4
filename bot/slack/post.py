"""A message in Slack is a drawing of state: `Poster` draws subjects wherever they are shown, and draws them again."""

import asyncio
import itertools
import time
from collections import OrderedDict
from dataclasses import dataclass, field

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
from bot.slack.progress import Progress
from bot.slack.sending import Sender

log = structlog.get_logger()

_REMEMBERED = 1_000  # drawings
_AT_ONCE = 4  # subjects that are caught up with side by side
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 300.0  # seconds before a drawing that failed is tried again
_UPDATES_A_SECOND = 40 / 60  # for progress; Slack takes 50 a minute in a workspace, and what is final comes first


_Failed = dict[int, SlackFailed]


@dataclass
class _Turn:
    """A redraw that is under way; `again` says that the state may have changed since it read it."""

    is_forced: bool
    is_patient: bool
    again: bool = True
    failed: _Failed = field(default_factory=dict)
    task: "asyncio.Task[_Failed]" = field(init=False)


class Poster:
    """Draws subjects. `client` is Slack's; nothing else is known here of where people are."""

    def __init__(
        self, client: AsyncWebClient, bot: Services, *, timer: Timer = time.monotonic, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._bot, self._timer = bot, timer
        self.sender = Sender(client, timer, sleep)
        self._painter = Painter(bot.registry)
        self._turns: dict[Subject, _Turn] = {}
        self._numbers = itertools.count(-1, -1)
        self._unrecorded: OrderedDict[Subject, list[Drawing]] = OrderedDict()
        self._shown: OrderedDict[int, Message] = OrderedDict()  # by drawing, so that nothing is sent twice
        self._pauses: dict[int, tuple[float, float]] = {}  # by drawing: when to try again, and the next pause
        self._progress = Progress(self._draw_progress, Bucket(_UPDATES_A_SECOND, 10, timer, sleep), timer, sleep)

    async def show(
        self, subject: Subject, place: Place | None, *, thread_of: Subject | None = None, person: str = ""
    ) -> None:
        """Shows a subject in a place (or to a person directly, or in the thread of another subject), and keeps it true.

        Raises SlackFailed when the bot can't write there.
        """
        channel, thread = (place.channel, place.thread) if place and not person else ("", "")
        try:
            if thread_of is not None and any(one.part == "card" for one in await self._bot.drawings.of(thread_of)):
                drawing = await self._bot.drawings.add(subject, thread_of=thread_of)
            else:
                drawing = await self._bot.drawings.add(subject, channel=channel, thread=thread, person=person)
        except Unrecordable:
            drawing = self._remember(subject, channel, thread, person)
        failed = await self._turn(subject)
        if isinstance(failed.get(drawing.id), PlaceClosed):
            raise failed[drawing.id]

    async def redraw(self, subject: Subject) -> None:
        """Draws a subject again wherever what is shown is behind its state."""
        await self._turn(subject)

    def progress(self, subject: Subject) -> None:
        """Has a running subject drawn again soon; left out when there are too many."""
        self._progress.note(subject)

    async def redraw_due(self) -> None:
        """Draws what could not be drawn when it changed."""
        places = asyncio.Semaphore(_AT_ONCE)

        async def catch_up(subject: Subject) -> None:
            async with places:
                await self._turn(subject, is_patient=True)

        results = await asyncio.gather(
            *(catch_up(one) for one in await self._bot.drawings.due()), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                log.warning("drawing.failed", exc_info=result)

    async def stop(self) -> None:
        """Waits a moment for what is being drawn, then ends it."""
        await self._progress.stop()
        tasks = [turn.task for turn in self._turns.values()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=5)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _draw_progress(self, subject: Subject) -> None:
        await self._turn(subject, is_forced=True)

    async def _turn(self, subject: Subject, *, is_forced: bool = False, is_patient: bool = False) -> _Failed:
        """One redraw of a subject at a time: who comes meanwhile has it drawn once more, with the newest state."""
        turn = self._turns.get(subject)
        if turn is None:
            turn = self._turns[subject] = _Turn(is_forced, is_patient)
            turn.task = asyncio.create_task(self._draw_until_still(subject, turn))
        else:
            turn.again = True
            turn.is_forced |= is_forced
            turn.is_patient &= is_patient
        return await asyncio.shield(turn.task)

    async def _draw_until_still(self, subject: Subject, turn: _Turn) -> _Failed:
        try:
            while turn.again:
                turn.again = False
                is_forced, turn.is_forced = turn.is_forced, False
                turn.failed |= await self._draw(subject, is_forced=is_forced, is_patient=turn.is_patient)
            return turn.failed
        finally:
            self._turns.pop(subject, None)

    async def _draw(self, subject: Subject, *, is_forced: bool, is_patient: bool) -> _Failed:
        unrecorded = self._unrecorded.get(subject, [])
        try:
            known = await self._bot.drawings.of(subject)
        except Unrecordable:
            if not unrecorded:
                raise
            known = []
        behind = [one for one in known if one.wanted > one.drawn or (is_forced and one.ts)]
        if is_patient:
            behind = [one for one in behind if self._pauses.get(one.id, (0.0, 0.0))[0] <= self._timer()]
        if not behind and not unrecorded:
            return {}
        # The drawings were read before the state: what is drawn is at least as new as the version that is noted.
        try:
            snapshot = await self._bot.snapshot(subject)
        except UnknownName:
            for drawing in behind:
                await self._drop(drawing)
            return {}
        failed: _Failed = {}
        for drawing in [*behind, *unrecorded]:
            try:
                await self._draw_one(drawing, snapshot, known)
                self._pauses.pop(drawing.id, None)
            except SlackFailed as error:
                failed[drawing.id] = error
                self._pause(drawing, error)
        return failed

    async def _draw_one(self, drawing: Drawing, snapshot: Snapshot, known: list[Drawing]) -> None:
        message = self._painter.draw(drawing.part, snapshot)
        if message is None:
            return
        if drawing.ts:
            try:
                if self._shown.get(drawing.id) != message:
                    await self.sender.update(drawing.channel, drawing.ts, message)
            except MessageGone:
                await self._drop(drawing)
                return
            done = drawing
        else:
            where = await self._where(drawing)
            if where is None:
                return
            channel, thread = where
            done = drawing.model_copy(
                update={"channel": channel, "thread": thread, "ts": await self.sender.post(channel, message, thread)}
            )
        await self._note(done)
        await self._attach(done, message)
        self._shown[done.id] = message
        self._shown.move_to_end(done.id)
        if len(self._shown) > _REMEMBERED:
            self._shown.popitem(last=False)
        if drawing.part == "card" and is_final(snapshot) and not drawing.person and drawing.id >= 0:
            await self._add_details(done, snapshot, known)

    async def _where(self, drawing: Drawing) -> tuple[str, str] | None:
        """The conversation and thread of a drawing; None while the card that it belongs to is not posted yet."""
        if drawing.thread_of is not None:
            roots = await self._bot.drawings.of(drawing.thread_of)
            root = next((one for one in roots if one.part == "card" and one.ts and not one.person), None)
            return (root.channel, root.thread or root.ts) if root else None
        if drawing.channel:
            return drawing.channel, drawing.thread
        return (await self.sender.direct(drawing.person), "") if drawing.person else None

    async def _note(self, drawing: Drawing) -> None:
        if drawing.id < 0:
            held = self._unrecorded.get(drawing.subject, [])
            held[:] = [drawing if one.id == drawing.id else one for one in held]
            return
        await self._bot.drawings.drawn(drawing.id, channel=drawing.channel, ts=drawing.ts, version=drawing.wanted)

    async def _attach(self, drawing: Drawing, message: Message) -> None:
        before = self._shown.get(drawing.id)
        known = {one.name for one in before.attachments} if before else set()
        files = tuple(one for one in message.attachments if one.name not in known)
        if files:
            await self.sender.upload(drawing.channel, drawing.thread or drawing.ts, files)

    async def _add_details(self, card: Drawing, snapshot: Snapshot, known: list[Drawing]) -> None:
        """The details go into the thread of the card, once."""
        thread = card.thread or card.ts
        if any(one.part == "details" and one.thread == thread for one in known):
            return
        if self._painter.draw("details", snapshot) is None:
            return
        details = await self._bot.drawings.add(card.subject, part="details", channel=card.channel, thread=thread)
        if details.wanted > details.drawn:
            await self._draw_one(details, snapshot, known)

    async def _drop(self, drawing: Drawing) -> None:
        """Forgets a drawing whose message somebody deleted, or whose subject is no longer kept."""
        log.info("drawing.dropped", subject=drawing.subject.id, channel=drawing.channel)
        if drawing.id < 0:
            self._unrecorded.pop(drawing.subject, None)
        else:
            await self._bot.drawings.drop(drawing.id)

    def _remember(self, subject: Subject, channel: str, thread: str, person: str) -> Drawing:
        """A drawing that the bot's own database can't hold: it is shown all the same, and kept here."""
        held = self._unrecorded.setdefault(subject, [])
        drawing = Drawing(id=next(self._numbers), subject=subject, channel=channel, thread=thread, person=person)
        held.append(drawing)
        if len(self._unrecorded) > _REMEMBERED:
            self._unrecorded.popitem(last=False)
        return drawing

    def _pause(self, drawing: Drawing, error: BackstopError) -> None:
        _, pause = self._pauses.get(drawing.id, (0.0, _FIRST_PAUSE))
        self._pauses[drawing.id] = (self._timer() + pause, min(pause * 2, _LONGEST_PAUSE))
        log.warning("drawing.failed", subject=drawing.subject.id, channel=drawing.channel, sentence=error.sentence)
