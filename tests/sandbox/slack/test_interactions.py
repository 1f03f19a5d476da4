"""Presses, response addresses, ephemeral messages, triggers: what the app gets, and how long it may use it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from sandbox.slack.acting import Person
from sandbox.slack.client import Refused
from tests.sandbox.slack.conftest import Scene, parrot_scene
from tests.sandbox.slack.parrot import FORM, plain


class Clock:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        """The time that it shows."""
        return self.now


@pytest.fixture(scope="module")
async def timed_scene() -> AsyncIterator[tuple[Scene, Clock]]:
    """A workspace whose time the test decides."""
    clock = Clock()
    async with parrot_scene(clock=clock) as scene:
        yield scene, clock


async def test_press_reaches_the_app_in_slacks_shape(scene: Scene, sam: Person) -> None:
    said = await sam.says("/echo shape")
    message = await sam.sees(containing="shape", after=said)
    await sam.presses(message, "Shout")
    (body,) = await scene.heard.until("shout")
    assert body["user"] == {"id": "U0SAM", "username": "sam", "name": "sam", "team_id": scene.workspace.team_id}
    assert body["container"] == {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": False,
    }
    assert body["channel"] == {"id": message.channel, "name": "backend-support"}
    assert body["message"]["ts"] == message.ts
    assert body["message"]["bot_id"] == scene.workspace.bot_id
    assert body["message"]["blocks"][1]["block_id"] == "again"
    action = body["actions"][0]
    assert action.pop("action_ts")
    assert action == {
        "action_id": "shout",
        "block_id": "again",
        "type": "button",
        "text": plain("Shout"),
        "value": "shape",
    }
    assert body["state"] == {"values": {}}


async def test_menu_is_pressed_by_the_text_of_its_option(scene: Scene, sam: Person) -> None:
    said = await sam.says("/echo menu")
    message = await sam.sees(containing="menu", after=said)
    await sam.presses(message, "Whisper")
    whisper = await sam.sees(containing="psst", after=message)
    assert whisper.is_ephemeral
    (body,) = scene.heard.of("menu")
    assert body["actions"][0]["selected_option"]["value"] == "whisper"


async def test_button_that_is_gone_cannot_be_pressed(sam: Person) -> None:
    said = await sam.says("/echo stale")
    message = await sam.sees(containing="stale", after=said)
    await sam.presses(message, "Shout")
    await sam.watches(message, containing="STALE")
    with pytest.raises(Refused, match="There is nothing called 'shout' here; there is: none"):
        await sam.presses(message, "Shout")


@pytest.mark.usefixtures("impatience")
async def test_press_without_acknowledgement_is_told(scene: Scene, sam: Person) -> None:
    blocks = [{"type": "actions", "elements": [{"type": "button", "action_id": "unheard", "text": plain("Nobody")}]}]
    await scene.web.chat_postMessage(channel="#backend-support", text="press me", blocks=blocks)
    message = await sam.sees(containing="[Nobody]")
    with pytest.raises(AssertionError, match="sam pressed 'Nobody': operation_timeout"):
        await sam.presses(message, "Nobody")


async def test_choice_in_a_message_is_kept_in_its_state(scene: Scene, sam: Person) -> None:
    options = [{"text": plain(name), "value": name} for name in ("one", "two")]
    select = {"type": "static_select", "action_id": "menu", "options": options}
    blocks: list[dict[str, Any]] = [
        {"type": "section", "block_id": "s", "text": plain("choose"), "accessory": select},
        {
            "type": "actions",
            "block_id": "a",
            "elements": [{"type": "button", "action_id": "menu", "text": plain("Go")}],
        },
    ]
    await scene.web.chat_postMessage(channel="#backend-support", text="choose", blocks=blocks)
    message = await sam.sees(containing="choose")
    await sam.presses(message, "two")
    await sam.presses(await sam.rereads(message), "Go")
    chosen, gone = await scene.heard.until("menu", 2)
    assert chosen["actions"][0]["selected_option"] == options[1]
    assert gone["state"]["values"]["s"]["menu"]["selected_option"] == options[1]


async def test_ephemeral_message_is_replaced_only_through_its_response_address(scene: Scene, sam: Person) -> None:
    channel = scene.workspace.channel_named("backend-support")
    assert channel is not None
    blocks = [{"type": "actions", "elements": [{"type": "button", "action_id": "homely", "text": plain("Only you")}]}]
    posted = await scene.web.chat_postEphemeral(channel=channel.id, user=sam.id, text="secret", blocks=blocks)
    message = await sam.sees(containing="[Only you]")
    with pytest.raises(SlackApiError, match="message_not_found"):
        await scene.web.chat_update(channel=channel.id, ts=posted["message_ts"], text="changed")

    await sam.presses(message, "Only you")
    (body,) = await scene.heard.until("homely")
    assert body["container"]["is_ephemeral"] is True
    assert "message" not in body
    hook = AsyncWebhookClient(body["response_url"])
    await hook.send(text="replaced", replace_original=True)
    assert (await sam.rereads(message)).all_text == "replaced"
    await hook.send(text="", delete_original=True)
    assert message.ts not in [seen.ts for seen in await sam.messages()]


async def test_response_address_is_good_for_five_uses(scene: Scene, sam: Person) -> None:
    said = await sam.says("/echo url")
    (body,) = await scene.heard.until("command")
    hook = AsyncWebhookClient(body["response_url"])
    answers = [await hook.send(text=f"use {number}", response_type="in_channel") for number in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert "used_url" in answers[-1].body
    seen = await sam.sees(containing="use 4", after=said)
    assert not seen.is_ephemeral


async def test_response_address_is_good_for_thirty_minutes(timed_scene: tuple[Scene, Clock]) -> None:
    scene, clock = timed_scene
    sam = await scene.client.person("sam")
    await sam.says("/echo late")
    body = (await scene.heard.until("command"))[-1]
    hook = AsyncWebhookClient(body["response_url"])
    clock.now += 1799
    assert (await hook.send(text="in time")).status_code == 200
    clock.now += 2
    late = await hook.send(text="too late")
    assert (late.status_code, "expired_url" in late.body) == (404, True)


async def test_trigger_is_good_once_and_for_three_seconds(timed_scene: tuple[Scene, Clock]) -> None:
    scene, clock = timed_scene
    sam = await scene.client.person("sam")
    scene.heard.forget()
    await sam.says("/echo once")
    await sam.says("/echo late")
    once, late = [body["trigger_id"] for body in await scene.heard.until("command", 2)]

    with pytest.raises(SlackApiError, match="invalid_arguments"):  # a faulty view does not use the trigger up
        await scene.web.views_open(trigger_id=once, view={"type": "modal"})
    await scene.web.views_open(trigger_id=once, view=FORM)
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        await scene.web.views_open(trigger_id=once, view=FORM)
    clock.now += 3.5
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        await scene.web.views_open(trigger_id=late, view=FORM)
    with pytest.raises(SlackApiError, match="invalid_trigger_id"):
        await scene.web.views_open(trigger_id="made.up", view=FORM)


async def test_timestamps_grow_even_when_the_clock_stands(timed_scene: tuple[Scene, Clock]) -> None:
    scene, _ = timed_scene
    sam = await scene.client.person("sam")
    said = await asyncio.gather(*(sam.says(f"message {number}") for number in range(5)))
    assert len({one.ts for one in said}) == 5
    assert [message.ts for message in await sam.messages()] == sorted(message.ts for message in await sam.messages())


async def test_view_is_updated_only_with_the_right_hash(scene: Scene, sam: Person) -> None:
    await sam.says("/form")
    form = await sam.modal(title="A form")
    changed = {**FORM, "title": plain("Changed")}
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await scene.web.views_update(view_id=form.id, view=changed, hash="1.stale")
    await scene.web.views_update(view_id=form.id, view=changed, hash=form.hash)
    await sam.closes(await sam.modal(title="Changed"))
    with pytest.raises(SlackApiError, match="not_found"):
        await scene.web.views_update(view_id=form.id, view=FORM)


async def test_only_the_topmost_modal_can_be_used(sam: Person) -> None:
    await sam.says("/form")
    first = await sam.modal(title="A form")
    await sam.presses(first, "More")
    await sam.modal(title="More")
    with pytest.raises(Refused, match="sam has no modal"):
        await sam.submits(first, {"Reason": "below"})
