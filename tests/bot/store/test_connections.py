"""Connections of the bot's database: what the server ended is not used again, and nobody notices."""

import asyncio

import psycopg
from sqlalchemy import text

from bot.store import Store
from bot.store.provisioning import Addresses
from tests.databases import Databases

_HANG_UP = """SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
              WHERE datname = current_database() AND application_name = 'backstop'"""
_HELD = 4


async def _process(store: Store, all_held: asyncio.Barrier | None = None) -> int:
    """The server's process that carries out a transaction; all of these are open at the same time."""
    async with store.work() as work:
        number = (await work.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        if all_held is not None:
            await all_held.wait()
        return int(number)


async def test_after_the_server_hung_up_the_next_transactions_go_on_as_if_nothing_was(
    addresses: Addresses, databases: Databases
) -> None:
    store = Store(addresses.running)
    barrier = asyncio.Barrier(_HELD)
    before = await asyncio.gather(*(_process(store, barrier) for _ in range(_HELD)))
    assert await _process(store) in before  # kept, and used again
    async with await psycopg.AsyncConnection.connect(databases.superuser(addresses)) as server:
        cursor = await server.execute(_HANG_UP)
        assert await cursor.fetchone() == (_HELD,)
    after = await asyncio.gather(*(_process(store, barrier) for _ in range(_HELD)))
    assert not set(before) & set(after)
    await store.close()
