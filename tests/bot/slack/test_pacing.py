"""Turns go round among people, and one that nobody waits for any more is somebody else's."""

import asyncio

from bot.slack.pacing import Bucket, RoundRobin


class Scene:
    """People who wait for turns, of which none comes before `let`."""

    def __init__(self) -> None:
        self.come: list[str] = []
        self._let = asyncio.Semaphore(0)
        self._turns = RoundRobin(Bucket(per_second=1, burst=0, timer=lambda: 0.0, sleep=self._sleep))

    async def asks(self, person: str, what: str) -> "asyncio.Task[None]":
        """Somebody waits from now on."""

        async def wait() -> None:
            await self._turns.take(person)
            self.come.append(what)

        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        return task

    async def let(self, *tasks: "asyncio.Task[None]") -> list[str]:
        """Every turn comes, one after the other; returns who had one, in their order."""
        for _ in tasks:
            self._let.release()
            for _ in range(5):  # until whoever has it went on
                await asyncio.sleep(0)
        await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 20)
        return self.come

    async def _sleep(self, _: float) -> None:
        await self._let.acquire()


async def test_each_person_has_one_turn_after_the_other() -> None:
    scene = Scene()
    tasks = [await scene.asks(what[0], what) for what in ("a1", "a2", "a3", "b1", "c1", "b2")]
    assert await scene.let(*tasks) == ["a1", "b1", "c1", "a2", "b2", "a3"]


async def test_who_waits_no_more_takes_no_turn_from_others() -> None:
    scene = Scene()
    tasks = [await scene.asks(what[0], what) for what in ("a1", "a2", "b1", "b2")]
    tasks[0].cancel()
    tasks[2].cancel()
    await asyncio.sleep(0)
    assert await scene.let(*tasks) == ["a2", "b2"]
