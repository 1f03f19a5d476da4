"""A small app, written with Bolt as any app is, that the tests put into the workspace."""

import asyncio
from typing import Any

from slack_bolt.app.async_app import AsyncApp

JSON = dict[str, Any]


def plain(text: str) -> JSON:
    """A text object."""
    return {"type": "plain_text", "text": text}


FORM: JSON = {
    "type": "modal",
    "callback_id": "form",
    "title": plain("A form"),
    "submit": plain("Send"),
    "notify_on_close": True,
    "private_metadata": "kept",
    "blocks": [
        {
            "type": "input",
            "block_id": "reason",
            "label": plain("Reason"),
            "element": {"type": "plain_text_input", "action_id": "text"},
        },
        {
            "type": "input",
            "block_id": "tenant",
            "optional": True,
            "label": plain("Tenant"),
            "element": {"type": "external_select", "action_id": "tenant", "min_query_length": 1},
        },
        {
            "type": "actions",
            "block_id": "more",
            "elements": [{"type": "button", "action_id": "more", "text": plain("More"), "value": "1"}],
        },
    ],
}


def echo_blocks(text: str) -> list[JSON]:
    """A message with two buttons and a menu."""
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": f"*You said* {text}"}},
        {
            "type": "actions",
            "block_id": "again",
            "elements": [
                {"type": "button", "action_id": "shout", "text": plain("Shout"), "value": text},
                {"type": "button", "action_id": "open", "text": plain("Open form"), "value": text},
                {
                    "type": "overflow",
                    "action_id": "menu",
                    "options": [{"text": plain("Whisper"), "value": "whisper"}],
                },
            ],
        },
    ]


class Heard:
    """What the app received, by kind."""

    def __init__(self) -> None:
        self._bodies: list[tuple[str, JSON]] = []
        self._more = asyncio.Event()

    def note(self, kind: str, body: JSON) -> None:
        """Note that something came."""
        self._bodies.append((kind, body))
        self._more.set()

    def of(self, kind: str) -> list[JSON]:
        """What came of one kind, newest last."""
        return [body for name, body in self._bodies if name == kind]

    async def until(self, kind: str, times: int = 1) -> list[JSON]:
        """Wait until this kind came so many times."""
        async with asyncio.timeout(20):
            while len(self.of(kind)) < times:
                self._more.clear()
                await self._more.wait()
        return self.of(kind)

    def forget(self) -> None:
        """Begin anew."""
        self._bodies.clear()


def build_parrot(app: AsyncApp) -> Heard:
    """Put the listeners in; returns where they note what they received."""
    heard = Heard()

    @app.command("/echo")
    async def echo(ack: Any, body: JSON, client: Any) -> None:
        await ack()
        heard.note("command", body)
        await client.chat_postMessage(
            channel=body["channel_id"], text=f"You said {body['text']}", blocks=echo_blocks(body["text"])
        )

    @app.command("/form")
    async def form(ack: Any, body: JSON, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    @app.command("/whois")
    async def whois(ack: Any, body: JSON) -> None:
        heard.note("whois", body)
        await ack(f"You mean {body['text']}")

    @app.command("/silence")
    async def silence(body: JSON) -> None:
        heard.note("silence", body)

    @app.command("/crash")
    async def crash(ack: Any) -> None:
        await ack()
        raise RuntimeError("right after the acknowledgement")

    @app.action("shout")
    async def shout(ack: Any, body: JSON, client: Any) -> None:
        await ack()
        heard.note("shout", body)
        text = body["actions"][0]["value"].upper()
        await client.chat_update(channel=body["channel"]["id"], ts=body["message"]["ts"], text=text, blocks=[])

    @app.action("open")
    async def open_form(ack: Any, body: JSON, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    @app.action("menu")
    async def menu(ack: Any, body: JSON, respond: Any) -> None:
        await ack()
        heard.note("menu", body)
        await respond("psst", replace_original=False)

    @app.action("more")
    async def more(ack: Any, body: JSON, client: Any) -> None:
        await ack()
        heard.note("more", body)
        await client.views_push(trigger_id=body["trigger_id"], view={**FORM, "title": plain("More")})

    @app.options("tenant")
    async def tenants(ack: Any, body: JSON) -> None:
        heard.note("options", body)
        names = [f"tenant-{letter}" for letter in "abc"]
        options = [{"text": plain(name), "value": name} for name in names if body["value"] in name]
        await ack(options=options)

    @app.view("form")
    async def submitted(ack: Any, body: JSON, client: Any) -> None:
        heard.note("form", body)
        reason = body["view"]["state"]["values"]["reason"]["text"]["value"]
        if reason == "because":
            await ack(response_action="errors", errors={"reason": "Say more than that."})
        elif reason == "push":
            await ack(response_action="push", view={**FORM, "title": plain("On top")})
        elif reason == "clear":
            await ack(response_action="clear")
        elif reason == "update":
            await ack(response_action="update", view={**FORM, "title": plain("Changed")})
        else:
            await ack()
            await client.chat_postMessage(channel=body["user"]["id"], text=f"Reason: {reason}")

    @app.view_closed("form")
    async def closed(ack: Any, body: JSON) -> None:
        await ack()
        heard.note("closed", body)

    @app.shortcut("repeat")
    async def repeat(ack: Any, body: JSON, client: Any) -> None:
        await ack()
        heard.note("shortcut", body)
        await client.chat_postMessage(
            channel=body["channel"]["id"], thread_ts=body["message_ts"], text=body["message"]["text"]
        )

    @app.shortcut("open_form")
    async def open_globally(ack: Any, body: JSON, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    @app.event("app_mention")
    async def mentioned(body: JSON, say: Any) -> None:
        heard.note("app_mention", body)
        await say(text="You called?", thread_ts=body["event"].get("thread_ts") or body["event"]["ts"])

    @app.event("message")
    async def written(body: JSON, client: Any) -> None:
        heard.note("message", body)
        if "subtype" not in body["event"]:
            await client.chat_postMessage(channel=body["event"]["channel"], text="I am only a parrot.")

    @app.event("app_home_opened")
    async def home_opened(event: JSON, client: Any) -> None:
        heard.note("home", event)
        button = {"type": "button", "action_id": "homely", "text": plain("Squawk")}
        blocks = [
            {"type": "header", "text": plain("Home of the parrot")},
            {"type": "actions", "elements": [button]},
        ]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    @app.action("homely")
    async def homely(ack: Any, body: JSON) -> None:
        await ack()
        heard.note("homely", body)

    @app.event("member_joined_channel")
    async def joined(event: JSON) -> None:
        heard.note("joined", event)

    return heard
