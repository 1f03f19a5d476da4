"""The platform's worker: takes executions that were queued lately, and carries them out."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from sandbox.aiops.world import World

# What was queued longer ago is taken for lost by the platform, and never looked at again.
_TAKE = """
UPDATE agent_executions SET
    status = %(status)s, error = %(error)s, duration_ms = 900,
    started_at = %(now)s, finished_at = %(now)s
WHERE id IN (
    SELECT id FROM agent_executions
    WHERE status = 'queued' AND queued_at > %(now)s - interval '1 hour' ORDER BY queued_at LIMIT 20
)
"""


@contextlib.asynccontextmanager
async def worker(world: World, every: float = 0.1) -> AsyncIterator[None]:
    """Works until the end of the block, looking into the queue `every` so many seconds."""
    task = asyncio.create_task(_work(world, every))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _work(world: World, every: float) -> None:
    behaviour = world.service.behaviour
    while True:
        if behaviour.works:
            status, error = ("failed", "The model answered 429 Too Many Requests") if behaviour.runs_fail else (
                "success", None
            )  # fmt: skip
            async with world.connect() as connection:
                await connection.execute(_TAKE, {"status": status, "error": error, "now": world.clock()})
        await asyncio.sleep(every)
