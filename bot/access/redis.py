"""Looks into a Redis or Valkey: only commands of a fixed list, none of which changes or blocks anything."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from redis import exceptions
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from bot.access.deadline import within
from bot.access.keys import KeyPattern
from bot.errors import (
    BackstopError,
    ConfigurationError,
    NotThere,
    SystemRefused,
    SystemUnreachable,
    TookTooLong,
)
from bot.model.system import RedisConnection
from bot.model.values import write_duration
from bot.redaction import redact_text

READS = frozenset({
    "PING", "TYPE", "PTTL", "MEMORY USAGE", "OBJECT IDLETIME", "STRLEN", "GETRANGE", "SCAN", "INFO", "LLEN", "DBSIZE",
})  # fmt: skip
VALUE_CAP = 1_000_000  # bytes of a cached value that are read
KEYS_CAP = 10_000  # keys that a scan finds at most
_STEP = 1_000  # keys that the server looks at in one step of a scan
_STEPS_CAP = 5_000
_BATCH = 200
_LATER = "Look again in a moment; if it lasts, escalate."


@dataclass(frozen=True)
class Entry:
    """One cache entry as it stands; `ttl` is None when it never expires, `idle` when the server does not keep it."""

    key: str
    exists: bool
    ttl: timedelta | None = None
    size: int = 0  # bytes of memory
    type: str = ""
    idle: timedelta | None = None


@dataclass(frozen=True)
class Entries:
    """What a bounded scan found, by name of the catalogue; `cut` says that there may be more."""

    found: tuple[tuple[str, Entry], ...]
    cut: bool = False


class RedisReader:
    """Looks with the reader's credentials. A look at an entry that exists counts as three hits of the server."""

    def __init__(self, place: str, url: str, connection: RedisConnection) -> None:
        self._server = RedisServer(place, url, connection, READS)

    async def entries(self, keys: Sequence[str]) -> list[Entry]:
        """The entries of these exact keys, in order."""
        found: list[Entry] = []
        for start in range(0, len(keys), _BATCH):
            batch = keys[start : start + _BATCH]
            # MEMORY USAGE does not count as a miss, so it is asked first and alone.
            sizes = await self._server.ask([("MEMORY USAGE", key) for key in batch])
            there = [key for key, size in zip(batch, sizes, strict=True) if size is not None]
            asked = await self._server.ask(
                [(command, key) for key in there for command in ("PTTL", "TYPE", "OBJECT IDLETIME")], is_lenient=True
            )
            answers = {key: asked[at * 3 : at * 3 + 3] for at, key in enumerate(there)}
            found += [_entry(key, size, answers.get(key)) for key, size in zip(batch, sizes, strict=True)]
        return found

    async def value(self, key: str) -> bytes | None:
        """The value of a text entry for comparison, never for showing; None when there is no such key.

        Raises SystemRefused when it is too large or of another type. Counts as a hit or a miss.
        """
        (size,) = await self._server.ask([("MEMORY USAGE", key)])
        if size is None:
            return None
        length, value = await self._server.ask([("STRLEN", key), ("GETRANGE", key, 0, VALUE_CAP - 1)])
        if length > VALUE_CAP:
            raise SystemRefused(f"The value of {key} is larger than {VALUE_CAP // 1000} kB, so it was not read.")
        return bytes(value) if length else None

    async def scan(self, patterns: Sequence[KeyPattern], within_glob: str) -> Entries:
        """The entries that fit one of the patterns, found by SCAN with one glob that all of them fit."""
        keys: dict[str, str] = {}
        cursor, steps = 0, 0
        while True:
            ((cursor, batch),) = await self._server.ask([("SCAN", cursor, "MATCH", within_glob, "COUNT", _STEP)])
            for raw in batch:
                key = _text(raw)
                name = next((one.name for one in patterns if one.fits(key)), None) if key is not None else None
                if key is not None and name is not None:
                    keys[key] = name
            steps += 1
            is_cut = len(keys) > KEYS_CAP or steps >= _STEPS_CAP
            if not int(cursor) or is_cut:
                break
        wanted = sorted(keys)[:KEYS_CAP]
        entries = await self.entries(wanted)
        found = tuple((keys[entry.key], entry) for entry in entries if entry.exists)
        return Entries(found, bool(int(cursor)) and is_cut)

    async def ping(self) -> str:
        """Says that the server answers; raises as the other looks do."""
        await self._server.ask([("PING",)])
        return "answers"

    async def close(self) -> None:
        """Closes the connections."""
        await self._server.close()


