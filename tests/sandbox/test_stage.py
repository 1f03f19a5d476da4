"""The panel of several systems: their faults do not get into each other's way."""

import pytest

from sandbox.breakable import ShownFault
from sandbox.stage import Panel


class Machine:
    """A system with a fault that others have as well."""

    def __init__(self, name: str) -> None:
        self.name, self.title, self.is_down = name, name.title(), False

    async def panel(self) -> list[ShownFault]:
        """See Breakable."""
        return [
            ShownFault("down", "It is down", "/diagnose it", self.is_down, "Away"),
            ShownFault("slow", "It is slow", "/diagnose it", broken=False, group="Slow"),
        ]

    async def set(self, name: str, broken: bool) -> None:
        """See Breakable."""
        if name != "down":
            raise KeyError(name)
        self.is_down = broken


async def test_faults_of_several_systems() -> None:
    mill, press = Machine("mill"), Machine("press")
    panel = Panel(mill, press)
    groups = await panel.faults()
    assert [(one.system, one.name) for one in groups] == [
        ("Mill", "Away"), ("Mill", "Slow"), ("Press", "Away"), ("Press", "Slow")
    ]  # fmt: skip
    await panel.set(groups[2].faults[0].name, broken=True)
    assert (mill.is_down, press.is_down) == (False, True)
    assert [one.broken for group in await panel.faults() for one in group.faults] == [False, False, True, False]
    for name in ("press/nonsense", "nobody/down", "down"):
        with pytest.raises(KeyError):
            await panel.set(name, broken=True)
