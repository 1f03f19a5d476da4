"""The door, driven by people in the local workspace: commands, mentions, presses, forms, and what goes wrong."""

import asyncio
from typing import Any

from bot.errors import InputError, Refused
from bot.model.facts import DeskPage, Health, HomePage, Listing, Sentence
from bot.model.talk import (
    Ask,
    Call,
    ChoiceField,
    Form,
    Kind,
    Show,
    Subject,
    SubjectKind,
    SuggestField,
    Tell,
    TextField,
)
from bot.slack.options import suggested
from sandbox.slack.acting import Person
from tests.bot.slack.conftest import Scene, opened
from tests.bot.slack.samples import diagnosis, long_table, request

DIAGNOSIS = Subject(kind=SubjectKind.DIAGNOSIS, id="01JD")
REQUEST = Subject(kind=SubjectKind.REQUEST, id="01JR")
REASON = TextField(name="reason", label="Reason")
FORM = Form(name="ask", title="Clear cache", submit="Ask", memo="01JD.0", fields=(REASON,))


def says(text: str, **fields: Any) -> Tell:
    """A sentence for the person."""
    return Tell(fact=Sentence(text=text), **fields)


class TestCommands:
    async def test_backstop_takes_a_word_and_aliases_stand_for_one(self, scene: Scene, sam: Person) -> None:
        scene.bot.on("command", "diagnose", lambda call: says(f"{call.kind}: {call.text}"), alias="/diagnose")
        await sam.says("/backstop diagnose old <numbers>")
        answer = await sam.sees(containing="command: old")
        assert answer.is_ephemeral
        assert answer.text == "command: old &lt;numbers&gt;"
        await sam.says("/diagnose tenant=tenant-abc")
        await sam.sees(containing="command: tenant=tenant-abc")
        place = scene.bot.calls[-1].place
        assert (place.channel, place.channel_name) == (scene.channel("backend-support"), "backend-support")

    async def test_words_that_are_no_command_are_helped(self, scene: Scene, sam: Person) -> None:
        scene.bot.on("command", "help", lambda _: says("This is help"))
        await sam.says("/backstop")
        first = await sam.sees(containing="This is help")
        await sam.says("/backstop florble")
        await sam.sees(containing="This is help", after=first)
        assert len(scene.bot.calls) == 2

    async def test_a_subject_is_shown_where_it_was_asked(self, scene: Scene, sam: Person) -> None:
        scene.bot.states[DIAGNOSIS] = diagnosis()
        scene.bot.on("command", "diagnose", lambda _: Show(subject=DIAGNOSIS), alias="/diagnose")
        await sam.says("/diagnose stale-data")
        card = await sam.sees(containing="✖ Fault found")
        assert not card.is_ephemeral
        await sam.sees(thread=card, containing="Set the time to live")

    async def test_where_the_bot_is_not_a_member_it_answers_all_the_same(self, scene: Scene, sam: Person) -> None:
        scene.bot.on("command", "help", lambda _: says("Here I am"))
        await sam.says("/backstop help", "random")
        assert (await sam.sees("random", containing="Here I am")).is_ephemeral

    async def test_a_mention_works_in_threads_and_directly(self, scene: Scene, sam: Person) -> None:
        scene.bot.on("command", "diagnose", lambda call: says(f"{call.kind}: {call.text}"))
        first = await sam.says("Something is wrong")
        await sam.says("@backstop diagnose this <now>", thread=first)
        answer = await sam.sees(thread=first, containing="mention: this &lt;now&gt;")
        assert answer.is_ephemeral
        assert scene.bot.calls[-1].place.thread == first.ts
        await sam.says_directly("diagnose that")
        await sam.sees_directly(containing="mention: that")

    async def test_files_come_directly(self, scene: Scene, sam: Person) -> None:
        scene.bot.on("command", "audit", lambda _: Tell(fact=Listing(says="All keys", table=long_table(250))))
        await sam.says("/backstop audit")
        await sam.sees(containing=["All keys", "In your direct messages with me: list.csv"])
        message = await sam.sees_directly(where=lambda message: bool(message.files))
        assert message.files[0]["name"] == "list.csv"


