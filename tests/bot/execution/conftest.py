"""The nursery of workers to be killed and frozen, and the replica that is left."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from bot.model.request import Request
from bot.store.provisioning import Addresses
from tests.bot.approvals.engine import Engine, Shared
from tests.bot.execution.worker_child import Job
from tests.supported import ROOT


class Child:
    """A worker in a process of its own, which stands at a step."""

    def __init__(self, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pid, self._reader, self._writer = pid, reader, writer

    async def hears(self, text: str) -> None:
        """Waits until it says this."""
        said = await asyncio.wait_for(self._reader.readline(), 20)
        assert said.decode().strip() == text

    async def kill(self) -> None:
        """kill -9."""
        os.kill(self.pid, signal.SIGKILL)
        assert await asyncio.wait_for(self._reader.read(), 20) == b""

    def freeze(self) -> None:
        """Nothing of it runs, and all its connections stay open."""
        os.kill(self.pid, signal.SIGSTOP)

    async def thaw(self) -> None:
        """Has it go on to its end."""
        os.kill(self.pid, signal.SIGCONT)
        self._writer.write(b"\n")
        await self._writer.drain()
        await self.hears("ended")

    def close(self) -> None:
        """Nothing is left of it."""
        self._writer.close()
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


class Nursery:
    """A process that has imported everything, and forks."""

    def __init__(self, process: asyncio.subprocess.Process, sockets: Path) -> None:
        self._process, self._sockets, self._count = process, sockets, 0

    @asynccontextmanager
    async def child(
        self, addresses: Addresses, request: Request, effects: Path, step: str, *, idempotent: bool = False
    ) -> AsyncIterator[Child]:
        """A worker that stands at this step of executing a request."""
        self._count += 1
        path = self._sockets / str(self._count)
        wires: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await wires.put((reader, writer))

        job = Job(database=addresses.running, request=request.id, effects=str(effects), step=step, socket=str(path),
                  idempotent=idempotent)  # fmt: skip
        async with await asyncio.start_unix_server(connected, path):
            assert self._process.stdin is not None and self._process.stdout is not None
            self._process.stdin.write(json.dumps(job).encode() + b"\n")
            pid = int(await asyncio.wait_for(self._process.stdout.readline(), 30))
            child = Child(pid, *await asyncio.wait_for(wires.get(), 20))
            try:
                await child.hears(f"at {step}")
                yield child
            finally:
                child.close()


@pytest.fixture(scope="session")
async def nursery(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Nursery]:
    """One for all tests of this folder."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bot.execution.worker_child",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, cwd=ROOT,
    )  # fmt: skip
    yield Nursery(process, tmp_path_factory.mktemp("s"))
    process.kill()
    await process.wait()


@pytest.fixture
async def survivor(addresses: Addresses) -> AsyncIterator[Engine]:
    """The replica that is left."""
    made = Engine(addresses.running, Shared(), "survivor")
    await made.presence.hold()
    yield made
    await made.close()
