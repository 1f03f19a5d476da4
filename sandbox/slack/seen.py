"""What a person sees in the workspace, as objects that tests can ask."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.slack.blocks import elements_of, options_of
from sandbox.slack.plain_words import Names, read_blocks, readable, shown_text

Json = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Something with blocks. `all_text` is every text in them as a person reads it."""

    blocks: list[Json]
    names: Names = field(repr=False)

    @property
    def all_text(self) -> str:
        """Every text in the blocks, line by line, as a person reads it."""
        return read_blocks(self.blocks, self.names)

    @property
    def elements(self) -> list[tuple[Json, Json]]:
        """Everything that can be pressed, chosen or filled in, with the block that it is in."""
        return [(block, element) for block in self.blocks for _, element in elements_of(block)]

    @property
    def buttons(self) -> list[str]:
        """The texts of the buttons, in order."""
        return [element["text"]["text"] for _, element in self.elements if element["type"] == "button"]

    @property
    def choices(self) -> list[str]:
        """The texts of what overflow menus and selects offer, in order."""
        return [
            shown_text(option["text"], self.names) for _, element in self.elements for option in options_of(element)
        ]

    def address(self) -> Json:
        """How the control API is told that this is meant."""
        raise NotImplementedError

    def described(self) -> str:
        """This, for a failure message."""
        return _indented(self.all_text)


@dataclass(frozen=True)
class SeenMessage(Place):
    """A message as a person sees it. `text` is Slack's text: the fallback, where there are blocks."""

    ts: str
    channel: str
    user: str
    text: str
    thread_ts: str | None
    reply_count: int
    files: list[Json]
    is_edited: bool
    is_ephemeral: bool
    reactions: list[str]
    by: str

    @property
    def all_text(self) -> str:
        """Every text in the blocks (the text itself where there are none), as a person reads it."""
        files = "".join(f"\n📎 {file['title']}" for file in self.files)
        return (super().all_text if self.blocks else readable(self.text, self.names)) + files

    def address(self) -> Json:
        """See Place."""
        return {"channel": self.channel, "ts": self.ts}

    def described(self) -> str:
        """See Place."""
        marks = " (only for them)" if self.is_ephemeral else ""
        return f"  {self.by}{marks}, {self.ts}:\n{_indented(self.all_text)}"


@dataclass(frozen=True)
class SeenView(Place):
    """A modal or an App Home as a person sees it; `errors` are sentences by block id."""

    id: str
    type: str
    title: str
    hash: str
    submit: str | None
    callback_id: str
    state: dict[str, Any]
    errors: dict[str, str]

    @property
    def is_waiting(self) -> bool:
        """Whether it only asks for a moment, until the app has put together what it is to show."""
        return len(self.blocks) == 1 and not self.elements and self.all_text.rstrip().endswith("…")

    @property
    def inputs(self) -> list[str]:
        """The labels of the inputs, in order."""
        return [block["label"]["text"] for block in self.blocks if block["type"] == "input"]

    @property
    def values(self) -> dict[str, Any]:
        """What the inputs hold now: a text, an option's value, a list of them, … by label."""
        held = {}
        for block in self.blocks:
            if block["type"] == "input":
                state = self.state[block["block_id"]][block["element"]["action_id"]]
                held[block["label"]["text"]] = _value_in(state)
        return held

    def address(self) -> Json:
        """See Place."""
        return {"view_id": self.id}

    def described(self) -> str:
        """See Place."""
        errors = "".join(f"\n    ! {block_id}: {text}" for block_id, text in self.errors.items())
        return f"  {self.type} {self.title!r}:\n{_indented(self.all_text)}{errors}"


@dataclass(frozen=True)
class Said:
    """What came of something that a person did. `ts` is the message's, or the moment when the command was sent."""

    ts: str
    channel: str
    kind: str
    is_acknowledged: bool
    failure: str = ""


@dataclass(frozen=True)
class Submitted:
    """What came of a form: `action` is `errors`, `update`, `push`, `clear` or None (it closed); errors by label."""

    action: str | None
    errors: dict[str, str]
    is_acknowledged: bool
    failure: str = ""


@dataclass(frozen=True)
class Suggestion:
    """One option that an external select offers."""

    text: str
    value: str
    option: Json = field(repr=False)


def message_from(shown: Json, names: Names) -> SeenMessage:
    """The message out of the control API's answer."""
    return SeenMessage(
        blocks=shown["blocks"] or [],
        names=names,
        ts=shown["ts"],
        channel=shown["channel"],
        user=shown["user"],
        text=shown["text"],
        thread_ts=shown["thread_ts"],
        reply_count=shown["reply_count"],
        files=shown["files"],
        is_edited=shown["edited"],
        is_ephemeral=shown["ephemeral"],
        reactions=[reaction["name"] for reaction in shown["reactions"]],
        by=shown.get("username") or names(shown["user"]),
    )


def view_from(shown: Json, names: Names) -> SeenView:
    """The view out of the control API's answer."""
    return SeenView(
        blocks=shown["blocks"],
        names=names,
        id=shown["id"],
        type=shown["type"],
        title=shown["title"]["text"] if shown["type"] == "modal" else "App Home",
        hash=shown["hash"],
        submit=(shown.get("submit") or {}).get("text"),
        callback_id=shown["callback_id"],
        state=shown["state"]["values"],
        errors=shown["errors"],
    )


def _value_in(state: Json) -> Any:
    if "selected_options" in state:
        return [option["value"] for option in state["selected_options"]]
    if "selected_option" in state:
        return (state["selected_option"] or {}).get("value")
    return next((value for name, value in state.items() if name != "type"), None)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines()) or "    (nothing)"
