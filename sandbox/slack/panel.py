"""What the page's panel "Break something" needs from whoever runs the broken systems."""

from dataclasses import asdict, dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Fault:
    """One thing that can be broken, in the words of those who suffer from it; `hint` says what to type to find it."""

    name: str
    title: str
    hint: str
    broken: bool


@dataclass(frozen=True)
class FaultGroup:
    """The faults of one symptom; `system` is whose they are, where there are several systems."""

    name: str
    faults: tuple[Fault, ...]
    system: str = ""

    def as_json(self) -> dict[str, Any]:
        """As the control API shows it."""
        return asdict(self)


class Panel(Protocol):
    """Breaks and heals the systems that the demo supports."""

    async def faults(self) -> list[FaultGroup]:
        """Every fault, and whether it is there now."""

    async def set(self, name: str, broken: bool) -> None:
        """Break or heal one thing. Raises KeyError when there is no fault of that name."""