class TestForms:
    async def test_what_is_missing_is_asked_in_a_modal(self, scene: Scene, sam: Person) -> None:
        scene.bot.on("command", "diagnose", lambda _: Ask(form=FORM), alias="/diagnose")
        scene.bot.on("form", "ask", lambda call: says(f"Asked because {call.values['reason']}"))
        await sam.says("/diagnose")
        view = await sam.modal(containing="Reason")
        sent = await sam.submits(view, {"Reason": "it is old"})
        assert sent.action == "update"
        await sam.modal(containing="Asked because it is old")
        call = scene.bot.calls[-1]
        assert (call.kind, call.subject, call.values) == (Kind.FORM, "01JD.0", {"reason": "it is old"})
        assert call.place.channel == scene.channel("backend-support")

    async def test_a_form_closes_when_its_work_is_done_and_a_word_is_said_beside_it(
        self, scene: Scene, sam: Person
    ) -> None:
        scene.bot.on("command", "diagnose", lambda _: Ask(form=FORM), alias="/diagnose")
        scene.bot.on("form", "ask", lambda _: Tell(fact=Sentence(text="Asked for it.", tone="good")))
        await sam.says("/diagnose")
        sent = await sam.submits(await sam.modal(containing="Reason"), {"Reason": "x"})
        assert sent.action == "clear" and await sam.modals() == []
        assert (await sam.sees(containing="Asked for it.")).is_ephemeral

    async def test_what_takes_long_is_waited_for_in_the_form(self, scene: Scene, sam: Person) -> None:
        ready = asyncio.Event()

        async def slow(_: Call) -> Tell:
            await ready.wait()
            return Tell(fact=Sentence(text="Asked for it.", tone="good"))

        scene.bot.on("command", "diagnose", lambda _: Ask(form=FORM), alias="/diagnose")
        scene.bot.on("form", "ask", slow)
        await sam.says("/diagnose")
        sent = await sam.submits(await sam.modal(containing="Reason"), {"Reason": "x"})
        assert sent.action == "update"
        await sam.modal(containing="One moment…")
        ready.set()
        await sam.modal(containing="Asked for it.")

    async def test_a_mention_offers_a_button_that_opens_the_form(self, scene: Scene, sam: Person) -> None:
        scene.bot.on("command", "diagnose", lambda _: Ask(form=FORM))
        await sam.says('@backstop diagnose "a" & <b>')
        offer = await sam.sees(containing="some things are still missing")
        await sam.presses(offer, "Fill in…")
        await sam.modal(containing="Reason")
        assert [call.text for call in scene.bot.calls] == ['"a" & <b>'] * 2

    async def test_wrong_fields_are_marked_and_nothing_is_done(self, scene: Scene, sam: Person) -> None:
        scene.bot.on("command", "diagnose", lambda _: Ask(form=FORM), alias="/diagnose")
        scene.bot.on("form", "ask", check=lambda values: {"reason": f"{len(values['reason'])} letters are too few"})
        await sam.says("/diagnose")
        view = await sam.modal(containing="Reason")
        assert (await sam.submits(view, {"Reason": "abc"})).errors == {"Reason": "3 letters are too few"}
        assert [call.kind for call in scene.bot.calls] == [Kind.COMMAND]

    async def test_one_form_may_lead_to_the_next_and_an_error_is_said_in_it(self, scene: Scene, sam: Person) -> None:
        async def refuse(_: Call) -> None:
            raise InputError("Say more than that.")

        first = FORM.model_copy(update={"name": "choose", "fields": (TextField(name="reason", label="Role"),)})
        scene.bot.on("command", "diagnose", lambda _: Ask(form=first), alias="/diagnose")
        scene.bot.on("form", "choose", lambda _: Ask(form=FORM))
        scene.bot.on("form", "ask", refuse)
        await sam.says("/diagnose")
        await sam.submits(await sam.modal(containing="Role"), {"Role": "x"})
        await sam.submits(await sam.modal(containing="Reason"), {"Reason": "x"})
        closing = await sam.modal(containing="Say more than that.")
        assert closing.submit is None

    async def test_type_ahead_knows_the_system_that_was_chosen(self, scene: Scene, sam: Person) -> None:
        system = ChoiceField(name="system", label="System", options=(("aiops", "AI"), ("zena", "Zena")))
        tenant = SuggestField(name="tenant", label="Tenant", source="tenant", about="aiops")
        form = FORM.model_copy(update={"fields": (system, tenant)})
        scene.bot.on("command", "diagnose", lambda _: Ask(form=form), alias="/diagnose")
        scene.bot.on("form", "ask", lambda call: says(str(dict(call.values))))
        scene.bot.suggests("tenant", lambda about, typed: [(f"{about}-{typed}", "One"), ("x" * 200, "Too long")])
        await sam.says("/diagnose")
        view = await sam.modal(containing="Tenant")
        assert [one.value for one in await sam.suggests(view, "Tenant", "abc")] == ["aiops-abc"]
        chosen = {"values": {"system": {"choice": {"selected_option": {"value": "zena"}}}}}
        body = {"action_id": "tenant", "block_id": "tenant|aiops", "value": "abc", "view": {"state": chosen}}
        found = await suggested(scene.bot, scene.guests, {**body, "user": {"id": "U0SAM"}})
        assert [one["value"] for one in found] == ["zena-abc"]
        await sam.submits(view, {"System": "zena", "Tenant": "One"})
        await sam.modal(containing="{'system': 'zena', 'tenant': 'aiops-One'}")

    async def test_type_ahead_that_fails_is_empty(self, scene: Scene, sam: Person) -> None:
        def fail(*_: str) -> Any:
            raise RuntimeError("no")

        async def wait(*_: str) -> Any:
            await asyncio.sleep(5)

        slow = SuggestField(name="slow", label="Slow", source="slow")
        form = FORM.model_copy(update={"fields": (SuggestField(name="bad", label="Bad", source="bad"), slow)})
        scene.bot.on("command", "diagnose", lambda _: Ask(form=form), alias="/diagnose")
        scene.bot.suggests("bad", fail)
        scene.bot.suggests("slow", wait)
        await sam.says("/diagnose")
        view = await sam.modal(containing="Slow")
        assert await sam.suggests(view, "Bad", "a") == []
        assert await sam.suggests(view, "Slow", "a") == []


