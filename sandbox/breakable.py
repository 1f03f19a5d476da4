"""What every system of the sandbox offers to the panel “Break something”."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class ShownFault:
    """One fault in the words of those who suffer from it; `hint` says what to type to find it.

    `group` is the symptom that it belongs to, such as “Old numbers”; faults of a group stand together.
    """

    name: str
    title: str
    hint: str
    broken: bool
    group: str = ""


class Breakable(Protocol):
    """A system that can be broken and healed."""

    @property
    def name(self) -> str:
        """How its file in `systems/` is called."""

    @property
    def title(self) -> str:
        """How people call it."""

    async def panel(self) -> Sequence[ShownFault]:
        """Every fault, and whether it is there now."""

    async def set(self, name: str, broken: bool) -> None:
        """Break or heal one thing. Raises KeyError when there is no fault of that name."""
