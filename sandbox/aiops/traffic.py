"""The platform's users, who keep its dashboards open: so the cache is filled and renewed as it is in real life."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx

from sandbox.aiops.seed import ABC, TENANTS

_DASHBOARD = "/api/v1/metrics/summary"
_PAGES = (_DASHBOARD, "/api/v1/metrics/agents", "/api/v1/metrics/costs", "/api/v1/agents", "/api/v1/executions")


@contextlib.asynccontextmanager
async def traffic(address: str, token: str, every: float) -> AsyncIterator[None]:
    """Look at the pages that people look at, again and again, `every` so many seconds."""
    task = asyncio.create_task(_browse(address, token, every))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _browse(address: str, token: str, every: float) -> None:
    async with httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=3) as client:
        while True:
            for tenant in TENANTS:
                for page in _PAGES if tenant == ABC else (_DASHBOARD,):
                    # What is broken is broken for them too; they press reload.
                    with contextlib.suppress(httpx.HTTPError):
                        await client.get(page, params={"tenant_id": tenant})
            await asyncio.sleep(every)
