"""What a fault is: a way to break one thing, its exact inverse, and a look at whether it is broken now."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sandbox.gate import Passage
from sandbox.zenamanage.product import Behaviour
from sandbox.zenamanage.sessions import Kind, Row
from sandbox.zenamanage.sockets import SocketServer
from sandbox.zenamanage.world import World

Deed = Callable[[World], Awaitable[None]]
Look = Callable[[World], Awaitable[bool]]


@dataclass(frozen=True)
class Fault:
    """One thing that can be broken; both deeds may be done again and again.

    `is_there` looks at the product itself, so a fault that somebody cured by other means counts as cured. `only_on`
    is the database that alone can show it.
    """

    name: str
    title: str
    hint: str
    break_: Deed
    heal: Deed
    is_there: Look
    only_on: Kind | None = None
    is_shown: bool = True
    """False for what leaves nothing to ask about: whoever types its name is told that there is no such thing."""


def behaving(name: str, title: str, hint: str, **changes: Any) -> Fault:
    """The product behaves otherwise than it should."""
    return _attributes(name, title, hint, lambda world: world.product.behaviour, Behaviour(), changes)


def socket_behaving(name: str, title: str, hint: str, **changes: Any) -> Fault:
    """The WebSocket server behaves otherwise than it should."""
    return _attributes(name, title, hint, lambda world: world.sockets, SocketServer(""), changes)


def setting(name: str, title: str, hint: str, key: str, value: str) -> Fault:
    """A line of `.env` is wrong."""

    async def break_(world: World) -> None:
        await world.product.folder.set(key, value)

    async def heal(world: World) -> None:
        if await is_there(world):
            await world.product.folder.set(key)

    async def is_there(world: World) -> bool:
        return world.product.folder.settings[key] == value

    return Fault(name, title, hint, break_, heal, is_there)


def shut(name: str, title: str, hint: str, gate: str, passage: Passage = Passage.REFUSED) -> Fault:
    """A server is not to be had; `is_running` of the WebSocket server tells its own side of it."""

    async def break_(world: World) -> None:
        await world.gates[gate].set(passage)
        if gate == "socket":
            world.sockets.is_running = False

    async def heal(world: World) -> None:
        if await is_there(world):  # in this way: another outage of the same server is another fault
            await world.gates[gate].set(Passage.OPEN)
            if gate == "socket":
                world.sockets.is_running = True

    async def is_there(world: World) -> bool:
        # With a health endpoint that lies about it, it is another fault.
        return world.gates[gate].passage is passage and world.product.behaviour.health_says != "up"

    return Fault(name, title, hint, break_, heal, is_there)


def column(name: str, title: str, hint: str, table: str, id: str, *, broken: Row, whole: Row) -> Fault:
    """A row has other values than it should have."""
    first = next(iter(broken))

    async def break_(world: World) -> None:
        await _set(world, broken)

    async def heal(world: World) -> None:
        if await is_there(world):
            await _set(world, whole)

    async def is_there(world: World) -> bool:
        found = await world.rows(f"SELECT {first} AS value FROM {table} WHERE id = %s", id)
        return bool(found) and bool(found[0]["value"] == broken[first])

    async def _set(world: World, values: Row) -> None:
        places = ", ".join(f"{one} = %s" for one in values)
        async with world.unchecked():
            await world.change(f"UPDATE {table} SET {places} WHERE id = %s", *values.values(), id)

    return Fault(name, title, hint, break_, heal, is_there)


def lying(name: str, title: str, hint: str, gate: str) -> Fault:
    """A server refuses connections, and the health endpoint says that all is well."""
    down = shut(name, title, hint, gate)

    async def break_(world: World) -> None:
        await down.break_(world)
        world.product.behaviour.health_says = "up"

    async def heal(world: World) -> None:
        if await is_there(world):
            world.product.behaviour.health_says = ""
            await down.heal(world)

    async def is_there(world: World) -> bool:
        return world.product.behaviour.health_says == "up" and world.gates[gate].passage is Passage.REFUSED

    return Fault(name, title, hint, break_, heal, is_there)


def _attributes(
    name: str, title: str, hint: str, of: Callable[[World], Any], whole: Any, changes: dict[str, Any]
) -> Fault:
    async def break_(world: World) -> None:
        for attribute, value in changes.items():
            setattr(of(world), attribute, value.copy() if isinstance(value, (dict, set)) else value)

    async def heal(world: World) -> None:
        if await is_there(world):
            for attribute in changes:
                value = getattr(whole, attribute)
                setattr(of(world), attribute, value.copy() if isinstance(value, (dict, set)) else value)

    async def is_there(world: World) -> bool:
        return all(getattr(of(world), attribute) == value for attribute, value in changes.items())

    return Fault(name, title, hint, break_, heal, is_there)
