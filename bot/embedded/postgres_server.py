"""`async with postgres(folder)`: a PostgreSQL server of one's own, which keeps its data in that folder."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from urllib.parse import quote

from bot.embedded.account import Account, choose_account, own
from bot.embedded.cluster import SUPERUSER, Cluster
from bot.embedded.errors import EmbeddedError
from bot.embedded.folder import free_port, hold, is_held
from bot.embedded.process import Process
from bot.embedded.programs import find_postgres

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
}
_START_SECONDS = 60.0  # replaying the log after a hard stop may take a while on a slow disk
_PORT_ATTEMPTS = 3


class PostgresServer:
    """A running PostgreSQL that listens on 127.0.0.1 only, and lets nobody in without a password."""

    host = "127.0.0.1"
    superuser = SUPERUSER

    def __init__(self, process: Process, port: int, password: str) -> None:
        self._process = process
        self.port = port
        self._password = password

    def __repr__(self) -> str:
        return f"<PostgresServer on {self.host}:{self.port}>"

    @property
    def pid(self) -> int:
        """The process id of the postmaster."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the server has not ended by itself."""
        return self._process.is_running

    def url(self, database: str = "postgres", *, user: str | None = None, password: str | None = None) -> str:
        """The address of `database` for `user`, by default the superuser."""
        if user is None:
            user, password = self.superuser, self._password
        login = quote(user, safe="") + ("" if password is None else f":{quote(password, safe='')}")
        return f"postgresql://{login}@{self.host}:{self.port}/{quote(database, safe='')}"


@contextlib.asynccontextmanager
async def postgres(
    folder: Path,
    *,
    settings: Mapping[str, str] | None = None,
    template: Path | None = None,
    account: Account | None = None,
) -> AsyncIterator[PostgresServer]:
    """Start a PostgreSQL whose data stays in `folder`, and stop it at the end of the block.

    `settings` go over the defaults, which suit a small machine. `template` is a folder where a fresh cluster is kept
    for the next new `folder` to be copied from: for tests, which then set one up only once; its copies share a
    password. `account` is found out by itself. Enter this from the main thread: the kernel stops the server when the
    thread that started it ends. Raises EmbeddedError if the folder is in use, or the server does not start.
    """
    folder = await asyncio.to_thread(folder.resolve)
    wanted = _SETTINGS | dict(settings or {})
    account = account or await choose_account()
    programs = await find_postgres(account)
    async with hold(folder):
        cluster = Cluster(folder)
        await _ensure(cluster, programs, account, template, is_synced=wanted.get("fsync") != "off")
        await cluster.wait_until_unused()
        process, port = await _start(cluster, programs, account, wanted)
        try:
            yield PostgresServer(process, port, await asyncio.to_thread(cluster.password))
        finally:
            # "Fast": sessions are cut off, what is committed stays. Then "immediate".
            await asyncio.shield(process.stop(signal.SIGINT, signal.SIGQUIT))


async def _ensure(
    cluster: Cluster, programs: Path, account: Account, template: Path | None, *, is_synced: bool
) -> None:
    if cluster.exists:
        await own(cluster.data, account)
    elif template is None:
        await cluster.make(programs, account, is_synced=is_synced)
    else:
        pattern = Cluster(await asyncio.to_thread(template.resolve))
        async with hold(pattern.folder, patience=60):
            if not pattern.exists:
                await pattern.make(programs, account, is_synced=is_synced)
        await cluster.copy(pattern, account)


async def _start(
    cluster: Cluster, programs: Path, account: Account, settings: Mapping[str, str]
) -> tuple[Process, int]:
    """Start the server on a free port, on another one if somebody was faster, and wait until it answers."""
    # Nobody may not walk the path to the folder, but may stand in it.
    data = "/proc/self/cwd" if account is Account.NOBODY else str(cluster.data)
    options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
    for _ in range(_PORT_ATTEMPTS):
        port = free_port()
        process = await Process.start(
            "PostgreSQL", account, [str(programs / "postgres"), "-D", data, "-p", str(port), *options],
            folder=cluster.data, log=cluster.folder / "postgres.log", death_signal=signal.SIGINT,
        )  # fmt: skip
        is_answering = False
        try:
            is_answering = await _is_answering(process, cluster.data / "postmaster.pid")
        finally:
            if not is_answering:
                await asyncio.shield(process.stop(signal.SIGINT, signal.SIGQUIT))
        if is_answering:
            return process, port
        said = await asyncio.to_thread(process.tail)
        if "Address already in use" not in said:
            break
    raise EmbeddedError(f"The embedded PostgreSQL did not start. Its log {process.log} ends: {said.strip()[-600:]}")


async def _is_answering(process: Process, status: Path) -> bool:
    """Wait until the server accepts connections, which its lock file says; False if it ends, or takes too long."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_START_SECONDS):
            while process.is_running:
                if await asyncio.to_thread(_is_ready, status, process.pid):
                    return True
                await asyncio.sleep(0.01)
    return False


def port_of_running(folder: Path) -> int | None:
    """The port of the server that another process runs in `folder`; None when none does, or it is not ready. Blocks."""
    status = folder / "data" / "postmaster.pid"
    if not is_held(folder) or not status.exists():
        return None
    lines = status.read_text().splitlines()
    return int(lines[3]) if len(lines) >= 8 and lines[7].strip() == "ready" else None


def _is_ready(status: Path, pid: int) -> bool:
    try:
        lines = status.read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"
