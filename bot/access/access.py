"""The way to every supported system: looks for probes, changes for approved requests, and who answers at all."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.access.opening import Readers
from bot.access.readers import Look, Sleep
from bot.access.secrets import Secrets
from bot.access.writers import Change, Writers
from bot.errors import BackstopError, UnknownName
from bot.model.inputs import Inputs
from bot.model.request import Permit
from bot.model.system import System
from bot.model.values import Clock

_SHORT = timedelta(seconds=10)


@dataclass(frozen=True)
class Ping:
    """Whether one connection answers, in one sentence."""

    connection: str
    is_up: bool
    says: str


@dataclass(frozen=True)
class Standing:
    """How the connections of a system answered, and when that was asked."""

    answers: tuple[Ping, ...]
    at: datetime


class Access:
    """Reaches systems by name. Connections are opened when first needed and kept until `close`."""

    def __init__(
        self, systems: Mapping[str, System], environment: Mapping[str, str], clock: Clock, sleep: Sleep = asyncio.sleep
    ) -> None:
        secrets = Secrets(environment)
        self._systems, self._clock, self._sleep = systems, clock, sleep
        self._readers = {name: Readers(system, secrets) for name, system in systems.items()}
        self._writers = {name: Writers(system, secrets) for name, system in systems.items()}
        self._known: tuple[datetime, dict[str, Standing]] | None = None
        self._asking = asyncio.Lock()  # who comes while it is asked takes the same answer

    def look(self, system: str, inputs: Inputs) -> Look:
        """A look at a system for these inputs; nothing is opened yet. Raises UnknownName."""
        if system not in self._systems:
            raise UnknownName("system", system, sorted(self._systems))
        return Look(self._systems[system], inputs, self._readers[system], self._clock, self._sleep)

    def change(self, permit: Permit, inputs: Inputs) -> Change:
        """A change of what a permit allows, and of nothing else; nothing is opened yet. Raises UnknownName."""
        look = self.look(permit.request.system, inputs)
        return Change(permit, look, self._writers[permit.request.system])

    async def health(self) -> dict[str, Standing]:
        """How every system answers, asked all at once; for a few seconds the answer is remembered."""
        async with self._asking:
            now = self._clock()
            if self._known is None or abs(now - self._known[0]) >= _SHORT:
                answers = await asyncio.gather(*(self.ping(name) for name in self._systems))
                found = {name: Standing(tuple(some), now) for name, some in zip(self._systems, answers, strict=True)}
                self._known = (now, found)
            return self._known[1]

    async def ping(self, system: str) -> list[Ping]:
        """Whether each connection of a system answers, asked all at once. Raises UnknownName."""
        if system not in self._systems:
            raise UnknownName("system", system, sorted(self._systems))
        return list(await asyncio.gather(*(self._ping(system, name) for name in self._systems[system].connections)))

    async def _ping(self, system: str, connection: str) -> Ping:
        try:
            reader = await self._readers[system].of(connection)
            return Ping(connection, True, f"{connection} {await reader.ping()}.")
        except BackstopError as problem:
            return Ping(connection, False, problem.sentence)

    async def close(self) -> None:
        """Closes every connection."""
        for readers in self._readers.values():
            await readers.close()
        for writers in self._writers.values():
            await writers.close()
