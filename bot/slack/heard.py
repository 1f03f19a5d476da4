"""What Slack delivers, read into one shape: who, where, which handler, with what."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.model.people import Person
from bot.model.talk import Call, Kind, Place
from bot.slack.paper import texts_of

Body = Mapping[str, Any]

_LINK = re.compile(r"<(?:mailto:|https?://)[^<>|]*\|([^<>]*)>|<(https?://[^<>|]*|mailto:[^<>|]*)>")
_LONGEST = 8_000  # characters of a message that a shortcut is about
_CHANGED_NAMES = frozenset({"directmessage", "privategroup", "mpdm"})


@dataclass(frozen=True)
class Heard:
    """One delivery. `name` is the word, button, form or shortcut; `modal` is the view that it came from, if any."""

    kind: Kind
    name: str
    user: str
    place: Place
    delivery: str
    text: str = ""
    subject: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    trigger: str = ""
    response_url: str = ""
    modal: str = ""
    is_home: bool = False
    is_ephemeral: bool = False
    opens_form: bool = False  # a modal is expected, whatever the handler is

    def call(self, person: Person) -> Call:
        """What a handler is given."""
        return Call(
            person=person, kind=self.kind, place=self.place, delivery=self.delivery, text=self.text,
            subject=self.subject, values=self.values, message=self.message,
        )  # fmt: skip


def readable(body: Any) -> Any:
    """The same without halves of characters, which JSON can spell and nothing else can hold."""
    if isinstance(body, str):
        return body if body.isascii() else body.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(body, Mapping):
        return {readable(name): readable(value) for name, value in body.items()}
    return [readable(one) for one in body] if isinstance(body, list) else body


def command(body: Body, aliases: Mapping[str, str]) -> Heard:
    """A slash command: `/backstop word …`, or an alias of a word."""
    text = _unlinked(str(body.get("text") or "")).strip()
    name = aliases.get(str(body["command"]), "")
    if not name:
        name, text = first_word(text)
    return Heard(
        kind=Kind.COMMAND, name=name, user=str(body["user_id"]), text=text, delivery=f"command {body['trigger_id']}",
        place=_place(str(body["channel_id"]), str(body.get("channel_name") or "")), trigger=str(body["trigger_id"]),
        response_url=str(body.get("response_url") or ""),
    )  # fmt: skip


def mention(body: Body) -> Heard:
    """A message that mentions the bot, or a direct message to it."""
    event = body["event"]
    text = str(event.get("text") or "")
    for authorization in body.get("authorizations") or []:
        text = text.replace(f"<@{authorization.get('user_id')}>", " ")
    name, rest = first_word(_unlinked(text).strip())
    return Heard(
        kind=Kind.MENTION, name=name, user=str(event["user"]), text=rest, delivery=f"event {body['event_id']}",
        place=_place(str(event["channel"]), thread=str(event.get("thread_ts") or "")), message=str(event["ts"]),
    )  # fmt: skip


def home(body: Body) -> Heard:
    """App Home, opened."""
    return Heard(
        kind=Kind.HOME, name="home", user=str(body["event"]["user"]), delivery=f"event {body['event_id']}",
        place=Place(channel=""), is_home=True,
    )  # fmt: skip


def press(body: Body) -> Heard:
    """A button, or an entry of a menu, in a message, a modal or App Home."""
    action, container = body["actions"][0], body.get("container") or {}
    if action.get("type") == "overflow":
        name, _, subject = str(action["selected_option"]["value"]).partition(" ")
    else:
        name, subject = str(action["action_id"]).partition(":")[0], str(action.get("value") or "")
    view = body.get("view") or {}
    channel = body.get("channel") or {}
    place = _place(str(channel.get("id") or ""), str(channel.get("name") or ""), str(container.get("thread_ts") or ""))
    is_modal = view.get("type") == "modal"
    held = metadata(view) if is_modal else {}
    from_ts = container.get("message_ts") or view.get("id") or ""
    return Heard(
        kind=Kind.PRESS, name=name, subject=subject, user=str(body["user"]["id"]),
        place=placed(held) if is_modal else place, trigger=str(body.get("trigger_id") or ""),
        delivery=f"press {from_ts} {action.get('action_ts')} {body['user']['id']}",
        message=str(container.get("message_ts") or ""), response_url=str(body.get("response_url") or ""),
        modal=str(view["id"]) if is_modal else "", is_home=view.get("type") == "home" or bool(held.get("home")),
        is_ephemeral=bool(container.get("is_ephemeral")),
    )  # fmt: skip


def shortcut(body: Body) -> Heard:
    """A shortcut on a message, or a global one."""
    message, channel = body.get("message") or {}, body.get("channel") or {}
    text = str(message.get("text") or "") or " ".join(texts_of(message.get("blocks") or []))
    place = _place(str(channel.get("id") or ""), str(channel.get("name") or ""), str(message.get("thread_ts") or ""))
    return Heard(
        kind=Kind.SHORTCUT, name=str(body["callback_id"]), user=str(body["user"]["id"]), place=place,
        delivery=f"shortcut {body.get('action_ts')} {body['trigger_id']}", text=_unlinked(text)[:_LONGEST],
        message=str(body.get("message_ts") or ""), trigger=str(body["trigger_id"]),
        response_url=str(body.get("response_url") or ""),
    )  # fmt: skip


def submission(body: Body) -> Heard:
    """A form that was sent off."""
    view = body["view"]
    held = metadata(view)
    return Heard(
        kind=Kind.FORM, name=str(view["callback_id"]), user=str(body["user"]["id"]), place=placed(held),
        delivery=f"form {view['id']} {view.get('hash')}", subject=str(held.get("memo") or ""), values=values(view),
        message=str(held.get("message") or ""), trigger=str(body.get("trigger_id") or ""), modal=str(view["id"]),
        is_home=bool(held.get("home")),
    )  # fmt: skip


def values(view: Body) -> dict[str, str]:
    """What stands in the fields of a form, by the field's name; what was left empty is left out."""
    found = {}
    for block_id, elements in ((view.get("state") or {}).get("values") or {}).items():
        for state in elements.values():
            chosen = state.get("selected_option") or {}
            value = chosen.get("value") if "selected_option" in state else state.get("value")
            if state.get("type") == "file_input":
                value = ",".join(str(one["id"]) for one in state.get("files") or ())
            if value is not None and str(value).strip():
                found[str(block_id).partition("|")[0]] = str(value).strip()
    return found