class RedisServer:
    """Connections to one server with one set of credentials, a list of commands, and what its errors mean."""

    def __init__(self, place: str, url: str, connection: RedisConnection, commands: frozenset[str]) -> None:
        self.place, self._commands = place, commands
        self._seconds = connection.timeout.total_seconds()
        self._limit = write_duration(connection.timeout)
        try:
            pool = BlockingConnectionPool.from_url(
                url, max_connections=connection.pool, timeout=self._seconds, socket_timeout=self._seconds,
                socket_connect_timeout=self._seconds, retry=Retry(NoBackoff(), 0), client_name="backstop",
                protocol=2,  # with 3 the client does not notice that an idle connection was closed by the server
            )  # fmt: skip
        except ValueError as problem:
            # The message would repeat the address, and with it the password.
            raise ConfigurationError(f"The address of {place.lower()} is not one of Redis.") from problem
        self._client: Redis = Redis.from_pool(pool)

    async def ask(self, commands: Sequence[tuple[Any, ...]], *, is_lenient: bool = False) -> list[Any]:
        """Sends commands in one go and returns their answers; with `is_lenient` an error of one is its answer.

        Raises SystemUnreachable, TookTooLong, SystemRefused, and NotThere for a command that the server lacks.
        """
        if not commands:
            return []
        for command in commands:
            if command[0] not in self._commands:
                raise SystemRefused(f"{command[0]} is not among the commands that the bot may send here.")
        with self._translated():
            try:
                answers = await within(self._seconds + 0.3, self._send(commands))
            except TimeoutError as problem:
                raise TookTooLong(f"{self.place} did not answer within {self._limit}. {_LATER}") from problem
            for answer in answers:
                if isinstance(answer, Exception) and not (is_lenient and type(answer) is exceptions.ResponseError):
                    raise answer
        return answers

    async def _send(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        async with self._client.pipeline(transaction=False) as pipe:
            for command in commands:
                pipe.execute_command(*command)
            return await pipe.execute(raise_on_error=False)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except BackstopError:
            raise
        except (exceptions.AuthenticationError, exceptions.AuthorizationError) as problem:
            raise SystemRefused(f"{self.place} refused the bot's login. Check its credentials.") from problem
        except exceptions.NoPermissionError as problem:
            raise SystemRefused(f"{self.place} does not let the bot do this: {_message(problem)}.") from problem
        except exceptions.TimeoutError as problem:
            raise TookTooLong(f"{self.place} did not answer within {self._limit}. {_LATER}") from problem
        except (exceptions.BusyLoadingError, exceptions.ConnectionError, OSError) as problem:
            raise SystemUnreachable(f"{self.place} cannot be reached. {_LATER}") from problem
        except exceptions.RedisError as problem:
            message = _message(problem)
            if message.startswith("unknown command"):
                raise NotThere(f"{self.place} does not know a command: {message}.") from problem
            raise SystemRefused(f"{self.place} answered with an error: {message}.") from problem


def _entry(key: str, size: Any, answers: Sequence[Any] | None) -> Entry:
    if answers is None or answers[0] == -2:  # gone between the two looks
        return Entry(key, exists=False)
    milliseconds, kind, idle = answers
    return Entry(
        key,
        exists=True,
        ttl=None if milliseconds == -1 else timedelta(milliseconds=int(milliseconds)),
        size=int(size),
        type=_text(kind) or "",
        idle=timedelta(seconds=idle) if isinstance(idle, int) else None,
    )


def _text(raw: Any) -> str | None:
    if isinstance(raw, str):
        return raw
    try:
        return bytes(raw).decode()
    except UnicodeDecodeError:
        return None  # a key that no pattern of the catalogue can fit


def _message(problem: Exception) -> str:
    return redact_text(str(problem)).strip().rstrip(".")[:200]
