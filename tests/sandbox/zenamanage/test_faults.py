"""Each fault breaks one thing, and healing it undoes exactly that."""

import pytest

from sandbox.zenamanage.faults.panel import FAULTS
from sandbox.zenamanage.standin import ZenaManage

# These wait until the database tells how long something has been going on; the accuracy matrix walks them.
_SLOW = {"idle-in-transaction", "lock-waits", "long-statements"}


@pytest.mark.parametrize("name", sorted(FAULTS.keys() - _SLOW))
async def test_a_fault_is_there_alone_and_gone_when_healed(zena: ZenaManage, name: str) -> None:
    for _ in range(2):  # twice is the same as once
        await zena.faults.set(name, broken=True)
    broken = [fault.name for fault in await zena.faults.panel() if fault.broken]
    for _ in range(2):
        await zena.faults.set(name, broken=False)
    assert broken == ([name] if FAULTS[name].is_shown else [])
    assert not await FAULTS[name].is_there(zena.world)


async def test_the_panel_says_how_to_find_each_fault(zena: ZenaManage) -> None:
    shown = await zena.faults.panel()
    assert not any(fault.broken for fault in shown)
    # With MariaDB all of them.
    assert {fault.name for fault in shown} == {name for name in zena.faults.names if FAULTS[name].is_shown}
    assert all(fault.hint.startswith("/diagnose ") and fault.title and fault.group for fault in shown)
    with pytest.raises(KeyError):
        await zena.faults.set("no-such-fault", broken=True)
