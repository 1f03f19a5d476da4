"""The acknowledgement of a form, which is also the first answer to it: what is done in time goes with it."""

import asyncio
import time
from typing import Any

from bot.slack.pacing import Timer

SECONDS = 2.0  # that Slack, who waits for three, is kept waiting for what comes of a form
_APART = 0.25  # seconds until what is put there later surely comes after the acknowledgement


class Reply:
    """One answer at most: whoever comes too late has to change the view that stands there by then.

    `title` is that of the form.
    """

    def __init__(self, title: str, timer: Timer = time.monotonic) -> None:
        self.title = title
        self._answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._timer, self._later = timer, 0.0

    def take(self, **answer: Any) -> bool:
        """Answers with this (nothing: the view closes); False when it was acknowledged already."""
        if self._answer.done():
            return False
        self._answer.set_result(answer)
        return True

    async def within(self, otherwise: dict[str, Any], seconds: float = SECONDS) -> dict[str, Any]:
        """The answer, if there is one in time."""
        await asyncio.wait({self._answer}, timeout=seconds)
        self._later = self._timer() + _APART
        self.take(**otherwise)
        return self._answer.result()

    async def settle(self) -> None:
        """Waits until what is changed in the view now comes after the acknowledgement."""
        await self._answer
        await asyncio.sleep(max(0.0, self._later - self._timer()))
