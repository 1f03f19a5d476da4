"""Connections to a Redis or Valkey, for a fixed list of commands, with its errors in words that people understand."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from redis import exceptions
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from bot.access.deadline import within
from bot.access.keys import NO_KEY
from bot.errors import (
    BackstopError,
    ConfigurationError,
    NotThere,
    SystemRefused,
    SystemUnreachable,
    TookTooLong,
)
from bot.model.connections import RedisConnection
from bot.model.values import write_duration
from bot.redaction import redact_text

# What a server counts as a look-up of its users: known, so that it can be taken off its figures again.
_COUNTED = frozenset({
    "TYPE", "PTTL", "OBJECT IDLETIME", "STRLEN", "GETRANGE", "LLEN", "LRANGE", "ZCARD", "ZCOUNT",
})  # fmt: skip
_LATER = "Look again in a moment; if it lasts, escalate."


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
        self.counted = {"hits": 0, "misses": 0}  # by the server, of what was asked here

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
            answers = await pipe.execute(raise_on_error=False)
        for command, answer in zip(commands, answers, strict=True):
            if command[0] in _COUNTED:
                self.counted["misses" if _is_nothing(command[0], answer) else "hits"] += 1
        return answers

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


def _is_nothing(command: str, answer: Any) -> bool:
    if command == "PTTL":
        return bool(answer == NO_KEY)
    return answer is None or answer in (b"", "", "none", b"none", 0, [])


def _message(problem: Exception) -> str:
    return redact_text(str(problem)).strip().rstrip(".")[:200]
