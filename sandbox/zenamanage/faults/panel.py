"""All faults of the product, as the page's panel "Break something" shows and switches them."""

from sandbox.breakable import ShownFault
from sandbox.gate import Passage
from sandbox.zenamanage.faults.backlog import BACKLOG_FAULTS
from sandbox.zenamanage.faults.cache import CACHE_FAULTS
from sandbox.zenamanage.faults.connections import CONNECTION_FAULTS
from sandbox.zenamanage.faults.corruption import CORRUPTION_FAULTS
from sandbox.zenamanage.faults.fault import Fault
from sandbox.zenamanage.faults.jobs import JOB_FAULTS
from sandbox.zenamanage.faults.login import LOGIN_FAULTS
from sandbox.zenamanage.faults.logs import LOG_FAULTS
from sandbox.zenamanage.faults.numbers import NUMBER_FAULTS
from sandbox.zenamanage.faults.outages import OUTAGES
from sandbox.zenamanage.faults.queries import QUERY_FAULTS
from sandbox.zenamanage.faults.sockets import SOCKET_FAULTS
from sandbox.zenamanage.faults.speed import SPEED_FAULTS
from sandbox.zenamanage.faults.tenants import TENANT_FAULTS
from sandbox.zenamanage.world import World

FAULTS = {
    fault.name: fault
    for fault in (
        *SPEED_FAULTS, *NUMBER_FAULTS, *QUERY_FAULTS, *CONNECTION_FAULTS, *CACHE_FAULTS, *BACKLOG_FAULTS, *JOB_FAULTS,
        *SOCKET_FAULTS, *TENANT_FAULTS, *LOGIN_FAULTS, *LOG_FAULTS, *CORRUPTION_FAULTS, *OUTAGES,
    )
}  # fmt: skip

# By the runbook that finds them, in users' words.
_SYMPTOMS = {
    "dashboard-slow": "The dashboard is slow", "dashboard-wrong": "The dashboard is wrong",
    "api-slow": "Lists are slow", "api-error-rate": "Pages end in errors", "slow-queries": "The database is slow",
    "database-connections": "The database cannot be reached", "cache-hit-rate": "Little is found in the cache",
    "cache-not-working": "The cache does not work", "queue-backlog": "Jobs wait", "jobs-failing": "Jobs fail",
    "websocket-down": "No live connection", "websocket-silent": "No live messages",
    "user-sees-nothing": "A user sees nothing", "cross-tenant": "Somebody sees what is not theirs",
    "slo-violations": "Promises are broken", "cannot-log-in": "A user cannot log in",
    "errors-not-logged": "The log is silent", "data-corruption": "The data contradicts itself",
    "system-down": "Something is down",
}  # fmt: skip


class Faults:
    """Breaks and heals the product by the names of its faults."""

    name, title = "zenamanage", "ZenaManage"

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def names(self) -> tuple[str, ...]:
        """Every fault that this database can show."""
        return tuple(fault.name for fault in FAULTS.values() if self._can_show(fault))

    async def panel(self) -> tuple[ShownFault, ...]:
        """Every fault in the words of those who suffer from it, and whether it is there now."""
        shown = [
            ShownFault(
                fault.name, fault.title if self._can_show(fault) else f"{fault.title} (only with MariaDB)",
                fault.hint, await fault.is_there(self._world), _SYMPTOMS[fault.hint.split()[1]],
            )
            for fault in FAULTS.values()
            if fault.is_shown
        ]  # fmt: skip
        groups = list(dict.fromkeys(one.group for one in shown))
        return tuple(sorted(shown, key=lambda one: groups.index(one.group)))

    async def set(self, name: str, broken: bool) -> None:
        """Break or heal one thing. Raises KeyError when there is no fault of that name."""
        await (self.break_(name) if broken else self.heal(name))

    async def break_(self, name: str) -> None:
        """Break one thing; nothing happens if it is broken already, or if this database cannot show it."""
        fault = FAULTS[name]
        if self._can_show(fault):
            await fault.break_(self._world)

    async def heal(self, name: str) -> None:
        """Undo what `break_` did; nothing happens if it is whole."""
        fault = FAULTS[name]
        if await fault.is_there(self._world):
            await fault.heal(self._world)
            await self._world.settle()

    def can_show(self, name: str) -> bool:
        """Whether this database can show it; of no fault at all it can."""
        return not name or self._can_show(FAULTS[name])

    async def heal_all(self) -> None:
        """Make everything whole."""
        for name in FAULTS:
            await self.heal(name)

    async def let_go(self) -> None:
        """Let everybody through again, and end what faults hold open."""
        for gate in self._world.gates.values():
            await gate.set(Passage.OPEN)
        for name in {*self._world.held, *self._world.tasks}:
            await self._world.drop(name)

    def _can_show(self, fault: Fault) -> bool:
        return fault.only_on in (None, self._world.kind)
