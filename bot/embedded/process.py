"""Programs run through the launcher: to their end (`run`), or until they are stopped (`Process`)."""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, STDOUT
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.embedded.errors import EmbeddedError

_LAUNCHER = Path(__file__).with_name("launch.py")
_LOG_TAIL = 2_000


@dataclass(frozen=True)
class Ended:
    """How a program ended and what it had said."""

    code: int
    said: str


async def run(account: str, command: Sequence[str], *, folder: Path | None = None, seconds: float = 60) -> Ended:
    """Run a program to its end, at most `seconds` long; it dies with this process."""
    process = await asyncio.create_subprocess_exec(
        *_launched(account, signal.SIGTERM, command),
        cwd=folder, env=_environment(), stdin=DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=STDOUT,
        start_new_session=True,
    )  # fmt: skip
    try:
        async with asyncio.timeout(seconds):
            said, _ = await process.communicate()
    except TimeoutError as problem:
        raise EmbeddedError(f"{Path(command[0]).name} did not end within {seconds:g} s.") from problem
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Ended(process.returncode if process.returncode is not None else -1, said.decode(errors="replace"))


class Process:
    """A server that runs until it is stopped; its output goes to a log file."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self.log = log
        self._process = process

    @classmethod
    async def start(
        cls, name: str, account: str, command: Sequence[str], *, folder: Path, log: Path, death_signal: signal.Signals
    ) -> "Process":
        """Start a server in `folder`; the kernel sends it `death_signal` when the calling *thread* ends.

        So call it from the main thread, which lives as long as the process.
        """
        output = await asyncio.to_thread(_open_log, log)
        try:
            # A session of its own: Ctrl-C in the terminal is for Backstop, which then stops its servers in order.
            process = await asyncio.create_subprocess_exec(
                *_launched(account, death_signal, command),
                cwd=folder, env=_environment(), stdin=DEVNULL, stdout=output, stderr=STDOUT, start_new_session=True,
            )  # fmt: skip
        finally:
            os.close(output)
        return cls(name, process, log)

    @property
    def pid(self) -> int:
        """The process id; the launcher becomes the server, so it stays the same."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the server has not ended."""
        return self._process.returncode is None

    async def wait(self) -> int:
        """Wait until the server ends; its exit code."""
        return await self._process.wait()

    def tail(self) -> str:
        """The end of what the server said in its log."""
        with contextlib.suppress(FileNotFoundError):
            return self.log.read_text(errors="replace")[-_LOG_TAIL:]
        return ""

    async def stop(self, *signals: signal.Signals, seconds: float = 10) -> None:
        """Stop the server, with each signal in turn given `seconds` to work, at last with SIGKILL."""
        for number in (*signals, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)
            try:
                async with asyncio.timeout(seconds):
                    await self._process.wait()
            except TimeoutError:
                continue
            return


def _launched(account: str, death_signal: signal.Signals, command: Sequence[str]) -> list[str]:
    prefix = [sys.executable, "-I", "-S", str(_LAUNCHER), account, str(os.getpid()), str(int(death_signal))]
    return [*prefix, *command]


def _environment() -> dict[str, str]:
    """Little, so that no PGDATA or PGPORT of the user's own reaches a server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _open_log(log: Path) -> int:
    """Begin a log; the one of the last start is kept beside it, since it may say why that one ended."""
    if log.exists():
        log.replace(log.with_suffix(".previous.log"))
    return os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
