"""Programs in processes of their own, so that what is measured shares no loop with who measures."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
_STOP_SECONDS = 15


@contextlib.asynccontextmanager
async def child(
    module: str, *arguments: str, environment: Mapping[str, str] | None = None, quiet: bool = True
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m module …` for the time of the block; its output is read line by line.

    What was compiled is kept for its next start, as it is in the image, also where the environment says otherwise.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **(environment or {})},
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL if quiet else None,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), _STOP_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()


async def line(process: asyncio.subprocess.Process, seconds: float = 60) -> str:
    """The next line that it prints. Raises RuntimeError when it ends instead, TimeoutError when it is too slow."""
    assert process.stdout is not None  # noqa: S101  # it was made with a pipe
    said = (await asyncio.wait_for(process.stdout.readline(), seconds)).decode().strip()
    if not said:
        raise RuntimeError(f"a measured program ended with {await process.wait()} and said nothing")
    return said


def free_port() -> int:
    """A port on 127.0.0.1 that nobody uses now."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def resident(pid: int) -> float:
    """The memory of a process that is its own or shared and in use now, in MB."""
    fields = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
