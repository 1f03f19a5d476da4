"""The state of the local workspace: who and what there is, and how to find it."""

import secrets
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sandbox.slack.changes import Changes
from sandbox.slack.faults import Faults
from sandbox.slack.identifiers import Identifiers
from sandbox.slack.log import Log
from sandbox.slack.manifest import Manifest, read_manifest
from sandbox.slack.people import CHANNELS, GROUPS, PEOPLE
from sandbox.slack.rates import Pace
from sandbox.slack.records import Channel, Message, Person, StoredFile, UserGroup, View
from sandbox.slack.triggers import ResponseAddresses, Triggers

SLACKBOT = "USLACKBOT"
TEAM_ID = "T0BACKSTOP"


class Workspace:
    """One Slack team with one app installed.

    `manifest` is the app's manifest file. `clock` gives epoch seconds. `ack_seconds` is how long the app has to
    acknowledge; `retry_delays` are the seconds before each repetition of an event that was not acknowledged.
    `request_url` switches from Socket Mode to signed HTTP requests to that address. `with_demo` puts the people and
    channels of the demo in.
    """

    def __init__(
        self,
        *,
        manifest: Path,
        clock: Callable[[], float] = time.time,
        ack_seconds: float = 3.0,
        retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0),
        request_url: str | None = None,
        with_demo: bool = True,
    ) -> None:
        self.manifest: Manifest = read_manifest(manifest)
        self.clock = clock
        self.ack_seconds = ack_seconds
        self.retry_delays = retry_delays
        self.request_url = request_url
        self.address = ""
        self.ids = Identifiers(clock)
        self.changes = Changes()
        self.faults = Faults()
        self.log = Log(clock)
        self.pace = Pace(clock)
        self.triggers = Triggers(clock, self.ids)
        self.response_addresses = ResponseAddresses(clock, self.ids)

        self.team_id = TEAM_ID
        self.team_name = "Backstop Local"
        self.team_domain = "backstop-local"
        self.app_id = "A0BACKSTOP"
        self.bot_id = "B0BACKSTOP"
        self.bot_user_id = "U0BACKSTOP"
        self.bot_token = f"xoxb-local-{secrets.token_hex(12)}"
        self.app_token = f"xapp-1-{self.app_id}-local-{secrets.token_hex(12)}"
        self.signing_secret = secrets.token_hex(16)
        self.verification_token = secrets.token_hex(12)

        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self.groups: dict[str, UserGroup] = {}
        self.files: dict[str, StoredFile] = {}
        self.modals: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self._settle_apps()
        if with_demo:
            self._settle_demo()

    # Finding

    def human_beings(self) -> list[Person]:
        """Everybody who is not an app."""
        return [person for person in self.people.values() if not person.is_bot]

    def person_named(self, name: str) -> Person | None:
        """Somebody by their user id or their name (with or without `@`)."""
        wanted = name.removeprefix("@").lower()
        return self.people.get(name) or next((one for one in self.people.values() if one.name == wanted), None)

    def channel_named(self, name: str) -> Channel | None:
        """A channel by its id or its name (with or without `#`)."""
        return self.channels.get(name) or next(
            (
                channel
                for channel in self.channels.values()
                if channel.name == name.removeprefix("#") and not channel.is_im
            ),
            None,
        )

    def channels_of(self, person: str) -> list[Channel]:
        """The channels and conversations somebody is in."""
        return [channel for channel in self.channels.values() if person in channel.members]

    def message(self, channel: str, ts: str) -> Message | None:
        """One message, if it is there."""
        found = self.channels.get(channel)
        return found.messages.get(ts) if found else None

    def replies(self, channel: Channel, ts: str) -> list[Message]:
        """The replies below a message, oldest first."""
        return [message for message in channel.messages.values() if message.is_reply and message.thread_ts == ts]

    def view(self, view_id: str) -> View | None:
        """A view that somebody has before them."""
        for stack in self.modals.values():
            for view in stack:
                if view.id == view_id:
                    return view
        return next((home for home in self.homes.values() if home.id == view_id), None)

    # Arranging

    def add_person(self, name: str, real_name: str, **fields: Any) -> Person:
        """Let somebody join the team. `fields` are those of `Person`."""
        fields = {"team_id": self.team_id, "id": f"U0{name.upper()}", **fields}
        person = Person(name=name, real_name=real_name, **fields)
        self.people[person.id] = person
        self.changes.publish({"type": "workspace"})
        return person

    def add_channel(
        self, name: str, members: Iterable[str], *, creator: str = SLACKBOT, topic: str = "", is_private: bool = False
    ) -> Channel:
        """Open a channel with these members (user ids)."""
        channel = Channel(
            id=self.ids.new("C"),
            name=name,
            members=list(members),
            creator=creator,
            created=int(self.clock()),
            topic=topic,
            is_private=is_private,
        )
        self.channels[channel.id] = channel
        self.changes.publish({"type": "workspace"})
        return channel

    def conversation_of(self, members: Iterable[str]) -> tuple[Channel, bool]:
        """The direct conversation of exactly these people, and whether it was there already."""
        wanted = sorted(set(members))
        for channel in self.channels.values():
            if (channel.is_im or channel.is_mpim) and sorted(channel.members) == wanted:
                return channel, True
        is_pair = len(wanted) <= 2
        names = "--".join(self.people[member].name for member in wanted)
        channel = Channel(
            id=self.ids.new("D" if is_pair else "G"),
            name="directmessage" if is_pair else f"mpdm-{names}-1",
            members=wanted,
            creator=wanted[0],
            created=int(self.clock()),
            is_private=True,
            is_im=is_pair,
            is_mpim=not is_pair,
        )
        self.channels[channel.id] = channel
        return channel, False

    def direct_messages_of(self, person: str) -> Channel:
        """The direct conversation of somebody with the app."""
        return self.conversation_of((person, self.bot_user_id))[0]

    def add_group(self, handle: str, name: str, users: Iterable[str]) -> UserGroup:
        """Form a user group."""
        group = UserGroup(self.ids.new("S"), handle, name, list(users), int(self.clock()))
        self.groups[group.id] = group
        self.changes.publish({"type": "workspace"})
        return group

    def announce(self, channel: Channel, thread_ts: str | None = None, *, only_for: str | None = None) -> None:
        """Tell those who may see this channel that it changed."""
        notice = {"type": "changed", "channel": channel.id, "thread_ts": thread_ts}
        self.changes.publish(notice, [only_for] if only_for else channel.members)

    def _settle_apps(self) -> None:
        self.add_person(
            self.manifest.bot_name, self.manifest.name, id=self.bot_user_id, bot_id=self.bot_id, title="App"
        )
        self.add_person("slackbot", "Slackbot", id=SLACKBOT, bot_id="B0SLACKBOT", title="App")

    def _settle_demo(self) -> None:
        for person in PEOPLE:
            self.add_person(
                person.name,
                person.real_name,
                id=person.id,
                title=person.title,
                email=person.email,
                color=person.color,
            )
            self.direct_messages_of(person.id)
        ids = {person.name: person.id for person in PEOPLE}
        for channel in CHANNELS:
            members = [ids[name] for name in channel.members]
            if channel.has_bot:
                members.append(self.bot_user_id)
            self.add_channel(channel.name, members, creator=ids["ada"], topic=channel.topic)
        for handle, names in GROUPS.items():
            self.add_group(handle, handle.replace("-", " ").capitalize(), [ids[name] for name in names])
