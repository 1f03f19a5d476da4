"""Changes a Redis or Valkey: removes named keys, sets times to live, queues jobs; nothing else is on its list."""

import math
from collections.abc import Sequence
from datetime import timedelta

from bot.errors import ActionFailed, BackstopError, SystemRefused, SystemUnreachable, TookTooLong
from bot.model.connections import RedisConnection

WRITES = frozenset({"UNLINK", "EXPIRE", "PING", "MULTI", "RPUSH", "EXEC"})
_BATCH = 200


class RedisWriter:
    """Changes with the writer's credentials."""

    def __init__(self, place: str, url: str, connection: RedisConnection) -> None:
        # The driver takes its time and memory from those whose systems have such a server.
        from bot.access.redis_server import RedisServer  # noqa: PLC0415

        self._server = RedisServer(place, url, connection, WRITES)

    async def remove(self, keys: Sequence[str]) -> list[str]:
        """Removes exactly these keys, in batches; returns those that were there.

        Raises ActionFailed when nothing was removed for certain, SystemUnreachable when that cannot be told.
        """
        await self._reach()
        removed: list[str] = []
        for start in range(0, len(keys), _BATCH):
            batch = keys[start : start + _BATCH]
            try:
                answers = await self._server.ask([("UNLINK", key) for key in batch])
            except BackstopError as problem:
                raise SystemUnreachable(
                    f"{problem.sentence} Up to {start + len(batch)} of {len(keys)} keys may be removed."
                ) from problem
            removed += [key for key, count in zip(batch, answers, strict=True) if count]
        return removed

    async def expire(self, key: str, ttl: timedelta) -> bool:
        """Gives one key a time to live; False when there is no such key. Raises as `remove` does."""
        await self._reach()
        (answer,) = await self._server.ask([("EXPIRE", key, math.ceil(ttl.total_seconds()))])
        return bool(answer)

    async def push(self, key: str, payload: str) -> None:
        """Adds a job to a list as Laravel does: the job and the sign for waiting workers, in one step.

        Raises ActionFailed when it was not added for certain, SystemUnreachable when that cannot be told.
        """
        await self._reach()
        commands = [("MULTI",), ("RPUSH", key, payload), ("RPUSH", f"{key}:notify", 1), ("EXEC",)]
        try:
            *_, answers = await self._server.ask(commands)
        except SystemRefused as problem:
            raise ActionFailed(f"Nothing was queued: {problem.sentence}") from problem
        if problems := [one for one in answers if isinstance(one, Exception)]:
            raise ActionFailed(f"{key} is no queue that jobs can be added to: {str(problems[0])[:100]}.")

    async def close(self) -> None:
        """Closes the connections."""
        await self._server.close()

    async def _reach(self) -> None:
        try:
            await self._server.ask([("PING",)])
        except (SystemUnreachable, TookTooLong, SystemRefused) as problem:
            raise ActionFailed(f"Nothing was changed: {problem.sentence}") from problem
