"""Faults that are to be seen in the log of the API."""

from datetime import timedelta

from sandbox.aiops.faults.fault import Fault
from sandbox.aiops.seed import ABC
from sandbox.aiops.world import World

_TIMES = 12


async def _break_costs(world: World) -> None:
    if await _are_costs_broken(world):
        return
    world.service.behaviour.costs_fail = True
    for number in range(_TIMES):
        try:
            await world.service.costs(ABC)
        except LookupError as problem:
            at = world.clock() - timedelta(minutes=4 * (_TIMES - number))
            await world.service.log.write("ERROR", "api", "GET /api/v1/metrics/costs failed", problem, at)


async def _mend_costs(world: World) -> None:
    if await _are_costs_broken(world):
        world.service.behaviour.costs_fail = False
        await world.service.log.begin()


async def _are_costs_broken(world: World) -> bool:
    return world.service.behaviour.costs_fail


ERROR_FAULTS = (
    Fault("costs-fail", "The page with the costs of Abc Logistics ends in an error",
          "/diagnose api-errors", _break_costs, _mend_costs, _are_costs_broken),
)  # fmt: skip
