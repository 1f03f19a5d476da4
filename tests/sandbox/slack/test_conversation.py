"""A whole conversation with a Bolt app over Socket Mode: command, message, button, modal, form, home."""

import pytest

from sandbox.slack.acting import Person
from tests.sandbox.slack.conftest import Scene


async def test_command_is_answered_with_a_message_that_can_be_pressed_and_redrawn(sam: Person) -> None:
    said = await sam.says("/echo hello <world>")

    message = await sam.sees(containing="You said hello <world>", after=said)
    assert message.buttons == ["Shout", "Open form"]
    assert message.choices == ["Whisper"]
    assert message.text == "You said hello &lt;world&gt;"

    await sam.presses(message, "Shout")
    shouted = await sam.watches(message, containing="HELLO")
    assert shouted.buttons == []
    assert shouted.ts == message.ts


async def test_form_is_refused_then_sent(scene: Scene, sam: Person) -> None:
    await sam.says("/form")
    form = await sam.modal(title="A form")
    assert form.inputs == ["Reason", "Tenant"]

    assert (await sam.submits(form)).errors == {"Reason": "Please complete this required field."}
    assert scene.heard.of("form") == []
    assert (await sam.submits(form, {"Reason": "because"})).errors == {"Reason": "Say more than that."}
    assert (await sam.modal()).values["Reason"] == "because"

    sent = await sam.submits(form, {"Reason": "it is broken", "Tenant": "tenant-b"})
    assert sent.action is None
    await sam.no_modal()
    assert (await sam.sees_directly(containing="Reason: it is broken")).by == "parrot"
    view = scene.heard.of("form")[-1]["view"]
    assert view["private_metadata"] == "kept"
    assert view["state"]["values"]["tenant"]["tenant"]["selected_option"]["value"] == "tenant-b"


async def test_answer_to_a_form_can_change_it(sam: Person) -> None:
    await sam.says("/form")
    form = await sam.modal(title="A form")
    assert (await sam.submits(form, {"Reason": "update"})).action == "update"
    changed = await sam.modal(title="Changed")
    assert changed.id == form.id
    assert changed.values["Reason"] == "update"


async def test_modals_stack_three_high_and_are_cleared_together(scene: Scene, sam: Person) -> None:
    await sam.says("/form")
    first = await sam.modal(title="A form")
    assert (await sam.submits(first, {"Reason": "push"})).action == "push"
    second = await sam.modal(title="On top")
    await sam.presses(second, "More")
    third = await sam.modal(title="More")
    assert [view.id for view in await sam.modals()] == [first.id, second.id, third.id]

    refused = await sam.submits(third, {"Reason": "push"}, heard=False)
    assert refused.failure == "push_limit_reached"

    assert (await sam.submits(third, {"Reason": "clear"})).action == "clear"
    await sam.no_modal()
    closed = await scene.heard.until("closed", 2)
    assert [body["view"]["id"] for body in closed] == [second.id, first.id]
    assert all(body["is_cleared"] for body in closed)


async def test_closing_the_top_modal_shows_the_one_below(scene: Scene, sam: Person) -> None:
    await sam.says("/form")
    first = await sam.modal(title="A form")
    await sam.presses(first, "More")
    await sam.closes(await sam.modal(title="More"))
    assert (await sam.modal()).id == first.id
    (closed,) = await scene.heard.until("closed")
    assert closed["is_cleared"] is False


async def test_press_in_a_modal_carries_what_was_typed_so_far(scene: Scene, sam: Person) -> None:
    await sam.says("/form")
    form = await sam.modal(title="A form")
    state = {"reason": {"text": {"type": "plain_text_input", "value": "half a sen"}}}
    await scene.client.post("press", person="sam", view_id=form.id, action_id="more", values=state)
    (pressed,) = await scene.heard.until("more")
    assert pressed["view"]["state"]["values"]["reason"]["text"]["value"] == "half a sen"
    assert pressed["container"] == {"type": "view", "view_id": form.id}
    assert "response_url" not in pressed
    await sam.modal(title="More")


async def test_home_is_drawn_when_opened(scene: Scene, sam: Person) -> None:
    home = await sam.home(containing="Home of the parrot")
    await sam.presses(home, "Squawk")
    (pressed,) = await scene.heard.until("homely")
    assert pressed["container"] == {"type": "view", "view_id": home.id}
    assert pressed["view"]["type"] == "home"

    again = await sam.home()
    assert again.hash != home.hash
    assert scene.heard.of("home")[-1]["view"]["id"] == home.id


async def test_external_select_offers_what_the_app_answers(scene: Scene, sam: Person) -> None:
    await sam.says("/form")
    form = await sam.modal(title="A form")
    offered = await sam.suggests(form, "Tenant", "tenant-a")
    assert [option.value for option in offered] == ["tenant-a"]
    (asked,) = scene.heard.of("options")
    assert asked["value"] == "tenant-a"
    assert asked["view"]["id"] == form.id
    assert await sam.suggests(form, "Tenant", "") == []

    with pytest.raises(AssertionError, match=r"For 'tenant-x', 'tenant' offers \[\]"):
        await sam.submits(form, {"Reason": "x", "Tenant": "tenant-x"})


async def test_shortcuts_work_on_messages_and_from_anywhere(scene: Scene, sam: Person) -> None:
    said = await sam.says("Polly wants a cracker")
    olga = await scene.client.person("olga")
    message = await olga.sees(containing="Polly")
    await olga.shortcut(message, "repeat")
    assert (await sam.sees(thread=said)).text == "Polly wants a cracker"
    (used,) = scene.heard.of("shortcut")
    assert used["type"] == "message_action"
    assert used["message"]["text"] == "Polly wants a cracker"
    assert (used["message_ts"], used["message"]["user"], used["user"]["id"]) == (said.ts, "U0SAM", "U0OLGA")
    assert used["channel"]["name"] == "backend-support"

    await sam.shortcut(None, "open_form")
    await sam.modal(title="A form")
