"""Faults of the queues: jobs wait, each time for another reason."""

from datetime import timedelta

from sandbox.zenamanage.faults.fault import Fault
from sandbox.zenamanage.queues import PAUSED, key, payload, push, written
from sandbox.zenamanage.seed import ACME, GLOBEX, LABS, Tenant, uuid_of
from sandbox.zenamanage.world import World

_HINT = "/diagnose queue-backlog"
_MANY = 1400


def _jobs(world: World, count: int, tenants: tuple[Tenant, ...] = (ACME, GLOBEX, LABS)) -> list[dict[str, object]]:
    """Jobs that were made within the last half an hour, the oldest first."""
    oldest = world.clock() - timedelta(minutes=30)
    return [
        payload("SyncBoard", {"tenant_id": tenants[number % len(tenants)].id, "number": number},
                uuid=uuid_of("backlog", number), at=oldest + number * timedelta(minutes=30) / count)
        for number in range(count)
    ]  # fmt: skip


async def _empty(world: World, *queues: str) -> None:
    for queue in queues:
        await world.cache.delete(key(queue), key(queue, "notify"))


async def _pending(world: World, queue: str = "default") -> int:
    return int(await world.cache.llen(key(queue)))


async def _lay_off(world: World) -> None:
    if not await _are_gone(world):
        await world.product.workforce.hire(forgotten_by=world.cache)
        await push(world.cache, "default", _jobs(world, _MANY))


async def _hire(world: World) -> None:
    if await _are_gone(world):
        await _empty(world, "default")
        await world.hire_the_usual()
        await world.product.workforce.turn()


async def _are_gone(world: World) -> bool:
    return not world.product.workforce.workers


async def _pause(world: World) -> None:
    if not await _is_paused(world):
        await world.cache.set(f"{PAUSED}default", "1")
        await push(world.cache, "default", _jobs(world, _MANY))


async def _go_on(world: World) -> None:
    if await _is_paused(world):
        await _empty(world, "default")
        await world.cache.delete(f"{PAUSED}default")


async def _is_paused(world: World) -> bool:
    return bool(await world.cache.exists(f"{PAUSED}default"))


async def _leave_mail(world: World) -> None:
    if not await _is_mail_left(world):
        await world.product.workforce.hire(("high", "default"), ("high", "default"), forgotten_by=world.cache)
        await push(world.cache, "mail", _jobs(world, _MANY))


async def _serve_mail(world: World) -> None:
    if await _is_mail_left(world):
        await _empty(world, "mail")
        await world.hire_the_usual()
        await world.product.workforce.turn()


async def _is_mail_left(world: World) -> bool:
    workers = world.product.workforce.workers
    return bool(workers) and not any("mail" in worker.queues for worker in workers)


async def _stick(world: World) -> None:
    if not await _are_stuck(world):
        expired = world.clock().timestamp() - 1800
        members = {written({**job, "attempts": 1}): expired for job in _jobs(world, _MANY)}
        await world.cache.zadd(key("default", "reserved"), members)


async def _release(world: World) -> None:
    await world.cache.zremrangebyscore(key("default", "reserved"), "-inf", world.clock().timestamp())


async def _are_stuck(world: World) -> bool:
    return bool(await world.cache.zcount(key("default", "reserved"), "-inf", world.clock().timestamp()) > 100)


def _slow(name: str, title: str, jobs: int, *, per_turn: int, arriving: float, tenants: tuple[Tenant, ...]) -> Fault:
    """Workers are alive and slow, while more jobs arrive than they can do, or fewer."""

    async def break_(world: World) -> None:
        if not await is_there(world):
            world.product.workforce.per_turn, world.load.jobs_per_second = per_turn, arriving
            await push(world.cache, "default", _jobs(world, jobs, tenants))

    async def heal(world: World) -> None:
        if await is_there(world):
            world.product.workforce.per_turn, world.load.jobs_per_second = 50, 0.5
            await _empty(world, "default")

    async def is_there(world: World) -> bool:
        return (world.product.workforce.per_turn, world.load.jobs_per_second) == (per_turn, arriving)

    return Fault(name, title, _HINT, break_, heal, is_there)


BACKLOG_FAULTS = (
    Fault("workers-dead", "Nobody works on the queues any more", _HINT, _lay_off, _hire, _are_gone),
    Fault("queue-paused", "Somebody paused the queue and forgot it", _HINT, _pause, _go_on, _is_paused),
    Fault("queue-unserved", "No mail is sent: no worker serves its queue",
          _HINT, _leave_mail, _serve_mail, _is_mail_left),
    Fault("jobs-stuck", "Jobs are held by workers that are long gone", _HINT, _stick, _release, _are_stuck),
    _slow("tenant-floods", "Globex Homes imports everything it has, and all others wait", 3000,
          per_turn=1, arriving=1.5, tenants=(GLOBEX,)),
    _slow("too-few-workers", "More jobs arrive than the workers can do", 1500,
          per_turn=1, arriving=40, tenants=(ACME, GLOBEX, LABS)),
    _slow("catching-up", "After the night's import the workers catch up, slowly", 2500,
          per_turn=2, arriving=0.2, tenants=(ACME, GLOBEX, LABS)),
)  # fmt: skip
