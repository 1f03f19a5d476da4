"""`async with valkey(folder)`: a Valkey server of one's own, which lets in only users that were added to it."""

import asyncio
import contextlib
import hashlib
import secrets
import signal
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from urllib.parse import quote

from bot.embedded.account import Account
from bot.embedded.errors import EmbeddedError
from bot.embedded.folder import free_port, hold, write_private
from bot.embedded.process import Process
from bot.embedded.programs import find_valkey

READER_RULES = (
    *("~*", "resetchannels", "+@read", "-@dangerous", "+ping", "+info", "+select"),
    *("+hello", "+auth", "+client|setinfo", "+client|setname"),
)  # fmt: skip
"""ACL rules of a user who may look at every key and change none."""
WRITER_RULES = (*READER_RULES, "+@write", "-@dangerous", "+info", "+multi", "+exec")
"""ACL rules of a user who may change keys one by one, but not flush the database."""

_ADMIN = "admin"
_PORT_ATTEMPTS = 3
_START_SECONDS = 60.0


class ValkeyServer:
    """A running Valkey that listens on 127.0.0.1 only; the default user is off."""

    host = "127.0.0.1"
    admin = _ADMIN

    def __init__(self, process: Process, port: int, password: str) -> None:
        self._process = process
        self.port = port
        self._password = password

    def __repr__(self) -> str:
        return f"<ValkeyServer on {self.host}:{self.port}>"

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the server has not ended by itself."""
        return self._process.is_running

    def url(self, user: str | None = None, password: str | None = None, *, database: int = 0) -> str:
        """The address for `user`, by default the admin, who may do everything."""
        if user is None or password is None:
            user, password = self.admin, self._password
        return f"redis://{quote(user, safe='')}:{quote(password, safe='')}@{self.host}:{self.port}/{database}"

    async def add_user(self, name: str, password: str, *rules: str) -> str:
        """Let a user in until the server stops, with ACL `rules` such as `READER_RULES`; the address for them.

        A user of that name who exists already is replaced.
        """
        # Who wants only a PostgreSQL does not wait for this package.
        from redis.asyncio import Redis  # noqa: PLC0415

        async with Redis.from_url(self.url()) as client:
            hashed = hashlib.sha256(password.encode()).hexdigest()
            # redis-py wants the rules sorted into five parameters; the server takes them as they are written.
            await client.execute_command("ACL", "SETUSER", name, "reset", "on", f"#{hashed}", *rules)  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
        return self.url(name, password)


@contextlib.asynccontextmanager
async def valkey(
    folder: Path | None = None, *, settings: Mapping[str, str] | None = None
) -> AsyncIterator[ValkeyServer]:
    """Start a Valkey, and stop it at the end of the block.

    With a `folder` its data stays there (append-only file, synced every second); without one it is kept in memory
    alone. Users are not kept: add them after each start. Enter this from the main thread: the kernel stops the server
    when the thread that started it ends. Raises EmbeddedError if the folder is in use, or the server does not start.
    """
    async with contextlib.AsyncExitStack() as stack:
        wanted = {"save": "", "appendonly": "no" if folder is None else "yes"} | dict(settings or {})
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="backstop-valkey-")))
        folder = await asyncio.to_thread(folder.resolve)
        await stack.enter_async_context(hold(folder))
        server = await _start(folder, wanted)
        try:
            yield server
        finally:
            await asyncio.shield(server._process.stop(signal.SIGTERM))


async def _start(folder: Path, settings: Mapping[str, str]) -> ValkeyServer:
    """Start the server on a free port, on another one if somebody was faster, and wait until it answers."""
    password = secrets.token_urlsafe(24)
    users = folder / "users.acl"
    hashed = hashlib.sha256(password.encode()).hexdigest()
    await asyncio.to_thread(write_private, users, f"user default off\nuser {_ADMIN} on #{hashed} ~* &* +@all\n")
    fixed = {"bind": "127.0.0.1", "dir": str(folder), "aclfile": str(users), "daemonize": "no", "protected-mode": "yes"}
    for _ in range(_PORT_ATTEMPTS):
        port = free_port()
        options = [word for name, value in {**settings, **fixed}.items() for word in (f"--{name}", value)]
        process = await Process.start(
            "Valkey", Account.SAME, [str(find_valkey()), "--port", str(port), *options],
            folder=folder, log=folder / "valkey.log", death_signal=signal.SIGTERM,
        )  # fmt: skip
        is_answering = False
        try:
            is_answering = await _is_answering(process)
        finally:
            if not is_answering:
                await asyncio.shield(process.stop(signal.SIGTERM))
        if is_answering:
            return ValkeyServer(process, port, password)
        said = await asyncio.to_thread(process.tail)
        if "Address already in use" not in said:
            break
    raise EmbeddedError(f"The embedded Valkey did not start. Its log ends: {said.strip()[-600:]}")


async def _is_answering(process: Process) -> bool:
    """Wait until the server accepts connections; False if it ends instead, or takes too long.

    It says so itself, in its log: to ask on the port would hand the password to whoever was faster to listen there.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_START_SECONDS):
            while process.is_running:
                if "Ready to accept connections" in await asyncio.to_thread(process.tail):
                    return True
                await asyncio.sleep(0.01)
    return False
