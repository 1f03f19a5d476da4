"""All faults of the platform, as the page's panel "Break something" shows and switches them."""

from sandbox.aiops.faults.agents import AGENT_FAULTS
from sandbox.aiops.faults.cache import CACHE_FAULTS
from sandbox.aiops.faults.errors import ERROR_FAULTS
from sandbox.aiops.faults.executions import EXECUTION_FAULTS
from sandbox.aiops.faults.fault import Fault
from sandbox.aiops.faults.isolation import ISOLATION_FAULTS
from sandbox.aiops.faults.outages import OUTAGES
from sandbox.aiops.faults.roles import ROLE_FAULTS
from sandbox.aiops.world import World
from sandbox.breakable import ShownFault
from sandbox.gate import Passage

_FAULTS = {
    fault.name: fault
    for fault in (
        *CACHE_FAULTS, *ROLE_FAULTS, *AGENT_FAULTS, *ISOLATION_FAULTS, *EXECUTION_FAULTS, *ERROR_FAULTS, *OUTAGES,
    )
}  # fmt: skip


# By the runbook that finds them, in users' words; what is down is found by every runbook.
_SYMPTOMS = {
    "stale-data": "Old numbers", "permission-denied": "Access denied", "missing-data": "Agents are missing",
    "ui-discrepancy": "The two UIs differ", "missing-executions": "Runs are missing, or wait, or fail",
    "data-consistency": "The data contradicts itself", "api-errors": "Pages end in errors",
}  # fmt: skip
_DOWN = {fault.name for fault in OUTAGES}


class Faults:
    """Breaks and heals the platform by the names of its faults."""

    name, title = "aiops", "AI agents platform"

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def names(self) -> tuple[str, ...]:
        """Every fault."""
        return tuple(_FAULTS)

    async def panel(self) -> tuple[ShownFault, ...]:
        """Every fault in the words of those who suffer from it, and whether it is there now."""
        shown = [
            ShownFault(fault.name, fault.title, fault.hint, await fault.is_there(self._world), group_of(fault))
            for fault in _FAULTS.values()
        ]
        groups = list(dict.fromkeys(one.group for one in shown))
        return tuple(sorted(shown, key=lambda one: groups.index(one.group)))

    async def set(self, name: str, broken: bool) -> None:
        """Break or heal one thing. Raises KeyError when there is no fault of that name."""
        await (self.break_(name) if broken else self.heal(name))

    async def break_(self, name: str) -> None:
        """Break one thing; nothing happens if it is broken already."""
        await _FAULTS[name].break_(self._world)

    async def heal(self, name: str) -> None:
        """Undo what `break_` did; nothing happens if it is whole."""
        await _FAULTS[name].heal(self._world)

    async def heal_all(self) -> None:
        """Make everything whole."""
        for fault in _FAULTS.values():
            await fault.heal(self._world)

    async def open_gates(self) -> None:
        """Let everybody through again."""
        for gate in self._world.gates.values():
            await gate.set(Passage.OPEN)


def group_of(fault: Fault) -> str:
    """The symptom under which the panel shows a fault. Raises KeyError for a runbook that has none yet."""
    return "Something is down" if fault.name in _DOWN else _SYMPTOMS[fault.hint.split()[1]]
