"""A whole conversation with a Bolt app over Socket Mode: command, message, button, modal, form, home."""

from sandbox.slack.acting import Person
from tests.sandbox.slack.conftest import Scene
from tests.sandbox.slack.parrot import until


async def test_command_is_answered_with_a_message_that_can_be_pressed_and_redrawn(scene: Scene, sam: Person) -> None:
    said = await sam.says("/echo hello <world>")

    message = await sam.sees(containing="You said hello <world>", after=said)
    assert message.buttons == ["Shout", "Open form"]
    assert message.text == "You said hello &lt;world&gt;"

    await sam.presses(message, "Shout")
    shouted = await sam.watches(message, containing="HELLO")
    assert shouted.buttons == []


async def test_form_is_opened_refused_and_sent(scene: Scene, sam: Person) -> None:
    await sam.says("/form")
    form = await sam.modal(title="A form")
    assert form.inputs == ["Reason", "Tenant"]

    assert (await sam.submits(form)).errors == {"Reason": "Please complete this required field."}
    assert (await sam.submits(form, {"Reason": "because"})).errors == {"Reason": "Say more than that."}
    assert (await sam.modal()).values["Reason"] == "because"

    sent = await sam.submits(form, {"Reason": "it is broken", "Tenant": "tenant-b"})
    assert sent.action is None
    await sam.no_modal()
    assert (await sam.sees_directly(containing="Reason: it is broken")).by == "parrot"
    submission = (await until(scene.heard, "form", 2))[-1]
    assert submission["view"]["private_metadata"] == "kept"
    assert submission["view"]["state"]["values"]["tenant"]["tenant"]["selected_option"]["value"] == "tenant-b"


async def test_home_is_drawn_when_opened(scene: Scene, sam: Person) -> None:
    home = await sam.home(containing="Home of the parrot")
    await sam.presses(home, "Squawk")
    (pressed,) = await until(scene.heard, "homely")
    assert pressed["container"] == {"type": "view", "view_id": home.id}
    assert pressed["view"]["type"] == "home"
