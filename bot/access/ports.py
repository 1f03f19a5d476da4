"""Looks whether somebody listens: one TCP connection, which is closed at once."""

import asyncio
import contextlib
import time
from datetime import timedelta
from urllib.parse import urlsplit

from bot.errors import ConfigurationError, SystemUnreachable, TookTooLong
from bot.model.values import write_duration

_PORTS = {
    "mysql": 3306, "mariadb": 3306, "postgresql": 5432, "postgres": 5432, "redis": 6379, "rediss": 6379,
    "valkey": 6379, "http": 80, "https": 443, "ws": 80, "wss": 443,
}  # fmt: skip


class PortReader:
    """Looks at one port."""

    def __init__(self, place: str, url: str, limit: timedelta) -> None:
        self._place, self._limit = place, limit
        self._host, self._port = host_and_port(place, url)

    async def connects(self) -> timedelta:
        """How long it took to connect. Raises SystemUnreachable when nobody listens, or TookTooLong."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._limit.total_seconds()):
                _, writer = await asyncio.open_connection(self._host, self._port)
        except TimeoutError as problem:
            raise TookTooLong(
                f"{self._place} did not answer within {write_duration(self._limit)}; a firewall may keep it closed."
            ) from problem
        except OSError as problem:
            raise SystemUnreachable(f"Nobody listens on port {self._port} of {inside(self._place)}.") from problem
        took = timedelta(seconds=time.monotonic() - started)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return took

    async def ping(self) -> str:
        """Says how fast it connects; raises as `connects` does."""
        return f"connects in {write_duration(await self.connects())}"

    async def close(self) -> None:
        """Nothing is kept open."""


def inside(place: str) -> str:
    """A place as it stands within a sentence; the names in it keep their capitals."""
    return place[:1].lower() + place[1:]


def host_and_port(place: str, url: str) -> tuple[str, int]:
    """Where an address leads: `host:port`, or a URL of a known kind. Raises ConfigurationError."""
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        port, parts = None, urlsplit("")
    if not parts.hostname or not port:
        # The address is not repeated: it may hold a password.
        raise ConfigurationError(f"The address of {inside(place)} names no host and port.")
    return parts.hostname, port
