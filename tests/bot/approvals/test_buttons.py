"""A button whose value was exchanged on its way: it is held against what its message shows."""

from types import SimpleNamespace

import pytest

from bot.approvals.record import card
from bot.errors import Refused
from bot.model.request import State
from bot.model.talk import Call, Kind, Place
from bot.registry import load
from bot.store.drawings import Drawings
from tests.bot.approvals.engine import OLGA, SAM, Engine

BUTTONS = load("handlers").handlers
PRESSED = ("approve", "deny", "withdraw", "cancel", "refresh", "settle_done", "settle_failed", "sign_off")


@pytest.mark.parametrize("name", PRESSED)
async def test_a_button_of_another_request_does_nothing(engine: Engine, name: str) -> None:
    shown, other = await engine.ask(SAM, "t1"), await engine.ask(SAM, "t2")
    drawings = Drawings(engine.store, engine.shared.clock, engine.presence)
    drawing = await drawings.add(card(shown.id), channel="C1")
    await drawings.drawn(drawing.model_copy(update={"channel": "C1", "ts": "1.5"}), 1)
    bot = SimpleNamespace(drawings=drawings, voting=engine.voting, standing=engine.standing)
    call = Call(person=OLGA, kind=Kind.PRESS, place=Place(channel="C1"), delivery="1", subject=other.id, message="1.5")
    with pytest.raises(Refused, match="belongs to another request than its message shows") as caught:
        await BUTTONS[("button", name)].call(bot, call)
    assert caught.value.rule == "payload" and not caught.value.is_recorded  # the door records it, with who pressed
    for request in (shown, other):
        assert (await engine.voting.get(request.id)).state is State.PENDING
