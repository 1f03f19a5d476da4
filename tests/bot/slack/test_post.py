"""Drawings: shown, changed, coalesced, drawn later when Slack is away, and never twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.errors import SlackFailed
from bot.model.audit import Trace
from bot.model.diagnosis import Verdict
from bot.model.drawing import Drawing
from bot.model.escalation import Escalation
from bot.model.facts import Sentence
from bot.model.request import Helped, State
from bot.model.talk import Place, Show, Subject, SubjectKind, Tell
from bot.slack.link import make_client
from bot.slack.post import Poster
from sandbox.slack.acting import Person
from tests.bot.slack.conftest import Scene
from tests.bot.slack.samples import diagnosis, done, escalation, finding, long_table, preview, request, running

DIAGNOSIS = Subject(kind=SubjectKind.DIAGNOSIS, id="01JD")
REQUEST = Subject(kind=SubjectKind.REQUEST, id="01JR")
ESCALATION = Subject(kind=SubjectKind.ESCALATION, id="01JE")


def here(scene: Scene) -> Place:
    """The channel where people are."""
    return Place(channel=scene.channel("backend-support"))


class TestShowing:
    async def test_one_message_from_the_first_line_to_the_verdict(self, scene: Scene, sam: Person) -> None:
        scene.bot.states[DIAGNOSIS] = running(0)
        await scene.poster.show(DIAGNOSIS, here(scene))
        card = await sam.sees(containing="Looking: 0 of 5")
        scene.bot.states[DIAGNOSIS] = running(2)
        scene.poster.progress(DIAGNOSIS)
        await sam.watches(card, containing="Looking: 2 of 5")
        scene.bot.states[DIAGNOSIS] = diagnosis()
        scene.bot.drawings.change(DIAGNOSIS)
        await scene.poster.redraw(DIAGNOSIS)
        await sam.watches(card, containing="Fault found")
        assert len(await sam.thread(card)) == 1
        await scene.poster.redraw(DIAGNOSIS)
        assert len(await sam.thread(card)) == 1
        assert all(one.wanted == one.drawn for one in scene.bot.drawings.rows.values())

    async def test_a_request_stands_in_the_thread_and_with_those_who_decide(self, scene: Scene, sam: Person) -> None:
        scene.bot.states |= {DIAGNOSIS: diagnosis(), REQUEST: request()}
        await scene.poster.show(DIAGNOSIS, here(scene))
        card = await sam.sees(containing="Fault found")
        await scene.bot.drawings.add(REQUEST, person="U0OLGA")
        await scene.poster.show(REQUEST, here(scene), thread_of=DIAGNOSIS)
        in_thread = await sam.sees(thread=card, containing="Approval needed")
        olga = await scene.person("olga")
        direct = await olga.sees_directly(containing="Approval needed")
        scene.bot.states[REQUEST] = done(Helped.YES)
        scene.bot.drawings.change(REQUEST)
        await scene.poster.redraw(REQUEST)
        await sam.watches(in_thread, containing="Done, and it helped")
        await olga.watches(direct, containing="Done, and it helped")

    @pytest.mark.parametrize("is_there", [False, True])
    async def test_what_stands_elsewhere_tells_where_the_card_is(
        self, scene: Scene, sam: Person, *, is_there: bool
    ) -> None:
        async def linked(_: Subject) -> Escalation:
            address = await scene.poster.link(ESCALATION)
            return escalation(trace=Trace(links=(("the thread", address),) if address else ()))

        scene.bot.states[DIAGNOSIS] = diagnosis()
        await scene.poster.show(DIAGNOSIS, here(scene))
        root = await sam.sees(containing="Fault found")
        scene.bot.snapshot = linked  # type: ignore[method-assign,assignment]  # the bot knows the address of what stands there
        add = scene.bot.drawings.add
        if is_there:  # as it does where Slack took nothing in the channel of the card until now
            await add(ESCALATION, part="pointer", thread_of=DIAGNOSIS)
            await scene.poster.redraw(ESCALATION)
        await add(ESCALATION, channel=here(scene).channel)
        await add(ESCALATION, part="pointer", thread_of=DIAGNOSIS)
        await scene.poster.redraw(ESCALATION)
        await sam.sees(thread=root, containing=["Escalated to database team", "Go to its thread"])
        assert len(await scene.client.calls("chat.update")) == is_there

    async def test_a_request_waits_for_the_card_that_it_belongs_to(self, scene: Scene, sam: Person) -> None:
        scene.bot.states |= {DIAGNOSIS: diagnosis(), REQUEST: request()}
        await scene.bot.drawings.add(DIAGNOSIS, channel=here(scene).channel)
        await scene.bot.drawings.add(REQUEST, thread_of=DIAGNOSIS)
        await scene.poster.redraw(REQUEST)
        assert await scene.client.calls("chat.postMessage") == []
        await scene.poster.redraw(DIAGNOSIS)
        card = await sam.sees(containing="Fault found")
        await sam.sees(thread=card, containing="Approval needed")

    async def test_long_lists_are_files_in_the_thread_once(self, scene: Scene, sam: Person) -> None:
        tables = (long_table(250),)
        scene.bot.states[DIAGNOSIS] = diagnosis(findings=(finding("agents", tables=tables),))
        scene.bot.states[REQUEST] = request(preview=preview(50))
        await scene.poster.show(DIAGNOSIS, here(scene))
        card = await sam.sees(containing="Fault found")
        file = await sam.sees(thread=card, where=lambda message: bool(message.files))
        assert file.files[0]["name"] == "agents-1.csv"
        await scene.poster.show(REQUEST, here(scene))
        asked = await sam.sees(containing="Approval needed")
        await sam.sees(thread=asked, where=lambda message: bool(message.files))
        scene.bot.states[REQUEST] = request(preview=preview(50), state_reason="x", ticket="9")
        scene.bot.drawings.change(REQUEST)
        await scene.poster.redraw(REQUEST)
        await sam.watches(asked, containing="ticket 9")
        assert len(await sam.thread(asked)) == 1

    async def test_what_is_shown_already_is_not_shown_twice(self, scene: Scene, sam: Person) -> None:
        scene.bot.states[REQUEST] = request()
        scene.bot.on("command", "approvals", lambda _: Show(subject=REQUEST), alias="/approvals")
        await sam.says("/approvals")
        await sam.sees(containing="Approval needed")
        await sam.says("/approvals")
        await sam.sees(containing="This is shown here already")
        assert sum("Approval needed" in message.all_text for message in await sam.messages()) == 1
        scene.bot.on("button", "approve", lambda _: (Show(subject=REQUEST), Tell(fact=Sentence(text="Approved"))))
        await sam.presses(await sam.sees(containing="Approval needed"), "Approve")
        told = await sam.sees(containing="Approved")
        with pytest.raises(AssertionError):
            await sam.sees(containing="This is shown here already", after=told, timeout=0.3)

    async def test_another_process_changes_the_message_and_sends_no_file_again(self, scene: Scene, sam: Person) -> None:
        another = Poster(scene.poster.sender.client, scene.bot)
        first, second = request(preview=preview(50)), request(preview=preview(50), state=State.CANCELLED)
        scene.bot.states[REQUEST] = first
        await scene.poster.show(REQUEST, here(scene))
        card = await sam.sees(containing="Approval needed")
        for poster, state, containing in (
            (another, second, "Taken back"), (scene.poster, first, "Approval needed"),
        ):  # fmt: skip
            # What the first one showed last is not what is shown now, though it looks the same.
            scene.bot.states[REQUEST] = state
            scene.bot.drawings.change(REQUEST)
            await poster.redraw(REQUEST)
            await sam.watches(card, containing=containing)
        assert len(await scene.client.calls("chat.postMessage")) == 1
        assert len(await scene.client.calls("files.completeUploadExternal")) == 1

    async def test_what_another_process_drew_meanwhile_is_newer(self, scene: Scene, sam: Person) -> None:
        scene.bot.states[REQUEST] = request()
        drawing = await scene.bot.drawings.add(REQUEST, channel=here(scene).channel)
        claimed = scene.bot.drawings.claimed
        newer = drawing.model_copy(update={"ts": "1.0", "wanted": 2, "drawn": 2})

        @asynccontextmanager
        async def outrun(drawing: Drawing) -> AsyncIterator[Drawing | None]:
            yield newer if drawing.id == newer.id else None

        scene.bot.drawings.claimed = outrun  # type: ignore[method-assign]  # another process was quicker
        await scene.poster.redraw_due()
        assert await scene.client.calls("chat.postMessage") == []
        scene.bot.drawings.claimed = claimed  # type: ignore[method-assign]  # and now it is not
        await scene.poster.redraw_due()
        await sam.sees(containing="Approval needed")

    async def test_a_subject_that_is_no_longer_kept_is_forgotten(self, scene: Scene) -> None:
        scene.bot.states[REQUEST] = request()
        await scene.poster.show(REQUEST, here(scene))
        scene.bot.states.clear()
        scene.bot.drawings.change(REQUEST)
        await scene.poster.redraw(REQUEST)
        assert scene.bot.drawings.rows == {}

    async def test_a_file_that_failed_is_sent_again(self, scene: Scene, sam: Person) -> None:
        scene.bot.states[REQUEST] = request(preview=preview(50))
        await scene.client.faults(
            error={"method": "files.completeUploadExternal", "error": "internal_error", "times": 1}
        )
        await scene.poster.show(REQUEST, here(scene))
        asked = await sam.sees(containing="Approval needed")
        assert await scene.bot.drawings.due() == [REQUEST]
        await scene.poster.redraw(REQUEST)
        await sam.sees(thread=asked, where=lambda message: bool(message.files))
        assert await scene.bot.drawings.due() == []
        assert len(await scene.client.calls("chat.postMessage")) == 1


class TestPace:
    async def test_progress_is_coalesced_and_the_last_state_wins(self, scene: Scene, sam: Person) -> None:
        scene.bot.states[DIAGNOSIS] = running(0)
        await scene.poster.show(DIAGNOSIS, here(scene))
        for count in (1, 2, 3, 4):
            scene.bot.states[DIAGNOSIS] = running(count)
            scene.poster.progress(DIAGNOSIS)
            await asyncio.sleep(0.01)
        await sam.sees(containing="Looking: 4 of 5")
        assert len(await scene.client.calls("chat.update")) == 1

    async def test_redraws_at_the_same_time_are_few_and_end_with_the_newest(self, scene: Scene, sam: Person) -> None:
        scene.bot.states[REQUEST] = request()
        await scene.poster.show(REQUEST, here(scene))
        states = [State.APPROVED, State.RUNNING, State.DONE]
        redraws = []
        for state in states:
            scene.bot.states[REQUEST] = request(state)
            scene.bot.drawings.change(REQUEST)
            redraws.append(asyncio.create_task(scene.poster.redraw(REQUEST)))
            await asyncio.sleep(0)
        await asyncio.gather(*redraws)
        await sam.sees(containing="✔ Done")
        assert len(await scene.client.calls("chat.update")) <= 2


class TestWhenSlackIsAway:
    async def test_what_could_not_be_drawn_is_drawn_later(self, scene: Scene, sam: Person) -> None:
        scene.bot.states[REQUEST] = request()
        await scene.poster.show(REQUEST, here(scene))
        card = await sam.sees(containing="Approval needed")
        await scene.client.faults(error={"method": "chat.update", "error": "internal_error", "times": 1})
        scene.bot.states[REQUEST] = request(State.EXPIRED)
        scene.bot.drawings.change(REQUEST)
        await scene.poster.redraw(REQUEST)
        assert await scene.bot.drawings.due() == [REQUEST]
        await scene.poster.redraw_due()  # too early: it failed just now
        assert await scene.bot.drawings.due() == [REQUEST]
        await scene.poster.redraw(REQUEST)
        await sam.watches(card, containing="Expired")

    async def test_slacks_pace_is_kept(self, scene: Scene, sam: Person) -> None:
        scene.bot.states[REQUEST] = request()
        await scene.client.faults(rate_limit={"method": "chat.postMessage", "times": 1, "retry_after": 1})
        await scene.poster.show(REQUEST, here(scene))
        await sam.sees(containing="Approval needed")

    async def test_a_message_that_was_deleted_is_forgotten(self, scene: Scene) -> None:
        scene.bot.states[REQUEST] = request()
        await scene.poster.show(REQUEST, here(scene))
        await scene.client.faults(error={"method": "chat.update", "error": "message_not_found", "times": 1})
        scene.bot.states[REQUEST] = request(State.EXPIRED)
        scene.bot.drawings.change(REQUEST)
        await scene.poster.redraw(REQUEST)
        assert scene.bot.drawings.rows == {}

    async def test_a_thread_that_was_deleted_is_no_reason_to_be_silent(self, scene: Scene, sam: Person) -> None:
        scene.bot.states[REQUEST] = request()
        place = here(scene).model_copy(update={"thread": "1700000000.000100"})
        await scene.poster.show(REQUEST, place)
        assert (await sam.sees(containing="Approval needed")).thread_ts is None

    async def test_without_a_network_it_is_an_error_of_ours_and_drawn_later(self, scene: Scene) -> None:
        scene.bot.states |= {REQUEST: request(), DIAGNOSIS: diagnosis()}
        poster = Poster(make_client("xoxb-1", "http://127.0.0.1:9/api/"), scene.bot)
        await poster.show(REQUEST, here(scene))
        assert await scene.bot.drawings.due() == [REQUEST]

    async def test_where_the_bot_may_not_write_it_says_so(self, scene: Scene) -> None:
        scene.bot.states[REQUEST] = request()
        with pytest.raises(SlackFailed, match="invite it there"):
            await scene.poster.show(REQUEST, Place(channel=scene.channel("random")))


class TestWithoutDatabase:
    async def test_what_is_not_recorded_is_shown_and_kept_true(self, scene: Scene, sam: Person) -> None:
        scene.bot.drawings.is_away = True
        scene.bot.states[DIAGNOSIS] = running(1).model_copy(update={"recorded": False})
        await scene.poster.show(DIAGNOSIS, here(scene))
        card = await sam.sees(containing="Looking: 1 of 5")
        scene.bot.states[DIAGNOSIS] = diagnosis(recorded=False, verdict=Verdict.FAULT)
        await scene.poster.redraw(DIAGNOSIS)
        await sam.watches(card, containing="Not recorded")
