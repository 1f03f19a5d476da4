"""A server's folder: private, and held by one process at a time."""

import asyncio
import contextlib
import fcntl
import os
import secrets
import socket
from collections.abc import AsyncIterator
from pathlib import Path

from bot.embedded.errors import EmbeddedError


@contextlib.asynccontextmanager
async def hold(folder: Path, *, patience: float = 0) -> AsyncIterator[None]:
    """Create the folder if need be, and keep other processes from using it.

    Raises EmbeddedError if one uses it for more than `patience` seconds.
    """
    waited = 0.0
    while (descriptor := await asyncio.to_thread(_lock, folder)) is None:
        if waited >= patience:
            raise EmbeddedError(
                f"{folder} is in use by another Backstop on this machine. Stop that one, or set BACKSTOP_STATE to "
                "another folder."
            )
        waited += 0.1
        await asyncio.sleep(0.1)
    try:
        yield
    finally:
        os.close(descriptor)


def is_held(folder: Path) -> bool:
    """Whether another process uses the folder."""
    if not folder.exists():
        return False
    descriptor = _lock(folder)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def _lock(folder: Path) -> int | None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def keep_secret(path: Path) -> str:
    """The password that is kept in `path`, made up on the first call; only the file's owner may read it."""
    try:
        return path.read_text()
    except FileNotFoundError:
        write_private(path, secrets.token_urlsafe(24))
    return path.read_text()


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody but its owner can read, not even for a moment, whole or not at all."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
