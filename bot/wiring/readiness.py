"""What a supervisor is told: whether the bot is ready and what is wrong, and the figures of this moment."""

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from bot import metrics
from bot.audit import Folder
from bot.errors import BackstopError
from bot.slack.socket_mode import Socket
from bot.store.measuring import measure
from bot.wiring.building import Built

log = structlog.get_logger()

_REMEMBERED = 1.0  # seconds; a balancer may ask as often as it likes
_FREE = 50_000_000  # bytes that must be left for keys, checkpoints and an embedded database
_WITHOUT = 10.0  # seconds without a connection to Slack that are no reason to worry yet

Free = Callable[[Path], int]


def free_bytes(folder: Path) -> int:
    """How much can still be written there, also when the folder is to be made yet."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


class Readiness:
    """Asks everything that the bot needs. `is_working` says whether its background tasks run."""

    def __init__(
        self, built: Built, state: Path, is_working: Callable[[], bool], *, socket: Socket | None = None,
        free: Free = free_bytes, timer: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._built, self._folder, self._is_working = built, Folder(state / "audit"), is_working
        self._state, self._socket, self._free, self._timer = state, socket, free, timer
        self.is_stopping = False
        self._asked: tuple[float, dict[str, str]] | None = None
        self._asking = asyncio.Lock()
        self._connected = timer()

    async def wrong(self) -> dict[str, str]:
        """What keeps the bot from being ready, by name; empty when nothing does."""
        async with self._asking:
            if self._asked is None or self._timer() - self._asked[0] >= _REMEMBERED:
                self._asked = (self._timer(), await self._ask())
            return self._asked[1]

    async def figures(self) -> bytes:
        """The metrics, with what stands in the database at this moment."""
        try:
            last = await asyncio.to_thread(self._folder.last)
            covered = last.number if last else 0
            async with self._built.bot.store.work() as work:
                standing = await measure(work, covered)
            metrics.note_standing(
                standing.requests, standing.behind, standing.behind_seconds, standing.event,
                max(0, standing.event - covered), standing.lag_seconds,
            )  # fmt: skip
        except BackstopError as error:
            log.warning("metrics.no_standing", sentence=error.sentence)
            metrics.forget_standing()
        return metrics.written()

    async def _ask(self) -> dict[str, str]:
        found: dict[str, str] = {}
        if self.is_stopping:
            found["stopping"] = "This replica is stopping."
        for name, ask in (
            ("database", self._database), ("policies", self._policies), ("watches", self._watches),
            ("disk", self._disk), ("slack", self._slack),
        ):  # fmt: skip
            if sentence := await self._sentence(ask):
                found[name] = sentence
        if "database" not in found and not await self._built.bot.audit.is_writable():
            found["audit"] = "The audit trail cannot be written, so nothing can be asked for, decided or done."
        if self._built.presence.lost.is_set():
            found["presence"] = "This replica lost its lock in the database."
        if not self._is_working():
            found["worker"] = "Nothing is executed or drawn."
        return found

    async def _sentence(self, ask: Callable[[], Awaitable[str]]) -> str:
        try:
            return await ask()
        except BackstopError as error:
            return error.sentence

    async def _database(self) -> str:
        await self._built.bot.pending()
        return ""

    async def _policies(self) -> str:
        self._built.bot.catalog.policies.current()
        return ""

    async def _watches(self) -> str:
        self._built.bot.catalog.watches.current()
        return ""

    async def _disk(self) -> str:
        try:
            left = await asyncio.to_thread(self._free, self._state)
        except OSError:
            return f"{self._state} cannot be looked at, where keys and checkpoints are kept."
        return f"Less than {_FREE // 1_000_000} MB are left for {self._state}; make room." if left < _FREE else ""

    async def _slack(self) -> str:
        if self._socket is None or await self._socket.count():
            self._connected = self._timer()
        is_late = self._timer() - self._connected > _WITHOUT
        return "There is no connection to Slack; is there a way to it from here?" if is_late else ""