def metadata(view: Body) -> dict[str, Any]:
    """What a form of ours carries; empty for what is not ours."""
    try:
        held = json.loads(str(view.get("private_metadata") or "{}"))
    except json.JSONDecodeError:
        return {}
    return held if isinstance(held, dict) else {}


def packed(heard: Heard) -> dict[str, Any]:
    """Where something was said, for a form to carry."""
    place = heard.place
    held = {"channel": place.channel, "name": place.channel_name, "thread": place.thread, "message": heard.message}
    return {name: value for name, value in {**held, "home": heard.is_home}.items() if value}


def placed(held: Mapping[str, Any]) -> Place:
    """The place that a form carried."""
    return _place(str(held.get("channel") or ""), str(held.get("name") or ""), str(held.get("thread") or ""))


def first_word(text: str) -> tuple[str, str]:
    """The command word in small letters, and the rest."""
    word, *rest = text.split(maxsplit=1) or [""]
    return word.lower(), rest[0] if rest else ""


def _place(channel: str, name: str = "", thread: str = "") -> Place:
    return Place(channel=channel, channel_name="" if name in _CHANGED_NAMES else name, thread=thread)


def _unlinked(text: str) -> str:
    """The text as it was typed: Slack turns addresses into links, and escapes three characters."""
    text = _LINK.sub(lambda match: match[1] or match[2].removeprefix("mailto:"), text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
