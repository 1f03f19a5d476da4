"""Faults of Redis and of how the product uses it."""

import asyncio
from pathlib import Path

from sandbox.zenamanage.faults.fault import Fault, behaving, lying, setting, shut
from sandbox.zenamanage.seed import ACME
from sandbox.zenamanage.world import World

_HIT_RATE = f"/diagnose cache-hit-rate tenant={ACME.slug}"
_BROKEN = f"/diagnose cache-not-working tenant={ACME.slug}"
_SLACK = 200_000  # bytes by which the use of memory goes up and down
_PADDING = [f"cache:tenant:{ACME.id}:report-{number}" for number in range(60)]


async def _forget_entries(world: World) -> None:
    names = [name async for name in world.cache.scan_iter(f"cache:tenant:{ACME.id}:*", 1000)]
    async with world.product.forgetting(ACME.id):
        if names:
            await world.cache.delete(*names)


async def _configured(world: World, name: str) -> str:
    return str((await world.cache.config_get(name))[name])


async def _limit(world: World, policy: str, room: int) -> None:
    """Lets Redis have what it uses now and so many bytes more."""
    used = int((await world.cache.info("memory"))["used_memory"])
    await world.cache.config_set("maxmemory-policy", policy)
    await world.cache.config_set("maxmemory", used + room)


async def _unlimit(world: World) -> None:
    await world.cache.config_set("maxmemory", 0)
    await world.cache.config_set("maxmemory-policy", "noeviction")


async def _evict(world: World) -> None:
    if not await _evicts(world):
        await _forget_entries(world)
        world.load.entry_bytes = 60_000
        await _limit(world, "allkeys-lru", 20_000)


async def _stop_evicting(world: World) -> None:
    if await _evicts(world):
        await _unlimit(world)
        world.load.entry_bytes = 200
        await _forget_entries(world)


async def _evicts(world: World) -> bool:
    return await _configured(world, "maxmemory-policy") == "allkeys-lru"


async def _run_out(world: World) -> None:
    if not await _is_out(world):
        await _unlimit(world)  # the limit stays when somebody has cleared what filled it
        await world.cache.mset(dict.fromkeys(_PADDING, "x" * 40_000))
        for name in _PADDING:
            await world.cache.expire(name, 280)
        await _limit(world, "noeviction", -_SLACK)


async def _make_room(world: World) -> None:
    if await _configured(world, "maxmemory") != "0" and not await _evicts(world):
        await _unlimit(world)
        await world.cache.delete(*_PADDING)


async def _is_out(world: World) -> bool:
    memory = await world.cache.info("memory")
    return 0 < int(memory["maxmemory"]) <= int(memory["used_memory"]) + _SLACK and not await _evicts(world)


async def _become_copy(world: World) -> None:
    await world.cache.execute_command("REPLICAOF", "127.0.0.1", "1")  # type: ignore[no-untyped-call]  # redis-py leaves it untyped


async def _be_original(world: World) -> None:
    if await _is_copy(world):
        await world.cache.execute_command("REPLICAOF", "NO", "ONE")  # type: ignore[no-untyped-call]  # redis-py leaves it untyped


async def _is_copy(world: World) -> bool:
    return bool((await world.cache.info("replication"))["role"] == "slave")


async def _obstacle(world: World) -> Path:
    """Stands where Redis wants to save."""
    return Path(await _configured(world, "dir")) / await _configured(world, "dbfilename")


async def _fail_to_save(world: World) -> None:
    if await _fails_to_save(world):
        return
    place = await _obstacle(world)
    await asyncio.to_thread(place.unlink, missing_ok=True)
    await asyncio.to_thread(place.mkdir)
    await world.cache.config_set("save", "3600 1000000")
    await _save(world)


async def _save(world: World) -> None:
    """Lets Redis save, and waits until that has ended, well or not."""
    await world.cache.bgsave()
    for _ in range(500):
        if not (await world.cache.info("persistence"))["rdb_bgsave_in_progress"]:
            break
        await asyncio.sleep(0.02)


async def _save_again(world: World) -> None:
    if await _fails_to_save(world):
        await asyncio.to_thread((await _obstacle(world)).rmdir)
        await _save(world)
        await world.cache.config_set("save", "")


async def _fails_to_save(world: World) -> bool:
    status = (await world.cache.info("persistence"))["rdb_last_bgsave_status"]
    return bool(status != "ok" and await _configured(world, "save"))


def _emptied(fault: Fault) -> Fault:
    """A fault by which entries that are there already would stay useful: they are gone, as after some minutes."""

    async def break_(world: World) -> None:
        if not await fault.is_there(world):
            await fault.break_(world)
            await _forget_entries(world)

    async def heal(world: World) -> None:
        if await fault.is_there(world):
            await fault.heal(world)
            await _forget_entries(world)

    return Fault(fault.name, fault.title, fault.hint, break_, heal, fault.is_there)


CACHE_FAULTS = (
    Fault("evictions", "Redis throws out what was just cached, for lack of memory",
          _HIT_RATE, _evict, _stop_evicting, _evicts),
    _emptied(behaving("ttl-too-short", "What is cached is gone again two seconds later", _HIT_RATE, kpi_seconds=2)),
    _emptied(behaving("not-cached", "Nothing is put into the cache that pages look for", _HIT_RATE,
                      keeps_kpi=False, computes_slowly=False)),
    behaving("low-hit-rate", "Pages look into the cache for what nobody puts there", _HIT_RATE,
             looks_astray=True, delays={}),
    shut("cache-down", "Redis refuses connections", _BROKEN, "cache"),
    Fault("out-of-memory", "Redis has no memory left", _BROKEN, _run_out, _make_room, _is_out),
    Fault("read-only", "Redis thinks that it is another server's copy", _BROKEN, _become_copy, _be_original, _is_copy),
    Fault("writes-stopped", "Redis cannot save, and takes nothing any more",
          _BROKEN, _fail_to_save, _save_again, _fails_to_save),
    _emptied(setting("wrong-driver", "Since the move the product caches in files",
                     _BROKEN, "CACHE_DRIVER", "file")),
    _emptied(behaving("not-used", "The product caches under names that nobody expects",
                      _BROKEN, cache_prefix="laravel_database_")),
    lying("cache-down-health-lies", "Redis is down, and the health endpoint says that it is connected",
          _BROKEN, "cache"),
)  # fmt: skip
