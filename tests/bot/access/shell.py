"""An SSH server of one's own on this machine, for the tests of commands that are run through it."""

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.embedded.folder import free_port

_PLACES = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])


@dataclass(frozen=True)
class Ssh:
    """How to reach it: the words before a command."""

    prefix: tuple[str, ...]


@contextlib.asynccontextmanager
async def ssh_server(folder: Path) -> AsyncIterator[Ssh]:
    """Starts it on 127.0.0.1 with keys of its own, and ends it."""
    program = shutil.which("sshd", path=_PLACES)
    if program is None:
        pytest.skip("sshd is not installed here; on Debian: apt-get install openssh-server")
    for name in ("host", "user"):
        await _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name))
    (folder / "authorized").write_text((folder / "user.pub").read_text())
    port = free_port()
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host'}\nAuthorizedKeysFile {folder / 'authorized'}\n"
        f"PidFile {folder / 'pid'}\nStrictModes no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n"
        "UsePAM no\n"
    )
    (folder / "known").write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}")
    if os.geteuid() == 0:
        # Where the server of Debian gives up its rights.
        await asyncio.to_thread(Path("/run/sshd").mkdir, mode=0o755, exist_ok=True)
    server = await asyncio.create_subprocess_exec(
        program, "-D", "-e", "-f", str(folder / "config"), stderr=asyncio.subprocess.PIPE
    )
    assert server.stderr is not None
    try:
        async with asyncio.timeout(20):
            while b"listening" not in (line := await server.stderr.readline()):
                assert line, "the server did not start"
        yield Ssh(
            ("ssh", "-F", "none", "-i", str(folder / "user"), "-p", str(port), "-o", "BatchMode=yes",
             "-o", f"UserKnownHostsFile={folder / 'known'}", "-o", "LogLevel=ERROR", "127.0.0.1", "--"),
        )  # fmt: skip
    finally:
        server.terminate()
        await server.communicate()


async def _run(*words: str) -> None:
    process = await asyncio.create_subprocess_exec(*words)
    assert await process.wait() == 0
