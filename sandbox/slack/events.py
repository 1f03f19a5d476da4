"""Which events follow from what happens in the workspace, and what is in them."""

from collections.abc import Callable

from sandbox.slack.messages import as_slack as message_as_slack
from sandbox.slack.modals import as_slack as view_as_slack
from sandbox.slack.records import Channel, Json, Message
from sandbox.slack.text import rich_text
from sandbox.slack.workspace import Workspace

SUBSCRIPTIONS = {"im": "message.im", "mpim": "message.mpim", "public_channel": "message.channels"}
CHANNEL_TYPES = {"im": "im", "mpim": "mpim", "public_channel": "channel", "private_channel": "group"}


class Events:
    """Tells the app, through `tell`, of what it has subscribed to in its manifest and may see."""

    def __init__(self, workspace: Workspace, tell: Callable[[Json], None]) -> None:
        self._workspace = workspace
        self._tell = tell

    def message_posted(self, message: Message) -> None:
        """A message came: `message.…`, and `app_mention` if it names the app."""
        channel = self._workspace.channels[message.channel]
        if message.only_for is not None or not self._is_in(channel):
            return
        event = self._message(message)
        if self._hears(channel):
            self._tell({**event, "type": "message", "channel_type": CHANNEL_TYPES[channel.kind]})
        mention = f"<@{self._workspace.bot_user_id}>"
        if self._wants("app_mention") and mention in message.text and not message.bot_id and not channel.is_im:
            self._tell({**event, "type": "app_mention"})

    def message_changed(self, message: Message) -> None:
        """The app changed a message; Slack tells it about that too."""
        channel = self._workspace.channels[message.channel]
        if self._hears(channel) and message.only_for is None:
            ts = self._workspace.ids.ts()
            self._tell(
                {
                    "type": "message",
                    "subtype": "message_changed",
                    "message": message_as_slack(self._workspace, message),
                    "channel": channel.id,
                    "hidden": True,
                    "ts": ts,
                    "event_ts": ts,
                    "channel_type": CHANNEL_TYPES[channel.kind],
                }
            )

    def message_removed(self, message: Message) -> None:
        """A message was deleted."""
        channel = self._workspace.channels[message.channel]
        if self._hears(channel) and message.only_for is None:
            ts = self._workspace.ids.ts()
            self._tell(
                {
                    "type": "message",
                    "subtype": "message_deleted",
                    "previous_message": self._message(message),
                    "deleted_ts": message.ts,
                    "channel": channel.id,
                    "hidden": True,
                    "ts": ts,
                    "event_ts": ts,
                    "channel_type": CHANNEL_TYPES[channel.kind],
                }
            )

    def home_opened(self, person: str, tab: str = "home") -> None:
        """Somebody opened the App Home."""
        if not self._wants("app_home_opened"):
            return
        event: Json = {
            "type": "app_home_opened",
            "user": person,
            "channel": self._workspace.direct_messages_of(person).id,
            "tab": tab,
            "event_ts": self._workspace.ids.ts(),
        }
        if home := self._workspace.homes.get(person):
            event["view"] = view_as_slack(self._workspace, home)
        self._tell(event)

    def member_joined(self, channel: Channel, person: str, inviter: str | None = None) -> None:
        """Somebody joined a channel that the app is in."""
        if not self._wants("member_joined_channel") or not self._is_in(channel):
            return
        event: Json = {
            "type": "member_joined_channel",
            "user": person,
            "channel": channel.id,
            "channel_type": "G" if channel.is_private else "C",
            "team": self._workspace.team_id,
            "event_ts": self._workspace.ids.ts(),
        }
        if inviter:
            event["inviter"] = inviter
        self._tell(event)

    def _wants(self, event: str) -> bool:
        return event in self._workspace.manifest.events

    def _is_in(self, channel: Channel) -> bool:
        return self._workspace.bot_user_id in channel.members

    def _hears(self, channel: Channel) -> bool:
        return self._is_in(channel) and self._wants(SUBSCRIPTIONS.get(channel.kind, "message.groups"))

    def _message(self, message: Message) -> Json:
        event: Json = {
            **message_as_slack(self._workspace, message),
            "channel": message.channel,
            "event_ts": message.ts,
        }
        if not message.bot_id:
            event["client_msg_id"] = f"{message.channel}-{message.ts}"
            event.setdefault("blocks", rich_text(message.text))
        return event
