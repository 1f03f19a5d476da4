"""Faults of the dashboard's numbers: what is cached, or remembered, is old."""

import json
from datetime import timedelta

from sandbox.zenamanage.faults.fault import Fault
from sandbox.zenamanage.product import kpi_key
from sandbox.zenamanage.seed import ACME
from sandbox.zenamanage.sessions import Row
from sandbox.zenamanage.world import World

_HINT = f"/diagnose dashboard-wrong tenant={ACME.slug}"
_KEY = kpi_key(ACME.id)
_AGREED = 60


async def _numbers(world: World, *, age: timedelta, fewer: int = 0, fewer_tasks: int = 0) -> Row:
    """The numbers as they were `age` ago, when there were so many projects and tasks fewer."""
    numbers = await world.product.compute(world.database, ACME.id)
    numbers["projects"] -= fewer
    numbers["open_tasks"] -= fewer_tasks
    numbers["generated_at"] = f"{world.clock() - age:%Y-%m-%dT%H:%M:%SZ}"
    return numbers


async def _write(world: World, seconds: int | None, *, age: timedelta, fewer: int = 0, fewer_tasks: int = 0) -> None:
    async with world.product.caching:
        numbers = await _numbers(world, age=age, fewer=fewer, fewer_tasks=fewer_tasks)
        await world.cache.set(_KEY, json.dumps(numbers), ex=seconds)


async def _forget(world: World) -> None:
    async with world.product.forgetting(ACME.id):
        pass


async def _is_equal(world: World, number: str) -> bool:
    cached = json.loads(await world.cache.get(_KEY) or b"{}")
    return bool(cached.get(number) == (await world.product.compute(world.database, ACME.id))[number])


async def _keep_for_ever(world: World) -> None:
    await _write(world, None, age=timedelta(hours=5), fewer=3)


async def _is_kept_for_ever(world: World) -> bool:
    return bool(await world.cache.ttl(_KEY) == -1)


async def _fall_behind(world: World) -> None:
    await _write(world, 1500, age=timedelta(minutes=35), fewer=3)


async def _is_behind(world: World) -> bool:
    return await _is_kept(world) and not await _is_equal(world, "projects")


async def _is_kept(world: World) -> bool:
    return bool(await world.cache.ttl(_KEY) > _AGREED)


async def _fall_behind_in_tasks(world: World) -> None:
    await _write(world, 1500, age=timedelta(minutes=35), fewer_tasks=12)


async def _is_behind_in_tasks(world: World) -> bool:
    return await _is_kept(world) and await _is_equal(world, "projects") and not await _is_equal(world, "open_tasks")


async def _keep_for_long(world: World) -> None:
    await _write(world, 3600, age=timedelta())


async def _is_kept_for_long(world: World) -> bool:
    return await _is_kept(world) and await _is_equal(world, "projects") and await _is_equal(world, "open_tasks")


async def _remember(world: World) -> None:
    old = await _numbers(world, age=timedelta(hours=2), fewer=3)
    async with world.product.forgetting(ACME.id):
        world.product.behaviour.remembered[ACME.id] = old


async def _forget_remembered(world: World) -> None:
    world.product.behaviour.remembered.clear()


async def _remembers(world: World) -> bool:
    return ACME.id in world.product.behaviour.remembered


NUMBER_FAULTS = (
    Fault("kpi-never-expires", "The dashboard of Acme Builders shows the numbers of this morning",
          _HINT, _keep_for_ever, _forget, _is_kept_for_ever),
    Fault("kpi-behind", "Acme Builders added three projects, and the dashboard does not count them",
          _HINT, _fall_behind, _forget, _is_behind),
    Fault("kpi-tasks-behind", "Acme Builders closed a dozen tasks, and the dashboard still counts them",
          _HINT, _fall_behind_in_tasks, _forget, _is_behind_in_tasks),
    Fault("kpi-lives-too-long", "The dashboard of Acme Builders will not change for an hour",
          _HINT, _keep_for_long, _forget, _is_kept_for_long),
    Fault("api-serves-old", "The dashboard of Acme Builders stands still, and Redis has nothing of it",
          _HINT, _remember, _forget_remembered, _remembers),
)  # fmt: skip
