"""The lock of a replica: who is gone, and what a database that was away does not say."""

import asyncio

import psycopg

from bot.store.presence import Presence
from bot.store.provisioning import Addresses
from tests.databases import Databases


async def test_who_holds_no_lock_is_gone(addresses: Addresses) -> None:
    first, second = Presence(addresses.running, "first"), Presence(addresses.running, "second")
    await first.hold()
    await second.hold()
    assert not await first.is_gone("second")
    assert not await first.is_gone("first")
    assert all(await asyncio.gather(*(first.is_gone(f"nobody-{number}") for number in range(8))))
    await second.release()
    async with asyncio.timeout(20):
        while not await first.is_gone("second"):  # noqa: ASYNC110  # the server notices it a moment later
            await asyncio.sleep(0.01)
    assert await first.is_gone("second")  # asking did not take the lock
    await second.hold()
    assert not await first.is_gone("second")
    await first.release()
    await second.release()


async def test_a_database_that_was_away_says_nothing_of_the_others(addresses: Addresses, databases: Databases) -> None:
    now = 100.0
    first, second = Presence(addresses.running, "first", lambda: now), Presence(addresses.running, "second")
    await first.hold()
    await second.hold()
    watching = asyncio.create_task(first.watch(every=0.02))
    superuser = databases.superuser(addresses)
    async with await psycopg.AsyncConnection.connect(superuser, autocommit=True) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'backstop %'"
            " AND datname = current_database()"
        )
    await asyncio.wait_for(first.lost.wait(), 20)
    async with asyncio.timeout(20):
        while first.lost.is_set():  # noqa: ASYNC110  # another task of the presence takes the lock again
            await asyncio.sleep(0.01)
    assert not await first.is_gone("second")  # it may be about to take its lock again
    now += 11
    assert await first.is_gone("second")
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await first.release()
    await second.release()
