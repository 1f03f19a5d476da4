"""What a workspace consists of, as plain records."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass
class Person:
    """A member of the workspace: a human being, a bot, or somebody of another team in a shared channel."""

    id: str
    name: str
    real_name: str
    email: str = ""
    title: str = ""
    color: str = "4a154b"
    team_id: str = ""
    bot_id: str | None = None
    deleted: bool = False
    is_restricted: bool = False

    @property
    def is_bot(self) -> bool:
        """Whether an app stands behind this user."""
        return self.bot_id is not None


@dataclass
class StoredFile:
    """An uploaded file; `key` opens it for a browser, which carries no token."""

    id: str
    name: str
    title: str
    mimetype: str
    size: int
    user: str
    key: str
    created: int
    content: bytes = b""
    is_uploaded: bool = False
    shared_in: list[str] = field(default_factory=list)


@dataclass
class Message:
    """One message, a reply, or an ephemeral message (`only_for` names who sees it)."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] | None = None
    thread_ts: str | None = None
    is_broadcast: bool = False
    bot_id: str | None = None
    username: str | None = None
    files: list[str] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    metadata: Json | None = None
    edited_ts: str | None = None
    is_edit_shown: bool = False
    only_for: str | None = None
    subtype: str | None = None
    state: dict[str, Json] = field(default_factory=dict)

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread below another message."""
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass
class Channel:
    """A channel, a private channel, or a direct conversation, with its messages in order of their time."""

    id: str
    name: str
    members: list[str]
    creator: str
    created: int
    topic: str = ""
    is_private: bool = False
    is_im: bool = False
    is_mpim: bool = False
    is_archived: bool = False
    messages: dict[str, Message] = field(default_factory=dict)
    read_until: dict[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Slack's name for the kind of conversation."""
        if self.is_im:
            return "im"
        if self.is_mpim:
            return "mpim"
        return "private_channel" if self.is_private else "public_channel"

    def other_than(self, person: str) -> str:
        """The other side of a direct conversation."""
        return next((member for member in self.members if member != person), person)


@dataclass
class UserGroup:
    """A user group such as @backend-oncall."""

    id: str
    handle: str
    name: str
    users: list[str]
    created: int


@dataclass
class View:
    """A modal or an App Home as one person has it before them. `content` is what the app sent, ids filled in."""

    id: str
    user: str
    content: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    state: dict[str, Json] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def type(self) -> str:
        """`modal` or `home`."""
        return str(self.content["type"])

    @property
    def blocks(self) -> list[Json]:
        """Its blocks, each with an id."""
        blocks: list[Json] = self.content["blocks"]
        return blocks
