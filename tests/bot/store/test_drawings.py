"""A drawing is sent by one process at a time, and by the next one as soon as that one is gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest

from bot.errors import Unrecordable
from bot.model.talk import Subject, SubjectKind
from bot.store import Store
from bot.store.drawings import Drawings
from bot.store.presence import Presence
from bot.store.provisioning import Addresses

REQUEST = Subject(kind=SubjectKind.REQUEST, id="01R")


class Replica:
    """One process, as far as drawings go."""

    def __init__(self, address: str, name: str) -> None:
        self.store, self.presence = Store(address), Presence(address, name)
        self.drawings = Drawings(self.store, lambda: datetime.now(UTC), self.presence, self._sleep)
        self.waited = asyncio.Event()

    async def _sleep(self, _: float) -> None:
        self.waited.set()
        await asyncio.sleep(0)


@pytest.fixture
async def replicas(addresses: Addresses) -> AsyncIterator[tuple[Replica, Replica]]:
    """Two that share a database."""
    async with AsyncExitStack() as stack:
        made = Replica(addresses.running, "one"), Replica(addresses.running, "two")
        for replica in made:
            await replica.presence.hold()
            stack.push_async_callback(replica.store.close)
            stack.push_async_callback(replica.presence.release)
        yield made


async def test_two_replicas_post_a_drawing_once(replicas: tuple[Replica, Replica]) -> None:
    one, two = replicas
    drawing = await one.drawings.add(REQUEST, channel="C1")
    posted: list[str] = []

    async def post(replica: Replica, name: str) -> None:
        async with replica.drawings.claimed(drawing) as mine:
            if mine is None or mine.ts:
                return
            posted.append(name)
            await two.waited.wait()  # the other one has been turned away at least once
            await replica.drawings.drawn(mine.model_copy(update={"ts": "1.0", "files": ("a.csv",)}), 1)

    async with asyncio.TaskGroup() as group:
        group.create_task(post(one, "one"))
        await asyncio.sleep(0.05)
        group.create_task(post(two, "two"))
    assert posted == ["one"]
    async with two.drawings.claimed(drawing) as mine:
        assert mine is not None
        assert (mine.ts, mine.drawn, mine.files) == ("1.0", 1, ("a.csv",))


async def test_who_takes_too_long_is_left_to_it(replicas: tuple[Replica, Replica]) -> None:
    one, two = replicas
    drawing = await one.drawings.add(REQUEST, channel="C1")
    async with one.drawings.claimed(drawing):
        async with two.drawings.claimed(drawing) as mine:
            assert mine is None
        assert await two.drawings.due() == [REQUEST]  # it is behind still, and drawn later


async def test_a_replica_that_died_holds_nothing(replicas: tuple[Replica, Replica]) -> None:
    one, two = replicas
    drawing = await one.drawings.add(REQUEST, channel="C1")
    async with one.drawings.claimed(drawing):
        await one.presence.release()  # its connection broke
        async with two.drawings.claimed(drawing) as mine:
            assert mine is not None
        with pytest.raises(Unrecordable):
            async with one.drawings.claimed(drawing):
                pass
