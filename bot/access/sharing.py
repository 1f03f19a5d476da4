"""What several ask at the same moment is asked once, and all of them get the answer."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass
class _Asking:
    task: "asyncio.Task[Any]"
    waiting: int = 0


class Sharing:
    """Answers of this moment only: who asks after an answer has come asks anew."""

    def __init__(self) -> None:
        self._asked: dict[Hashable, _Asking] = {}

    async def once(self, question: Hashable, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The answer to a question, which may be on its way already; raises what `ask` raises.

        Who is cancelled leaves the others waiting; when nobody waits any more, asking ends as well.
        """
        asking = self._asked.get(question)
        if asking is None:
            asking = self._asked[question] = _Asking(asyncio.create_task(ask()))
            asking.task.add_done_callback(lambda task: self._forget(question, task))
        asking.waiting += 1
        try:
            answer: T = await asyncio.shield(asking.task)
        finally:
            asking.waiting -= 1
            if not asking.waiting and not asking.task.done():
                self._forget(question, asking.task)
                asking.task.cancel()
                await asyncio.wait({asking.task})
        return answer

    def _forget(self, question: Hashable, task: "asyncio.Task[Any]") -> None:
        asking = self._asked.get(question)
        if asking is not None and asking.task is task:
            del self._asked[question]
