"""The product's users: what they do within so many seconds, in real time or at once."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
from redis.exceptions import RedisError

from sandbox.zenamanage.queues import new_uuid, payload, push
from sandbox.zenamanage.seed import ACME, GLOBEX, LABS
from sandbox.zenamanage.world import World

_LOOKS = 12  # each of these reads a few cached things
_ENTRIES = 4


@dataclass
class Users:
    """Keep dashboards open and make jobs, so that caches are filled and renewed as they are in real life."""

    world: World
    address: str
    token: str
    _passing: "asyncio.Future[None] | None" = None

    async def pass_time(self, seconds: float) -> None:
        """Lets happen at once what would within so many seconds; who waits at the same time waits for the same."""
        if self._passing is None or self._passing.done():
            self._passing = asyncio.ensure_future(self.step(seconds))
        await asyncio.shield(self._passing)

    async def step(self, seconds: float, *, is_real: bool = False) -> None:
        """What happens within so many seconds; if that is not real time, entries of the cache grow older by it."""
        product = self.world.product
        # What is broken is broken for them too; they press reload.
        with contextlib.suppress(RedisError):
            for _ in range(3):
                await self._look_up()
                if not is_real:
                    await self._age(seconds / 3)
            rate = self.world.load.jobs_per_second
            jobs = [
                payload("SyncBoard", {"tenant_id": GLOBEX.id}, uuid=new_uuid(), at=self.world.clock())
                for _ in range(round(rate * seconds))
            ]
            await push(self.world.cache, "default", jobs)
        if not is_real:
            for _ in range(3):
                await product.workforce.turn()

    async def browse(self, every: float, is_over: asyncio.Event) -> None:
        """Goes on and on, in real time."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(base_url=self.address, headers=headers, timeout=3) as client:
            # A client may take a cancellation for the end of its patience: so it is not the only sign.
            while not is_over.is_set():
                for tenant in (ACME, GLOBEX, LABS):
                    for page in ("dashboard", "projects", "tasks"):
                        with contextlib.suppress(httpx.HTTPError):
                            await client.get(f"/api/v1/{page}", params={"tenant_id": tenant.id})
                await self.step(every, is_real=True)
                await asyncio.sleep(every)

    async def _look_up(self) -> None:
        """Reads what pages read from the cache, and puts there what was missing."""
        behaviour, cache, load = self.world.product.behaviour, self.world.product.cache, self.world.load
        if self.world.product.folder.settings["CACHE_DRIVER"] != "redis" or behaviour.cache_prefix:
            return
        for number in range(_ENTRIES):
            key = f"cache:tenant:{ACME.id}:board-{number}"
            if behaviour.looks_astray:
                key += f":{new_uuid()}"
            elif not await cache.get(key) and behaviour.keeps_kpi:
                await cache.set(key, "x" * load.entry_bytes, ex=5 * behaviour.kpi_seconds)
            async with cache.pipeline(transaction=False) as batch:
                for _ in range(_LOOKS):
                    batch.get(key)
                await batch.execute()
        with contextlib.suppress(Exception):  # the API says what is wrong with the database
            await self.world.product.dashboard(ACME.id)

    async def _age(self, seconds: float) -> None:
        cache = self.world.cache
        for number in range(_ENTRIES):
            key = f"cache:tenant:{ACME.id}:board-{number}"
            left = await cache.pttl(key)
            if left > 0:
                await cache.pexpire(key, max(1, left - round(seconds * 1000)))


@contextlib.asynccontextmanager
async def browsing(users: Users, every: float) -> AsyncIterator[None]:
    """The users use the product until the end of the block."""
    is_over = asyncio.Event()
    task = asyncio.create_task(users.browse(every, is_over))
    try:
        yield
    finally:
        is_over.set()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
