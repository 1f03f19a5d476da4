"""What a fault is: a way to break one thing, its exact inverse, and a look at whether it is broken now."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sandbox.aiops.world import World

Deed = Callable[[World], Awaitable[None]]


@dataclass(frozen=True)
class Fault:
    """One thing that can be broken; both deeds may be done again and again.

    `is_there` looks at the platform itself, so a fault that somebody cured by other means counts as cured.
    """

    name: str
    title: str
    hint: str
    break_: Deed
    heal: Deed
    is_there: Callable[[World], Awaitable[bool]]
