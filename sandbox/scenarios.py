"""What is to be found when a system of the sandbox is broken: one line for each way, and what else must hold of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Scenario:
    """One fault with what is to be found; `first_in_tree` where the whole tree rightly names another cause first."""

    fault: str  # empty: nothing is broken, the inputs make it
    runbook: str
    cause: str
    remedies: tuple[str, ...] = ()
    first_in_tree: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)  # empty: those that the ground asks with
    rightly: Mapping[str, str] = field(default_factory=dict)  # what makes of these inputs such that nothing is found
    helps: bool = True  # whether the first remedy cures it
    chosen: Mapping[str, str] = field(default_factory=dict)  # what the asker chooses for it

    @property
    def name(self) -> str:
        """The fault, or the cause that the inputs make."""
        return self.fault or self.cause

    @property
    def in_tree(self) -> str:
        """What the whole tree names first, as `runbook.cause`."""
        return self.first_in_tree or f"{self.runbook}.{self.cause}"


class Decoy(Protocol):
    """What looks like a fault and is none; placed by `break_`, and taken away by `heal`."""

    @property
    def title(self) -> str:
        """What it is."""

    @property
    def break_(self) -> Callable[[Any], Awaitable[None]]:
        """Places it in the world of its system."""

    @property
    def heal(self) -> Callable[[Any], Awaitable[None]]:
        """Takes it away."""


@dataclass(frozen=True)
class Ground:
    """A system of the sandbox, and everything that must hold of its runbooks."""

    system: str
    scenarios: Sequence[Scenario]
    outages: Mapping[str, Sequence[str]]
    """Of these nothing may be concluded by these runbooks: neither health nor a fault of the data."""
    harmless: Sequence[Decoy]
    tenants: Sequence[str]
    """Of these nothing is wrong."""
    asked: Mapping[str, str]
    """The inputs with which is looked for faults …"""
    asked_in_health: Callable[[str], Mapping[str, str]]
    """… and those for a tenant of whom nothing is wrong."""
    tree: str = ""
    """The runbook that includes all others, where there is one."""
