"""A whole server can be taken away, in several ways, and given back."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable

import httpx
import psycopg
import pytest
from redis.exceptions import RedisError

from sandbox.aiops import AiOps
from sandbox.aiops.seed import ABC, VERA
from tests.sandbox.aiops.look import HEALTHY, api, cache, look
from tests.sandbox.aiops.test_faults import FAULTS


async def ask_database(platform: AiOps) -> object:
    async with asyncio.timeout(1):
        # As bare as this, since psycopg would wait for a hanging server to answer its cancel.
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(platform, "AIOPS_DATABASE_URL"))
        writer.write(bytes.fromhex("0000000804d2162f"))  # SSLRequest
        try:
            return await reader.read(1)
        finally:
            writer.close()


async def ask_cache(platform: AiOps) -> object:
    async with cache(platform) as redis:
        return await redis.ping()


async def ask_api(platform: AiOps) -> object:
    async with api(platform) as http:
        return (
            await http.get("/api/v1/users/me/role", params={"tenant_id": ABC, "user_id": str(VERA.id)}, timeout=1)
        ).json()


def port_of(platform: AiOps, variable: str) -> int:
    port = httpx.URL(platform.environment[variable]).port
    assert port is not None
    return port


Ask = Callable[[AiOps], Awaitable[object]]
OUTAGES: dict[str, tuple[Ask, type[Exception]]] = {
    "cache-down": (ask_cache, RedisError),
    "cache-hangs": (ask_cache, RedisError),
    "database-down": (ask_database, ConnectionRefusedError),
    "database-hangs": (ask_database, TimeoutError),
    "api-down": (ask_api, httpx.ConnectError),
    "api-hangs": (ask_api, httpx.ReadTimeout),
    "api-garbage": (ask_api, ValueError),
}


@pytest.mark.parametrize("name", OUTAGES)
async def test_an_outage_takes_one_server_away_and_healing_brings_it_back(whole: AiOps, name: str) -> None:
    asked, problem = OUTAGES[name]
    assert await asked(whole)
    for _ in range(2):
        await whole.faults.set(name, broken=True)
        with pytest.raises(problem):
            await asked(whole)
        for other in {ask_database, ask_cache} - {asked}:
            assert await other(whole)
        assert [fault.name for fault in await whole.faults.panel() if fault.broken] == [name]
    for _ in range(2):
        await whole.faults.set(name, broken=False)
    assert await look(whole) == HEALTHY


async def test_connections_that_were_open_hang_too_and_go_on_afterwards(whole: AiOps) -> None:
    async with cache(whole) as redis:
        await redis.ping()
        await whole.faults.break_("cache-hangs")
        with pytest.raises(RedisError):
            await redis.ping()
    url = whole.environment["AIOPS_DATABASE_URL"]
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await whole.faults.break_("database-hangs")
        question = asyncio.ensure_future(connection.execute("SELECT 1"))
        await asyncio.sleep(0.1)
        assert not question.done()
        await whole.faults.heal("database-hangs")
        assert await (await question).fetchone() == (1,)


async def test_one_server_has_one_outage_at_a_time(whole: AiOps) -> None:
    await whole.faults.break_("cache-down")
    await whole.faults.break_("cache-hangs")
    assert [fault.name for fault in await whole.faults.panel() if fault.broken] == ["cache-hangs"]
    await whole.faults.heal("cache-down")
    assert [fault.name for fault in await whole.faults.panel() if fault.broken] == ["cache-hangs"]


async def test_the_api_says_what_is_away_behind_it(whole: AiOps) -> None:
    async with api(whole) as http:
        await whole.faults.break_("cache-down")
        assert (await http.get("/api/v1/health")).json()["redis"] == "disconnected"
        answer = await http.get("/api/v1/metrics/summary", params={"tenant_id": ABC})
        assert (answer.status_code, answer.json()["total_agents"]) == (200, 10)
        assert "X-Cache" not in answer.headers
        await whole.faults.break_("database-down")
        health = await http.get("/api/v1/health")
        assert (health.status_code, health.json()["database"]) == (503, "disconnected")
        assert (await http.get("/api/v1/agents", params={"tenant_id": ABC})).status_code == 503
        await whole.faults.break_("database-hangs")
        assert (await http.get("/api/v1/agents", params={"tenant_id": ABC})).status_code in {503, 504}


async def test_every_fault_is_tested_and_says_how_to_find_it(whole: AiOps) -> None:
    shown = await whole.faults.panel()
    assert sorted(fault.name for fault in shown) == sorted([*FAULTS, *OUTAGES])
    assert all(fault.hint.startswith("/diagnose ") and fault.title and fault.group for fault in shown)
    groups = [fault.group for fault in shown]
    assert [one for one, _ in itertools.groupby(groups)] == list(dict.fromkeys(groups)), "a group is torn apart"
    with pytest.raises(KeyError):
        await whole.faults.set("no-such-fault", broken=True)
