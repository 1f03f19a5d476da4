"""A message in Slack that shows something with state, and has to be drawn again when that state changes."""

from bot.model.talk import Subject
from bot.model.values import Value

Part = str  # card | details | notice | reminder 1, 2 … | review 1, 2 …: each a message of its own


class Drawing(Value):
    """One drawing. `wanted` counts the changes of its subject, `drawn` says which of them it shows.

    `channel` is empty until a conversation with `person` was opened; `thread_of` waits for that subject's card.
    """

    id: int
    subject: Subject
    part: Part = "card"
    channel: str = ""
    thread: str = ""
    person: str = ""
    thread_of: Subject | None = None
    ts: str = ""
    wanted: int = 1
    drawn: int = 0
    files: tuple[str, ...] = ()  # names of those that stand beside the message already
