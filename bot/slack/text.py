"""The one place where text from people and systems becomes Slack markup: escaped, cleaned, and cut within limits."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import LiteralString

from bot.slack.limits import cut

_NEUTRAL = "\u2060"  # a word joiner: invisible, and no name for a mention begins with it
_SHOUTS = re.compile(r"@(?=(?:here|channel|everyone)\b)", re.IGNORECASE)
_BROKEN_END = re.compile(r"(?:&[a-z]{0,4}|<[^<>]*)$")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_LONGEST_VALUE = 2_000


class Markup(str):
    """Text that is Slack markup already; every other text is escaped before it becomes part of a message."""

    __slots__ = ()


def clean(text: str) -> str:
    """The text without control characters and without marks that turn the direction of what follows."""
    return "".join(letter for letter in text if letter == "\n" or unicodedata.category(letter) not in {"Cc", "Cf"})


def line(text: str) -> str:
    """The text on one line."""
    return " ".join(clean(text.replace("\t", " ")).split())


def escape(text: str, longest: int = _LONGEST_VALUE) -> Markup:
    """Text as it is read: nothing in it is a mention, a link or a command to Slack."""
    if isinstance(text, Markup):
        return text
    return Markup(_SHOUTS.sub(f"@{_NEUTRAL}", cut(clean(text), longest).translate(_ENTITIES)))


def mark(template: LiteralString, /, **values: object) -> Markup:
    """Markup out of a template of our own, in which `{name}` stands for an escaped value."""
    return Markup(template.format(**{name: escape(str(value)) if not isinstance(value, Markup) else value
                                     for name, value in values.items()}))  # fmt: skip


def join(between: LiteralString, parts: Iterable[str]) -> Markup:
    """The parts that are not empty, each escaped, with this between them."""
    return Markup(between.join(escape(part) for part in parts if part))


def code(text: str) -> Markup:
    """Text in the letters of a machine."""
    return Markup(f"`{escape(line(text).replace('`', 'ˋ')) or ' '}`")


def link(text: str, address: str) -> Markup:
    """Text that leads to an address."""
    return Markup(f"<{escape(address)}|{escape(line(text)).replace('|', '¦')}>")


def quote(text: str, longest: int = 300) -> Markup:
    """What a person wrote, on one line between quotation marks."""
    return Markup(f"“{escape(line(text), longest)}”")


def cut_markup(text: Markup, longest: int) -> Markup:
    """Markup within a limit, never cut inside an entity or a token."""
    if len(text) <= longest:
        return text
    return Markup(_BROKEN_END.sub("", text[: longest - 1]).rstrip() + "…")


def mention(person: str) -> Markup:
    """A person or a user group by their Slack id, so that Slack notifies them; nothing for what is no such id."""
    if re.fullmatch(r"S[A-Z0-9]{2,20}", person):
        return Markup(f"<!subteam^{person}>")
    return Markup(f"<@{person}>") if re.fullmatch(r"[UW][A-Z0-9]{2,20}", person) else Markup("")


def moment(at: datetime) -> Markup:
    """A day and time of day, shown in the reader's own zone."""
    return Markup(f"<!date^{_epoch(at)}^{{date_short_pretty}} at {{time}}|{stamp(at)}>")


def time_of_day(at: datetime) -> Markup:
    """A time of day, shown in the reader's own zone."""
    return Markup(f"<!date^{_epoch(at)}^{{time}}|{at.astimezone(UTC):%H:%M} UTC>")


def stamp(at: datetime) -> str:
    """A day and time for texts that Slack does not translate, such as tables and files."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def plural(count: int, one: LiteralString, many: str = "") -> str:
    """A number with its word: 1 key, 4,812 keys."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _epoch(at: datetime) -> int:
    return int(at.timestamp())
