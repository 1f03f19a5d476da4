"""Background tasks come with the transaction that defers them, and those that wait for Slack keep no other waiting."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from sqlalchemy import text

from bot.model.talk import Subject, SubjectKind
from bot.store import QUEUES, Store
from bot.store.provisioning import Addresses
from bot.worker import make_worker, work

LATER = datetime(2999, 1, 1, tzinfo=UTC)


@pytest.fixture
async def store(addresses: Addresses) -> AsyncIterator[Store]:
    """The bot's database as the running bot sees it."""
    store = Store(addresses.running)
    yield store
    await store.close()


async def test_tasks_are_written_once_each_in_their_order(store: Store) -> None:
    async with store.work() as work:
        for id in ("2", "1", "2"):
            work.defer("requests.execute", id=id)
        work.defer("requests.expire", at=LATER, id="1")
    async with store.work() as work:
        found = await work.execute(
            text("SELECT queue_name, task_name, args, scheduled_at, priority FROM procrastinate_jobs ORDER BY id")
        )
        assert [tuple(row) for row in found] == [
            ("default", "requests.execute", {"id": "2"}, None, 0),
            ("default", "requests.execute", {"id": "1"}, None, 0),
            ("default", "requests.expire", {"id": "1"}, LATER, 0),
        ]


async def test_what_is_not_kept_defers_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError):
        async with store.work() as work:
            work.defer("requests.execute", id="1")
            raise RuntimeError
    async with store.work() as work:
        assert (await work.execute(text("SELECT count(*) FROM procrastinate_jobs"))).scalar_one() == 0


async def test_what_was_approved_does_not_wait_behind_drawings(addresses: Addresses, store: Store) -> None:
    begun, answered, executed = asyncio.Semaphore(0), asyncio.Event(), asyncio.Event()

    class Standstill:
        async def redraw(self, _: Subject) -> None:
            begun.release()
            await answered.wait()  # Slack asks for a pause

        async def execute(self, _: str) -> None:
            executed.set()

    bot, idle = cast("Any", Standstill()), cast("Any", None)
    tasks = make_worker(addresses.running, bot, idle, idle, idle, idle, idle, bot)
    async with tasks.open_async():
        working = [asyncio.create_task(work(tasks, queue)) for queue in QUEUES]
        try:
            async with store.work() as one:
                for number in range(17):
                    await one.redraw(Subject(kind=SubjectKind.REQUEST, id=str(number)))
            for _ in range(16):
                await asyncio.wait_for(begun.acquire(), 20)
            async with store.work() as one:
                one.defer("requests.execute", id="1")
            await asyncio.wait_for(executed.wait(), 20)
        finally:
            answered.set()
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)