class TestPresses:
    async def test_a_press_opens_its_form_at_once(self, scene: Scene, sam: Person) -> None:
        ready = asyncio.Event()

        async def slow(call: Call) -> Ask:
            await ready.wait()
            return Ask(form=FORM.model_copy(update={"memo": call.subject}))

        scene.bot.states[DIAGNOSIS] = diagnosis()
        scene.bot.on("command", "diagnose", lambda _: Show(subject=DIAGNOSIS), alias="/diagnose")
        scene.bot.on("button", "escalate", slow, opens_form="Hand it over")
        scene.bot.on("form", "ask", lambda _: says("It is handed over.", openly=True))
        await sam.says("/diagnose")
        card = await sam.sees(containing="Fault found")
        await sam.presses(card, "Escalate…")
        waiting = await sam.modal(containing="One moment…")
        assert waiting.title == "Hand it over"
        ready.set()
        view = await sam.modal(containing="Reason")
        sent = await sam.submits(view, {"Reason": "x"})
        await sam.sees(thread=card, containing="It is handed over.")
        assert sent.action == "clear"  # everybody in the thread sees it
        assert scene.bot.calls[-1].subject == "01JD"

    async def test_numbered_buttons_and_menus_reach_their_handler(self, scene: Scene, sam: Person) -> None:
        scene.bot.states[REQUEST] = request()
        scene.bot.on("command", "approvals", lambda _: Show(subject=REQUEST), alias="/approvals")
        for name in ("approve", "cancel"):
            scene.bot.on("button", name, lambda call: says(f"pressed {call.subject}"))
        await sam.says("/approvals")
        card = await sam.sees(containing="Approval needed")
        await sam.presses(card, "Approve")
        first = await sam.sees(containing="pressed 01JR")
        await sam.presses(card, "Take back (asker)")
        await sam.sees(containing="pressed 01JR", after=first)
        assert (scene.bot.calls[-1].kind, scene.bot.calls[-1].message) == (Kind.PRESS, card.ts)

    async def test_a_double_press_is_one(self, scene: Scene, sam: Person) -> None:
        scene.bot.states[REQUEST] = request()
        scene.bot.on("command", "approvals", lambda _: Show(subject=REQUEST), alias="/approvals")
        scene.bot.on("button", "approve")
        await sam.says("/approvals")
        card = await sam.sees(containing="Approval needed")
        await asyncio.gather(sam.presses(card, "Approve"), sam.presses(card, "Approve"))
        async with asyncio.timeout(20):
            while not any(call.kind is Kind.PRESS for call in scene.bot.calls):  # noqa: ASYNC110  # the bot has no event
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        assert sum(call.kind is Kind.PRESS for call in scene.bot.calls) == 1

    async def test_who_pressed_something_else_in_between_means_it(self, scene: Scene, sam: Person) -> None:
        scene.bot.states[REQUEST] = request()
        scene.bot.on("command", "approvals", lambda _: Show(subject=REQUEST), alias="/approvals")
        for name in ("approve", "refresh"):
            scene.bot.on("button", name)
        await sam.says("/approvals")
        card = await sam.sees(containing="Approval needed")
        for button in ("Approve", "Refresh preview", "Approve"):
            await sam.presses(card, button)
        await scene.door.stop()
        assert sum(call.kind is Kind.PRESS for call in scene.bot.calls) == 3

    async def test_a_message_can_be_diagnosed(self, scene: Scene, sam: Person) -> None:
        scene.bot.on("shortcut", "diagnose_this", lambda _: Ask(form=FORM), opens_form="Diagnose")
        dana = await scene.person("dana")
        await dana.says("The <dashboard> is old & slow")
        message = await sam.sees(containing="dashboard")
        await sam.shortcut(message, "diagnose_this")
        await sam.modal(containing="Reason")
        call = scene.bot.calls[-1]
        assert (call.text, call.message) == ("The <dashboard> is old & slow", message.ts)

    async def test_home_shows_and_follows_what_is_pressed_there(self, scene: Scene, sam: Person) -> None:
        waiting = [request()]
        health = Health(system="aiops", title="AI agents", state="up", says="all up")
        scene.bot.on("home", "home", lambda _: HomePage(desk=DeskPage(waiting=tuple(waiting)), systems=(health,)))

        def approve(call: Call) -> Tell:
            waiting.clear()
            return says(f"Approved {call.subject}.")

        scene.bot.on("button", "approve", approve)
        home = await sam.home(containing="AI agents")
        await sam.presses(home, "Approve")
        await sam.sees_directly(containing="Approved 01JR.")
        await sam.home(containing="Nothing waits for your decision.")


