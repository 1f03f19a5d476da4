"""A small Slack app that uses what the page must be able to show: commands, confirms, modals, threads, App Home."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

Json = dict[str, Any]

MANIFEST = """
display_information: {name: Kettles}
features:
  app_home: {home_tab_enabled: true, messages_tab_enabled: true}
  bot_user: {display_name: kettles}
  slash_commands:
    - {command: /kettle, description: Look at a kettle, usage_hint: "boil | list"}
    - {command: /keep, description: Keep something warm}
    - {command: /tea, description: Make tea}
  shortcuts:
    - {callback_id: taste, name: Taste this, type: message, description: Taste a message}
settings:
  interactivity: {is_enabled: true}
  event_subscriptions: {bot_events: [app_mention, app_home_opened, message.im]}
"""

HOSTILE = "<img src=x onerror='window.wasTricked=1'><script>window.wasTricked=1</script>&amp;lt;b&amp;gt;"
KETTLES = ("Copper kettle", "Steel kettle", "Glass kettle")


def plain(text: str) -> Json:
    """A text without markup."""
    return {"type": "plain_text", "text": text}


def marked(text: str) -> Json:
    """A text with markup."""
    return {"type": "mrkdwn", "text": text}


def card(state: str) -> list[Json]:
    """The message about a kettle."""
    cells = [("Check", "Seen"), ("Water", "0.8 l"), ("Lid", state)]
    summary = f":warning: *{state}* since <!date^1700000000^{{time}}|long ago>, see `lid`"
    return [
        {"type": "header", "text": plain("Copper kettle")},
        {"type": "section", "text": marked(summary)},
        {"type": "table", "rows": [[{"type": "raw_text", "text": text} for text in row] for row in cells]},
        {
            "type": "actions",
            "elements": [
                {"type": "button", "action_id": "change", "text": plain("Change…")},
                {
                    "type": "button",
                    "action_id": "empty",
                    "text": plain("Empty it"),
                    "style": "danger",
                    "confirm": {
                        "title": plain("Empty the kettle?"),
                        "text": marked("The *water* is lost."),
                        "confirm": plain("Empty"),
                        "deny": plain("Keep"),
                        "style": "danger",
                    },
                },
            ],
        },
    ]


def form(channel: str, ts: str) -> Json:
    """The modal in which a kettle is changed."""
    return {
        "type": "modal",
        "callback_id": "changed",
        "private_metadata": f"{channel} {ts}",
        "title": plain("Change kettle"),
        "submit": plain("Change"),
        "blocks": [
            {
                "type": "input",
                "block_id": "kettle",
                "label": plain("Kettle"),
                "element": {"type": "external_select", "action_id": "kettle", "min_query_length": 0},
            },
            {
                "type": "input",
                "block_id": "reason",
                "label": plain("Reason"),
                "element": {"type": "plain_text_input", "action_id": "reason", "multiline": True},
            },
        ],
    }


def inputs() -> Json:
    """A modal with every kind of input."""
    options = [{"text": plain(text), "value": text} for text in ("Green", "Black", "White")]
    elements: list[Json] = [
        {"type": "plain_text_input", "action_id": "Name"},
        {"type": "email_text_input", "action_id": "Address"},
        {"type": "number_input", "action_id": "Cups", "is_decimal_allowed": False, "max_value": "9"},
        {"type": "datepicker", "action_id": "Day"},
        {"type": "datetimepicker", "action_id": "Moment"},
        {"type": "static_select", "action_id": "Tea", "options": options},
        {"type": "multi_static_select", "action_id": "Mix", "options": options},
        {"type": "users_select", "action_id": "Guest"},
        {"type": "radio_buttons", "action_id": "Strength", "options": options},
        {"type": "checkboxes", "action_id": "Extras", "options": options, "initial_options": options[:1]},
        {"type": "file_input", "action_id": "Recipe"},
    ]
    blocks = [
        {"type": "input", "block_id": element["action_id"], "label": plain(element["action_id"]), "element": element}
        for element in elements
    ]
    return {
        "type": "modal",
        "callback_id": "kept",
        "title": plain("Everything"),
        "submit": plain("Keep"),
        "blocks": blocks,
    }


def small_app(client: AsyncWebClient, app_values: list[Json]) -> AsyncApp:
    """The app, speaking through `client`; what the modal with every kind of input sends goes to `app_values`."""
    app = AsyncApp(client=client)

    @app.command("/kettle")
    async def look(ack: AsyncAck, command: Json) -> None:
        await ack()
        blocks = card(f"open ({command['text']})")
        await client.chat_postMessage(channel=command["channel_id"], text="The lid is open.", blocks=blocks)

    @app.command("/tea")
    async def refuse(ack: AsyncAck, command: Json) -> None:
        await ack()
        await client.chat_postEphemeral(
            channel=command["channel_id"], user=command["user_id"], text="There is no tea for you."
        )

    @app.action("empty")
    async def empty(ack: AsyncAck, body: Json) -> None:
        await ack()
        await client.chat_update(
            channel=body["channel"]["id"], ts=body["message"]["ts"], text="Empty.", blocks=card("emptied")
        )

    @app.action("change")
    async def change(ack: AsyncAck, body: Json) -> None:
        await ack()
        view = form(body["channel"]["id"], body["message"]["ts"])
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    @app.command("/keep")
    async def keep(ack: AsyncAck, command: Json) -> None:
        await ack()
        await client.views_open(trigger_id=command["trigger_id"], view=inputs())

    @app.view("kept")
    async def kept(ack: AsyncAck, view: Json) -> None:
        await ack()
        app_values.append(view["state"]["values"])

    @app.options("kettle")
    async def suggest(ack: AsyncAck, payload: Json) -> None:
        typed = payload["value"].lower()
        found = [name for name in KETTLES if typed in name.lower()]
        await ack(options=[{"text": plain(name), "value": name.split()[0]} for name in found])

    @app.view("changed")
    async def changed(ack: AsyncAck, view: Json) -> None:
        values = view["state"]["values"]
        reason = values["reason"]["reason"]["value"]
        if len(reason) < 10:
            await ack(response_action="errors", errors={"reason": "Please say a little more."})
            return
        await ack()
        channel, ts = view["private_metadata"].split()
        kettle = values["kettle"]["kettle"]["selected_option"]["value"]
        await client.chat_postMessage(channel=channel, thread_ts=ts, text=f"Now {kettle}: {reason}")

    @app.shortcut("taste")
    async def taste(ack: AsyncAck, shortcut: Json) -> None:
        await ack()
        await client.chat_postMessage(
            channel=shortcut["channel"]["id"], thread_ts=shortcut["message_ts"], text="Tastes like copper."
        )

    @app.event("app_mention")
    async def answer(event: Json) -> None:
        thread = event.get("thread_ts", event["ts"])
        await client.chat_postMessage(channel=event["channel"], thread_ts=thread, text="I am *listening*.")

    @app.event("app_home_opened")
    async def opened(event: Json) -> None:
        blocks = [{"type": "section", "text": marked(f"Welcome home, <@{event['user']}>")}]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    @app.event("message")
    async def echo(event: Json) -> None:
        blocks = [
            {"type": "section", "text": plain(HOSTILE)},
            {"type": "section", "text": marked(f"*{event['text']}*")},
        ]
        await client.chat_postMessage(channel=event["channel"], text="echo", blocks=blocks)

    return app
