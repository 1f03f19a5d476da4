"""Workers in processes of their own, to be killed or frozen: each stops at one step, says so, and goes on when told.

One process imports everything once and forks for each of them, so that a test does not wait for imports.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypedDict

import structlog
import uvloop

from bot.model.request import Request, State
from bot.store import Store, Work, requests
from tests.bot.approvals.engine import Engine, Shared, action

STEPS = (
    "before claim", "rights read", "claiming", "claimed", "looked again", "allowed", "before effect", "after effect",
    "recording", "recorded",
)  # fmt: skip
IDLE = timedelta(seconds=1)  # in a transaction, before the database ends it


class Job(TypedDict):
    """What one worker is to do, and where it is to stop."""

    database: str
    request: str
    effects: str
    step: str
    socket: str
    idempotent: bool


class Line:
    """The wire to the test: where the worker stands, and the word to go on."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def say(self, text: str) -> None:
        """Says where it stands."""
        self._writer.write(f"{text}\n".encode())
        await self._writer.drain()

    async def stand(self, step: str) -> None:
        """Says where it stands, and waits for a line."""
        await self.say(f"at {step}")
        await self._reader.readline()


class Gate:
    """Where the action is about to have its effect."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def wait(self) -> None:
        """See `asyncio.Event`."""
        await self._line.stand("before effect")


class Effects(list[str]):
    """The effect: a line in a file, which is there whatever becomes of this process."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def append(self, request: str) -> None:
        """Writes the line."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{request}\n")


def stop_at(engine: Engine, line: Line, wanted: str) -> None:
    """Has the engine stop at a step."""

    def stops(step: str, work: Callable[..., Awaitable[Any]], *, first: bool = False) -> Any:
        async def stepped(*given: Any, **more: Any) -> Any:
            if first and wanted == step:
                await line.stand(step)
            done = await work(*given, **more)
            if not first and wanted == step:
                await line.stand(step)
            return done

        return stepped

    claims: Any = engine.claims
    executing: Any = engine.executing
    claims.claim = stops("before claim", claims.claim, first=True)
    claims._missing = stops("rights read", claims._missing)
    claims.claim = stops("claimed", claims.claim)
    executing._look_again = stops("looked again", executing._look_again)
    claims.holds = stops("allowed", claims.holds)
    claims.end = stops("after effect", claims.end, first=True)
    claims.end = stops("recorded", claims.end)
    if wanted == "before effect":
        engine.shared.world.gate = Gate(line)  # type: ignore[assignment]  # it is waited for, and no more
    move = requests.move

    async def moved(work: Work, request: Request, to: State, *given: Any, **fields: Any) -> Request:
        """Stops inside the transaction, with what it changed not committed."""
        done = await move(work, request, to, *given, **fields)
        if wanted == {State.RUNNING: "claiming", State.DONE: "recording"}.get(to):
            await line.stand(wanted)
        return done

    requests.move = moved


async def work(job: Job) -> None:
    """Executes one request."""
    shared = Shared(actions={"touch": action(idempotent=job["idempotent"])})
    shared.world.applied = Effects(Path(job["effects"]))
    line = Line(*await asyncio.open_unix_connection(job["socket"]))
    engine = Engine(job["database"], shared, f"child-{os.getpid()}", Store(job["database"], idle=IDLE))
    await engine.presence.hold()
    stop_at(engine, line, job["step"])
    try:
        await engine.executing.execute(job["request"])
    finally:
        await engine.close()
        await line.say("ended")


def main() -> None:
    """Forks for each line that is read, and says the number of the process."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    for text in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                uvloop.run(work(json.loads(text)))
            finally:
                os._exit(0)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
