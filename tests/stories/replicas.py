"""Replicas of the bot as processes of their own, as `backstop run` starts them: to be counted, killed and stopped."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from bot.embedded.folder import free_port
from bot.settings import Settings
from sandbox.slack.server import Served

ROOT = Path(__file__).parents[2]
_SECONDS = 60.0  # until a replica is ready, also where much else is going on


class Replica:
    """One process. `kill` ends it as a crash does, `stop` as a supervisor does."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, log: Path) -> None:
        self._process, self.port, self._log = process, port, log

    @property
    def log(self) -> str:
        """What it said."""
        return self._log.read_text(encoding="utf-8")

    @property
    def memory(self) -> int:
        """Bytes of its own in memory."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    async def wrong(self) -> dict[str, str] | None:
        """What is wrong with it; None while it does not answer."""
        async with httpx.AsyncClient(trust_env=False) as http:
            try:
                answer = await http.get(f"http://127.0.0.1:{self.port}/readyz")
            except httpx.HTTPError:
                return None
        return dict(answer.json()["wrong"])

    async def until_ready(self) -> None:
        """Waits until it is ready. Raises AssertionError with its log when it ended instead."""
        async with asyncio.timeout(_SECONDS):
            while await self.wrong() != {}:  # another process gets ready
                assert self._process.returncode is None, self.log
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """Ends it without warning."""
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> int:
        """Asks it to end, and waits; returns its exit code."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        return await self._process.wait()


@asynccontextmanager
async def replicas(
    count: int, served: Served, database: str, environment: Mapping[str, str], folder: Path, **settings: str
) -> AsyncIterator[list[Replica]]:
    """So many replicas that share a database and a workspace; those that are left are ended after the block."""
    started: list[Replica] = []
    try:
        for number in range(count):
            started.append(await _start(f"replica{number}", served, database, environment, folder, settings))
        await asyncio.gather(*(one.until_ready() for one in started))
        yield started
    finally:
        await asyncio.gather(*(one.stop() for one in started))


async def _start(
    name: str, served: Served, database: str, environment: Mapping[str, str], folder: Path, settings: Mapping[str, str]
) -> Replica:
    port, log = free_port(), folder / f"{name}.log"
    own = {
        "database_url": database, "slack_bot_token": served.bot_token, "slack_app_token": served.app_token,
        "slack_api_url": served.api_url, "http_port": str(port), "state": str(folder / name), "replica": name,
        **settings,
    }  # fmt: skip
    assert set(own) <= set(Settings.model_fields)
    variables = {f"BACKSTOP_{key.upper()}": value for key, value in own.items() if value}
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("BACKSTOP_", "AIOPS_", "ZENA_"))}
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", cwd=ROOT, env={**kept, **variables, **environment},
            stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
    return Replica(process, port, log)
