"""Keeps below a rate: a bucket that fills steadily, and holds a few at most; its turns go round among people."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable

Timer = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]


class Bucket:
    """So many calls a second on average, with short bursts."""

    def __init__(self, per_second: float, burst: int, timer: Timer, sleep: Sleep = asyncio.sleep) -> None:
        self._per_second, self._burst, self._timer, self._sleep = per_second, burst, timer, sleep
        self._held, self._at = float(burst), timer()

    async def take(self) -> None:
        """Waits for its turn, in the order of arrival."""
        self._fill()
        self._held -= 1
        if self._held < 0:
            await self._sleep(-self._held / self._per_second)

    def _fill(self) -> None:
        now = self._timer()
        self._held = min(self._burst, self._held + (now - self._at) * self._per_second)
        self._at = now


class RoundRobin:
    """The turns of a bucket go round among the people who wait: who says much delays nobody else."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()  # the next one first
        self._going_round: asyncio.Task[None] | None = None

    async def take(self, person: str) -> None:
        """Waits for a turn of this person."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(person, deque()).append(turn)
        if self._going_round is None:
            self._going_round = asyncio.create_task(self._go_round())
        try:
            await turn
        except asyncio.CancelledError:
            self._forget(person, turn)
            raise

    async def _go_round(self) -> None:
        while self._waiting:
            await self._bucket.take()
            self._give()
        self._going_round = None

    def _give(self) -> None:
        while self._waiting:
            person, turns = self._waiting.popitem(last=False)
            turn = turns.popleft()
            if turns:
                self._waiting[person] = turns
            if not turn.done():  # whoever gave up this moment is passed over
                turn.set_result(None)
                return

    def _forget(self, person: str, turn: asyncio.Future[None]) -> None:
        turns = self._waiting.get(person, deque())
        if turn in turns:
            turns.remove(turn)
        if not turns:
            self._waiting.pop(person, None)
        if not self._waiting and self._going_round is not None:
            self._going_round.cancel()
            self._going_round = None
