"""A worker in a process of its own, to be killed or frozen: stops at one step, says so, and goes on when it is told."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import structlog

from tests.bot.approvals.engine import Engine, Shared, action


async def pause(step: str) -> None:
    """Says where it stands, and waits for a line."""
    sys.stdout.write(f"at {step}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)


class Gate:
    """Where the action is about to have its effect."""

    async def wait(self) -> None:
        """See `asyncio.Event`."""
        await pause("before effect")


class Effects(list[str]):
    """The effect: a line in a file, which is there whatever becomes of this process."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def append(self, request: str) -> None:
        """Writes the line."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{request}\n")


async def main(address: str, request: str, effects: Path, wanted: str, idempotent: bool) -> None:
    """Executes one request."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    shared = Shared(actions={"touch": action(idempotent=idempotent)})
    shared.world.applied = Effects(effects)
    engine = Engine(address, shared, f"child-{wanted}-{request}")
    await engine.presence.hold()
    if wanted == "before effect":
        shared.world.gate = Gate()  # type: ignore[assignment]  # it is waited for, and no more

    def stopping(step: str, work: Any, *, first: bool) -> Any:
        async def stepped(*given: Any) -> Any:
            if first and wanted == step:
                await pause(step)
            done = await work(*given)
            if not first and wanted == step:
                await pause(step)
            return done

        return stepped

    claims: Any = engine.claims
    claims.claim = stopping("before claim", claims.claim, first=True)
    claims.claim = stopping("claimed", claims.claim, first=False)
    claims.end = stopping("after effect", claims.end, first=True)
    claims.end = stopping("recorded", claims.end, first=False)
    await engine.executing.execute(request)
    await engine.close()
    sys.stdout.write("ended\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4], sys.argv[5] == "idempotent"))
