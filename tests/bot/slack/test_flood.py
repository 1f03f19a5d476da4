"""The door in a flood: what is too much is told, what is pressed overtakes what is typed, and turns go round."""

import asyncio

from bot.model.talk import Ask, Call, Kind, Show, Tell
from bot.slack.bounded import Bounded
from bot.slack.pacing import Bucket, RoundRobin
from tests.bot.slack.conftest import opened
from tests.bot.slack.samples import request
from tests.bot.slack.test_door import FORM, REQUEST, says


def one_until(turn: asyncio.Event) -> RoundRobin:
    """A pace at which one may begin, and the others when their turn has come."""

    async def sleep(_: float) -> None:
        await turn.wait()

    return RoundRobin(Bucket(per_second=1, burst=1, timer=lambda: 0.0, sleep=sleep))


async def test_too_much_at_once_is_told() -> None:
    async with opened(work=Bounded(at_once=1, waiting=0)) as scene:
        sam = await scene.person("sam")
        ended = asyncio.Event()
        scene.bot.on("command", "diagnose", lambda _: ended.wait())
        await sam.says("/backstop diagnose")
        await sam.says("/backstop diagnose")
        await sam.sees(containing="Too much is going on right now")
        assert scene.door.work.refused == 1
        ended.set()


async def test_who_types_very_much_leaves_room_for_others() -> None:
    async with opened(work=Bounded(at_once=1, waiting=1)) as scene:
        sam, olga = await scene.person("sam"), await scene.person("olga")
        ended = asyncio.Event()

        async def work(call: Call) -> Tell:
            await ended.wait()
            return says(f"Looked for {call.person.name}.")

        scene.bot.on("command", "diagnose", work)
        await sam.says("/backstop diagnose")
        await sam.says("/backstop diagnose")
        await sam.sees(containing="Too much is going on right now")
        await olga.says("/backstop diagnose")
        ended.set()
        await olga.sees(containing="Looked for ")
        assert scene.door.work.refused == 1


async def test_who_presses_does_not_wait_behind_those_who_type() -> None:
    turn = asyncio.Event()
    async with opened(work=Bounded(pace=one_until(turn))) as scene:
        sam = await scene.person("sam")
        scene.bot.states[REQUEST] = request()
        scene.bot.on("command", "approvals", lambda _: Show(subject=REQUEST), alias="/approvals")
        scene.bot.on("command", "diagnose", lambda _: says("Looked."), alias="/diagnose")
        scene.bot.on("button", "approve", lambda _: says("Approved."))
        await sam.says("/approvals")
        card = await sam.sees(containing="Approval needed")
        await sam.says("/diagnose")
        await sam.presses(card, "Approve")
        await sam.sees(containing="Approved.")
        assert [call.kind for call in scene.bot.calls] == [Kind.COMMAND, Kind.PRESS]
        turn.set()
        await sam.sees(containing="Looked.")


async def test_who_types_much_delays_nobody_else() -> None:
    turn = asyncio.Event()
    async with opened(work=Bounded(pace=one_until(turn))) as scene:
        sam, olga = await scene.person("sam"), await scene.person("olga")
        scene.bot.on("command", "diagnose", lambda call: says(f"Looked for {call.text}."), alias="/diagnose")
        for text in ("1", "2", "3", "4"):
            await sam.says(f"/diagnose {text}")
        await olga.says("/diagnose 5")
        turn.set()
        await sam.sees(containing="Looked for 4.")
        assert [call.text for call in scene.bot.calls] == ["1", "2", "5", "3", "4"]


async def test_a_form_that_a_button_opens_does_not_wait_either() -> None:
    async with opened(work=Bounded(pace=one_until(asyncio.Event()))) as scene:
        sam = await scene.person("sam")
        scene.bot.on("command", "diagnose", lambda _: Ask(form=FORM))
        await sam.says("@backstop diagnose")
        await sam.presses(await sam.sees(containing="some things are still missing"), "Fill in…")
        await sam.modal(containing="Reason")
