"""`async with mariadb(folder)`: a MariaDB server of one's own, from the machine's binaries; dies with its parent."""

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from bot.embedded.account import Account
from bot.embedded.errors import EmbeddedError
from bot.embedded.folder import free_port, hold, write_private
from bot.embedded.process import Process, run

_ADMIN = "admin"
_PORT_ATTEMPTS = 3
_START_SECONDS = 60.0
_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")
# Small and quick: what is kept here need not survive a crash of the machine.
_SETTINGS = {
    "innodb-buffer-pool-size": "32M",
    "innodb-log-file-size": "8M",
    "innodb-flush-log-at-trx-commit": "0",
    "performance-schema": "ON",
    "performance-schema-consumer-statements-digest": "ON",
}


class MariadbServer:
    """A running MariaDB that listens on 127.0.0.1 only; without an address nobody but its admin gets in."""

    host = "127.0.0.1"
    admin = _ADMIN

    def __init__(self, process: Process, port: int, password: str) -> None:
        self._process, self.port, self._password = process, port, password

    def __repr__(self) -> str:
        return f"<MariadbServer on {self.host}:{self.port}>"

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self._process.pid

    def url(self, database: str = "", *, user: str | None = None, password: str | None = None) -> str:
        """The address of a database; without a user it is the one who may do everything."""
        if user is None or password is None:
            user, password = self.admin, self._password
        return f"mysql://{quote(user, safe='')}:{quote(password, safe='')}@{self.host}:{self.port}/{database}"


def find_mariadb() -> Path | None:
    """The program `mariadbd`; None where it is not installed."""
    return _program("mariadbd", "mysqld")


@contextlib.asynccontextmanager
async def mariadb(folder: Path, *, settings: Mapping[str, str] | None = None) -> AsyncIterator[MariadbServer]:
    """Start a MariaDB whose data is in `folder`, and stop it at the end of the block.

    `settings` are options of the server, without their dashes. Enter this from the main thread: the kernel stops the
    server when the thread that started it ends. Raises EmbeddedError if the programs are missing, the folder is in
    use, or the server does not start.
    """
    server_program, install_program = find_mariadb(), _program("mariadb-install-db", "mysql_install_db")
    if server_program is None or install_program is None:
        raise EmbeddedError("MariaDB is not installed here. Install it (on Debian: apt-get install mariadb-server).")
    folder = await asyncio.to_thread(folder.resolve)
    async with hold(folder):
        data = folder / "data"
        if not await asyncio.to_thread((data / "mysql").is_dir):
            await _install(install_program, folder, data)
        server = await _start(server_program, folder, data, {**_SETTINGS, **(settings or {})})
        try:
            yield server
        finally:
            await asyncio.shield(server._process.stop(signal.SIGTERM))


async def _install(program: Path, folder: Path, data: Path) -> None:
    ended = await run(
        Account.SAME,
        [str(program), "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
         "--skip-test-db", "--skip-name-resolve", "--innodb-log-file-size=8M", "--innodb-buffer-pool-size=32M",
         "--innodb-doublewrite=0", "--innodb-flush-log-at-trx-commit=0", *_as_root()],
        folder=folder,
    )  # fmt: skip
    if ended.code != 0:
        raise EmbeddedError(f"MariaDB could not lay out its data. It says: {ended.said.strip()[-600:]}")


async def _start(program: Path, folder: Path, data: Path, settings: Mapping[str, str]) -> MariadbServer:
    """Start the server on a free port, on another one if somebody was faster, and wait until it answers."""
    password = secrets.token_urlsafe(24)
    begin = folder / "begin.sql"
    await asyncio.to_thread(write_private, begin, _first_statements(password))
    fixed = {
        "datadir": str(data), "bind-address": "127.0.0.1", "init-file": str(begin),
        "socket": "server.sock",  # below the data; an absolute path may be longer than a socket's may be
        "pid-file": str(folder / "server.pid"),
    }  # fmt: skip
    try:
        for _ in range(_PORT_ATTEMPTS):
            port = free_port()
            options = [f"--{name}={value}" for name, value in {**settings, **fixed, "port": str(port)}.items()]
            process = await Process.start(
                "MariaDB", Account.SAME,
                [str(program), "--no-defaults", "--skip-log-bin", "--skip-name-resolve", *_as_root(), *options],
                folder=folder, log=folder / "mariadb.log", death_signal=signal.SIGTERM,
            )  # fmt: skip
            is_answering = False
            try:
                is_answering = await _is_answering(process)
            finally:
                if not is_answering:
                    await asyncio.shield(process.stop(signal.SIGTERM))
            if is_answering:
                return MariadbServer(process, port, password)
            said = await asyncio.to_thread(process.tail)
            if "Address already in use" not in said:
                break
    finally:
        await asyncio.to_thread(begin.unlink, missing_ok=True)
    raise EmbeddedError(f"MariaDB did not start. Its log ends: {said.strip()[-600:]}")


def _first_statements(password: str) -> str:
    """What the server carries out before it lets anybody in; each is one line."""
    return (
        f"CREATE OR REPLACE USER '{_ADMIN}'@'127.0.0.1' IDENTIFIED BY '{password}';\n"
        f"GRANT ALL ON *.* TO '{_ADMIN}'@'127.0.0.1' WITH GRANT OPTION;\n"
        "DELETE FROM mysql.global_priv WHERE User <> 'mariadb.sys' AND (User = '' OR User = 'root');\n"
        "FLUSH PRIVILEGES;\n"
    )


async def _is_answering(process: Process) -> bool:
    """Wait until the server accepts connections; False if it ends instead, or takes too long."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_START_SECONDS):
            while process.is_running:
                if "ready for connections" in await asyncio.to_thread(process.tail):
                    return True
                await asyncio.sleep(0.02)
    return False


def _as_root() -> Sequence[str]:
    return ["--user=root"] if os.geteuid() == 0 else []


def _program(*names: str) -> Path | None:
    places = os.pathsep.join([os.environ.get("PATH", os.defpath), *_FOLDERS])
    return next((Path(found) for name in names if (found := shutil.which(name, path=places))), None)
