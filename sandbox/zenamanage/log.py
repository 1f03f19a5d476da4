"""The product's log, as Laravel writes it: records of many lines, with what the settings and the modes let through."""

import asyncio
import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from sandbox.zenamanage.folder import Folder

LEVELS = ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")
_LARGEST = 2_000_000  # bytes; then the older half goes
_CHANNELS = {"stack", "single", "daily"}
_DAY = timedelta(days=1)


class Log:
    """Appends to `storage/logs/laravel.log`; times are UTC."""

    def __init__(self, folder: Folder, clock: Callable[[], datetime]) -> None:
        self.folder, self._clock = folder, clock
        self.is_silent = False  # the handler of exceptions reports nothing
        self._turn = asyncio.Lock()

    async def write(self, level: str, message: str, context: object = None, at: datetime | None = None) -> None:
        """Adds a record, unless channel, level or modes keep it out."""
        await self.write_all([(level, message, context, at)])

    async def fail(self, exception: str, message: str, at: datetime | None = None) -> None:
        """Adds an error with its stack trace, as the handler of exceptions does; it may be silent."""
        if not self.is_silent:
            await self.write("error", message, trace(exception, message), at)

    async def write_all(self, records: Iterable[tuple[str, str, object, datetime | None]]) -> None:
        """Adds several records at once: level, message, context, and when (None: now)."""
        settings = self.folder.settings
        least = LEVELS.index(settings["LOG_LEVEL"])
        if settings["LOG_CHANNEL"] not in _CHANNELS:
            return
        text = "".join(
            _record(level, message, context, at or self._clock())
            for level, message, context, at in records
            if LEVELS.index(level) >= least
        )
        async with self._turn:
            await asyncio.to_thread(self._append, text)

    async def begin(self) -> None:
        """Starts anew, with what nobody need worry about: errors long since repaired, and words that only look so."""
        async with self._turn:
            await asyncio.to_thread(self.folder.log.write_text, "", "utf-8")
        now = self._clock()
        refused = "SQLSTATE[HY000] [2002] Connection refused (SQL: select * from users where email = owner@example.com)"
        lost = trace("Illuminate\\Database\\QueryException", refused)
        await self.write_all(
            (
                *(("error", refused, lost, now - 2 * _DAY + number * _DAY / 100) for number in range(40)),
                ("warning", "Nightly sync done, 0 errors, 0 failed", None, now - timedelta(minutes=35)),
                ("warning", "Login refused", {"token": "not-for-show-5b1c77"}, now - timedelta(minutes=31)),
                ("info", "GET /api/v1/health 200 3 ms", None, None),
                ("error", "Mail could not be sent", trace("Swift_TransportException", "Mail could not be sent"),
                 now - timedelta(minutes=20)),
            )
        )  # fmt: skip

    async def count(self, text: str, since: datetime) -> int:
        """How many lines hold `text` and are not older than `since`."""
        first = since.strftime("[%Y-%m-%d %H:%M:%S")
        content = await asyncio.to_thread(self._read)
        return sum(text in line and line[:20] >= first for line in content.splitlines() if line.startswith("["))

    def _read(self) -> str:
        return self.folder.log.read_text("utf-8") if self.folder.log.exists() else ""

    def _append(self, text: str) -> None:
        if not text or not self.folder.may_log():
            return
        path = self.folder.log_of(self._clock().date())
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
            size = file.tell()
        if size > _LARGEST:
            path.write_bytes(path.read_bytes()[-_LARGEST // 2 :].partition(b"\n[")[2])


def trace(exception: str, message: str) -> str:
    """The context of an error, as Laravel writes it: an object, and the stack trace over many lines."""
    return (
        f'{{"exception":"[object] ({exception}(code: 0): {message} at /var/www/zenamanage/app/Http/Kernel.php:42)\n'
        "[stacktrace]\n"
        "#0 /var/www/zenamanage/vendor/laravel/framework/src/Illuminate/Routing/Controller.php(54): handle()\n"
        "#1 /var/www/zenamanage/public/index.php(51): App\\\\Http\\\\Kernel->handle()\n"
        '#2 {main}\n"}'
    )


def _record(level: str, message: str, context: object, at: datetime) -> str:
    shown = context if isinstance(context, str) else "" if context is None else json.dumps(context)
    return f"[{at:%Y-%m-%d %H:%M:%S}] production.{level.upper()}: {message} {shown}\n"