class TestWhatGoesWrong:
    async def test_a_refusal_is_told_to_the_person_alone_and_recorded(self, scene: Scene, sam: Person) -> None:
        async def refuse(_: Call) -> None:
            raise Refused("You can't approve this: it is your own request.")

        scene.bot.on("command", "diagnose", refuse)
        await sam.says("/backstop diagnose")
        answer = await sam.sees(containing="your own request")
        assert answer.is_ephemeral
        place = scene.channel("backend-support")
        says = "You can't approve this: it is your own request."
        assert scene.bot.refusals == [("U0SAM", "command diagnose", says, place)]

    async def test_guests_get_no_further_than_the_door(self, scene: Scene, sam: Person) -> None:
        scene.guests.refused.add("U0SAM")
        await sam.says("/backstop diagnose")
        await sam.sees(containing="Guests can't use Backstop")
        assert scene.bot.calls == []
        assert scene.bot.refusals[0][0] == "U0SAM"

    async def test_a_defect_is_one_sentence_with_an_id(self) -> None:
        async with opened(new_incident=lambda: "c0ffee") as scene:
            sam = await scene.person("sam")
            scene.bot.on("command", "diagnose", lambda _: 1 / 0)
            await sam.says("/backstop diagnose")
            answer = await sam.sees(containing="it is in the log as c0ffee")
            assert "ZeroDivisionError" not in answer.text

    async def test_an_event_that_comes_twice_is_done_once(self, scene: Scene, sam: Person) -> None:
        scene.bot.on("command", "diagnose", lambda _: says("Looking"))
        await scene.client.faults(redeliver={"kind": "events", "times": 2})
        await sam.says("@backstop diagnose x")
        await sam.sees(containing="Looking")
        await asyncio.sleep(0.2)
        assert len(scene.bot.calls) == 1

    async def test_without_its_database_the_bot_still_answers(self, scene: Scene, sam: Person) -> None:
        scene.bot.drawings.is_away = True
        scene.bot.states[DIAGNOSIS] = diagnosis(recorded=False)
        scene.bot.on("command", "diagnose", lambda _: Show(subject=DIAGNOSIS), alias="/diagnose")
        await scene.client.faults(redeliver={"kind": "events", "times": 2})
        await sam.says("@backstop diagnose x")
        card = await sam.sees(containing="Not recorded")
        await asyncio.sleep(0.2)
        assert len(scene.bot.calls) == 1
        assert [message.ts for message in await sam.messages() if "Not recorded" in message.all_text] == [card.ts]

    async def test_stopping_waits_for_what_runs(self, scene: Scene, sam: Person) -> None:
        begun, ended = asyncio.Event(), []

        async def work(_: Call) -> None:
            begun.set()
            await asyncio.sleep(0.2)
            ended.append(True)

        scene.bot.on("command", "diagnose", work)
        await sam.says("/backstop diagnose")
        await begun.wait()
        await scene.door.stop()
        assert ended == [True]
