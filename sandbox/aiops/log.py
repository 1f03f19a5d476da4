"""The log of the platform's API: a file as such programs write it, with stack traces and a few things that mislead."""

import asyncio
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

_LARGEST = 2_000_000  # bytes; then the older half goes
_DAY = timedelta(days=1)


class ApiLog:
    """Appends to one file; a line begins with time (UTC), level and logger."""

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        self.path, self._clock = path, clock
        self._turn = asyncio.Lock()

    async def write(
        self, level: str, logger: str, message: str, error: BaseException | None = None, at: datetime | None = None
    ) -> None:
        """Adds a record; of an error with its stack trace."""
        moment = (at or self._clock()).strftime("%Y-%m-%d %H:%M:%S,%f")[:-3]
        trace = "".join(traceback.format_exception(error)) if error else ""
        async with self._turn:
            await asyncio.to_thread(self._append, f"{moment} {level} [{logger}] {message}\n{trace}")

    async def begin(self) -> None:
        """Starts anew, with what nobody need worry about: errors long since repaired, and words that only look so."""
        async with self._turn:
            await asyncio.to_thread(self.path.write_text, "", "utf-8")
        now = self._clock()
        for number in range(40):
            problem = ConnectionError("the mail server refused the connection")
            await self.write("ERROR", "mail", "could not send a report", problem, now - 2 * _DAY + number * _DAY / 100)
        login = "login of vera@example.com refused: token=not-for-show-8f2e61 expired"
        await self.write("WARNING", "auth", login, at=now - timedelta(minutes=40))
        await self.write("INFO", "sync", "nightly sync done, 0 errors, 0 exceptions", at=now - timedelta(minutes=35))
        await self.write("ERROR", "mail", "could not send a report", TimeoutError(), now - timedelta(minutes=20))

    def _append(self, text: str) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(text)
            size = file.tell()
        if size > _LARGEST:
            kept = self.path.read_bytes()[-_LARGEST // 2 :].partition(b"\n")[2]
            self.path.write_bytes(kept)
