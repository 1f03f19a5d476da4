"""Runs allow-listed commands: argument vectors, bounded in time and output, and judged by what they say."""

import asyncio
import contextlib
import os
import re
import shlex
import shutil
import signal
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from bot.access.secrets import Secrets
from bot.errors import ConfigurationError, InputError, NotThere, SystemRefused, SystemUnreachable, TookTooLong
from bot.model.commands import Command, CommandInput, Transport
from bot.model.inputs import fill
from bot.model.system import System
from bot.model.values import Scalar, write_duration
from bot.redaction import REMOVED, redact_text

_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d{1,15}")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_REST = 0.2  # seconds for the rest of the output after the end, for a child may keep it open
_SHORTEST_SECRET = 6
_NOT_FOUND, _NOT_ALLOWED, _SSH_BROKE_OFF = 127, 126, 255


@dataclass(frozen=True)
class CommandResult:
    """How a command ended: `output` is its end without secrets, `why` says why it does not count as a success."""

    command: str
    exit: int
    output: str
    why: str
    took: timedelta
    cut: bool = False

    @property
    def ok(self) -> bool:
        """Whether it was a success, as its file declares it."""
        return not self.why


class Commands:
    """The commands of one system."""

    def __init__(self, system: System, secrets: Secrets) -> None:
        self._system, self._secrets = system, secrets

    async def run(self, name: str, typed: Mapping[str, Scalar]) -> CommandResult:
        """Runs a command to its end. Raises NotThere, TookTooLong, SystemUnreachable, SystemRefused, InputError."""
        if name not in self._system.commands:
            raise ConfigurationError(f"systems/{self._system.name}.yml has no command {name}.")
        command = self._system.commands[name]
        transport = self._system.transports[command.transport]
        words = vector(command, transport, typed)
        environment = await self._environment(transport)
        folder = await self._secrets.value(transport.folder) if transport.folder else None
        if folder is not None and not await asyncio.to_thread(Path(folder).is_dir):
            raise NotThere(f"The folder in which {name} of {self._system.title} runs is not there.")
        started = time.monotonic()
        code, raw, is_cut = await _run(f"{name} of {self._system.title}", words, folder, environment, command)
        took = timedelta(seconds=time.monotonic() - started)
        output = _ANSI.sub("", raw.decode("utf-8", errors="replace")).strip()
        _ran_at_all(f"{name} of {self._system.title}", code, transport)
        why = _judged(command, code, output)
        for value in environment.secret_values:
            output = output.replace(value, REMOVED)
        shown = "" if command.secret_output else redact_text(output)
        return CommandResult(name, code, shown, why, took, is_cut)

    async def _environment(self, transport: Transport) -> "_Environment":
        base = {
            "PATH": os.environ.get("PATH", os.defpath), "HOME": os.environ.get("HOME", "/"), "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1", "TERM": "dumb",
        }  # fmt: skip
        passed = {name: value for name in transport.environment if (value := self._secrets.get(name))}
        return _Environment({**base, **passed}, tuple(v for v in passed.values() if len(v) >= _SHORTEST_SECRET))


@dataclass(frozen=True)
class _Environment:
    variables: Mapping[str, str]
    secret_values: tuple[str, ...]


def vector(command: Command, transport: Transport, typed: Mapping[str, Scalar]) -> list[str]:
    """The words that are started: the transport's prefix and the command with its inputs, each checked for its type.

    Raises InputError for a value of another type, and for inputs that are missing or not known.
    """
    if unknown := set(typed) - set(command.inputs):
        raise InputError(f"The command takes no {sorted(unknown)[0]}.")
    values = {name: _checked(name, spec, typed.get(name)) for name, spec in command.inputs.items()}
    words = [fill(word, values) for word in command.run]
    if transport.quoting == "shell":
        words = [shlex.quote(word) for word in words]
    return [*transport.prefix, *words]


def _checked(name: str, spec: CommandInput, value: Scalar) -> str:
    text = "" if value is None or isinstance(value, bool) else str(value)
    if spec.type == "choice":
        if text in spec.choices:
            return text
        raise InputError(f"{name} must be one of {', '.join(spec.choices)}.")
    if spec.type == "number":
        if _NUMBER.fullmatch(text) and spec.minimum <= int(text) <= spec.maximum:
            return str(int(text))
        raise InputError(f"{name} must be a whole number from {spec.minimum} to {spec.maximum}.")
    if _ULID.fullmatch(text):
        return text
    with contextlib.suppress(ValueError):
        return str(UUID(text))
    raise InputError(f"{name} must be a UUID.")


async def _run(
    what: str, words: list[str], folder: str | None, environment: _Environment, command: Command
) -> tuple[int, bytes, bool]:
    loop = asyncio.get_running_loop()
    try:
        process, watch = await loop.subprocess_exec(
            lambda: _Watch(command.output_cap), *words, cwd=folder, env=environment.variables, stdin=DEVNULL,
            stdout=PIPE, stderr=STDOUT, start_new_session=True,  # so that all that it starts can be ended with it
        )  # fmt: skip
    except FileNotFoundError as problem:
        raise NotThere(f"{what} cannot be run: {words[0].rpartition('/')[2]} is not installed there.") from problem
    except PermissionError as problem:
        if "/" not in words[0] and shutil.which(words[0], path=environment.variables.get("PATH")) is None:
            # It is nowhere; what may not be read is a folder in which it was looked for.
            raise NotThere(f"{what} cannot be run: {words[0]} is not installed there.") from problem
        raise SystemRefused(f"{what} may not be run by the bot; let its account do so.") from problem
    try:
        async with asyncio.timeout(command.timeout.total_seconds()):
            await watch.ended.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_REST):
                await watch.said_all.wait()
    except TimeoutError as problem:
        raise TookTooLong(f"{what} did not end within {write_duration(command.timeout)}, so it was ended.") from problem
    finally:
        if not watch.ended.is_set():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.get_pid(), signal.SIGKILL)
        process.close()
    code = process.get_returncode()
    return -1 if code is None else code, bytes(watch.end), watch.is_cut


class _Watch(asyncio.SubprocessProtocol):
    """Keeps the end of what a process says, and knows when it has ended, though a child of it may still be there."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self.end = bytearray()
        self.is_cut = False
        self.ended, self.said_all = asyncio.Event(), asyncio.Event()

    def pipe_data_received(self, fd: int, data: bytes) -> None:  # noqa: ARG002 - there is one pipe
        self.end += data
        if len(self.end) > self._cap:
            self.is_cut = True
            del self.end[: -self._cap]

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002 - it is closed either way
        self.said_all.set()

    def process_exited(self) -> None:
        self.ended.set()


def _ran_at_all(what: str, code: int, transport: Transport) -> None:
    if code == _NOT_FOUND:
        raise NotThere(f"{what} cannot be run: its program is not installed there.")
    if code == _NOT_ALLOWED:
        raise SystemRefused(f"{what} may not be run there; let the bot's account do so.")
    if code == _SSH_BROKE_OFF and transport.quoting == "shell":
        raise SystemUnreachable(f"{what} was not run: the machine cannot be reached.")


def _judged(command: Command, code: int, output: str) -> str:
    success = command.success
    if code not in success.exit:
        return f"it ended with exit code {code}"
    if success.fails and re.search(success.fails, output, re.MULTILINE | re.IGNORECASE):
        return "its output tells of a failure"
    if success.says and not re.search(success.says, output, re.MULTILINE | re.IGNORECASE):
        return "its output does not say that it succeeded"
    return ""
