"""Reads control requests: who acts, where, on what; says clearly what is wrong with one."""

import json
from typing import Any

from starlette.requests import Request

from sandbox.slack.records import Channel, Json, Message, Person, View
from sandbox.slack.refusals import ControlRefusal
from sandbox.slack.switchboard import Switchboard
from sandbox.slack.workspace import Workspace


class Wish:
    """One control request: its fields (from the body or the address), and the things that they name."""

    def __init__(self, board: Switchboard, fields: Json) -> None:
        self.board = board
        self.fields = fields

    @property
    def workspace(self) -> Workspace:
        """The workspace's state."""
        return self.board.workspace

    def get(self, name: str, default: Any = None) -> Any:
        """A field, or the default."""
        return self.fields.get(name, default)

    def required(self, name: str) -> Any:
        """A field that must be there. Raises ControlRefusal."""
        value = self.fields.get(name)
        if value is None or value == "":
            raise ControlRefusal("missing_field", f"This request needs the field {name!r}.")
        return value

    def person(self) -> Person:
        """Who acts. Raises ControlRefusal."""
        name = str(self.required("person"))
        person = self.workspace.person_named(name)
        if person is None:
            names = ", ".join(person.name for person in self.workspace.human_beings())
            raise ControlRefusal("unknown_person", f"There is no person {name!r}; there are {names}.", status=404)
        return person

    def channel(self, person: Person) -> Channel:
        """Where the person acts: a channel they are in, by id or name; `@name` for direct messages."""
        name = str(self.required("channel"))
        workspace = self.workspace
        other = workspace.person_named(name) if name.startswith("@") or name in workspace.people else None
        channel = (
            workspace.conversation_of((person.id, other.id))[0] if other is not None else workspace.channel_named(name)
        )
        if channel is None or person.id not in channel.members:
            names = ", ".join(channel.name for channel in workspace.channels_of(person.id) if not channel.is_im)
            raise ControlRefusal(
                "unknown_channel", f"{person.name} is in no channel {name!r}; only in {names}.", status=404
            )
        return channel

    def message(self, person: Person, field: str = "ts") -> Message:
        """The message that is meant, if the person can see it. Raises ControlRefusal."""
        channel = self.channel(person)
        message = channel.messages.get(str(self.required(field)))
        if message is None or message.only_for not in (None, person.id):
            raise ControlRefusal(
                "unknown_message", f"{person.name} sees no such message in {channel.name}.", status=404
            )
        return message

    def view(self, person: Person) -> View:
        """The modal that is meant: it must be the topmost of this person. Raises ControlRefusal."""
        view_id = str(self.required("view_id"))
        home = self.workspace.homes.get(person.id)
        if home is not None and home.id == view_id:
            return home
        stack = self.workspace.modals.get(person.id) or []
        if not stack or stack[-1].id != view_id:
            raise ControlRefusal("unknown_view", f"{person.name} has no modal {view_id} on top.", status=404)
        return stack[-1]

    def home(self, person: Person) -> View:
        """The person's App Home. Raises ControlRefusal when nothing was published yet."""
        home = self.workspace.homes.get(person.id)
        if home is None:
            raise ControlRefusal("no_home", f"The app has not shown {person.name} a home yet.", status=404)
        return home


async def read_wish(request: Request) -> Wish:
    """The request's fields. Raises ControlRefusal when the body is not a JSON object."""
    board: Switchboard = request.app.state.board
    if request.method == "GET":
        return Wish(board, dict(request.query_params))
    # A form or plain text could be posted here by any web page; JSON cannot without this server's consent.
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise ControlRefusal("not_json", "Requests to the control API are JSON.", status=415)
    try:
        fields = json.loads(await request.body() or b"{}")
    except json.JSONDecodeError as error:
        raise ControlRefusal("not_json", f"The body is not JSON: {error}.") from error
    if not isinstance(fields, dict):
        raise ControlRefusal("not_json", "The body must be a JSON object.")
    return Wish(board, fields)
