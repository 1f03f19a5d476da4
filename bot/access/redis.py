"""Looks into a Redis or Valkey: only commands of a fixed list, none of which changes or blocks anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.access.keys import NO_KEY, KeyPattern, escape_glob
from bot.errors import SystemRefused
from bot.model.connections import RedisConnection

READS = frozenset({
    "PING", "TYPE", "PTTL", "MEMORY USAGE", "OBJECT IDLETIME", "STRLEN", "GETRANGE", "SCAN", "INFO", "LLEN", "DBSIZE",
    "LRANGE", "ZCARD", "ZCOUNT",
})  # fmt: skip
VALUE_CAP = 1_000_000  # bytes of a cached value that are read
KEYS_CAP = 10_000  # keys that a scan finds at most
_STEP = 1_000  # keys that the server looks at in one step of a scan
_STEPS_CAP = 5_000
_BATCH = 200
_SHORT = 4_000  # bytes of a short text, such as what a worker says about itself
_REFUSALS = frozenset({"OOM", "READONLY", "MISCONF", "NOREPLICAS"})


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


@dataclass(frozen=True)
class ServerFacts:
    """What a server says about itself. `hits` and `misses` are those of its users since its start, without the bot's.

    `refused` counts writes that it refused since its start, by reason: OOM, READONLY, MISCONF, NOREPLICAS.
    `refuses` says why it would refuse a write now, as far as that can be seen without trying one.
    """

    hits: int
    misses: int
    keys: int
    memory: int  # bytes
    limit: int  # bytes; 0 is none
    policy: str
    evicted: int
    expired: int
    role: str
    clients: int
    clients_limit: int
    uptime: timedelta
    refused: Mapping[str, int]
    refuses: str = ""


class RedisReader:
    """Looks with the reader's credentials. A look at an entry that exists counts as three hits of the server."""

    def __init__(self, place: str, url: str, connection: RedisConnection) -> None:
        # The driver takes its time and memory from those whose systems have such a server.
        from bot.access.redis_server import RedisServer  # noqa: PLC0415

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

    async def existing(self, keys: Sequence[str]) -> set[str]:
        """Which of these keys exist; not counted by the server as a hit or a miss."""
        sizes = await self._server.ask([("MEMORY USAGE", key, "SAMPLES", 1) for key in keys])
        return {key for key, size in zip(keys, sizes, strict=True) if size is not None}

    async def keys(self, before: str, after: str, most: int) -> list[str]:
        """The keys that begin and end so, in order, and no more than so many."""
        found: set[str] = set()
        cursor, steps = 0, 0
        glob = f"{escape_glob(before)}*{escape_glob(after)}"
        while True:
            ((cursor, batch),) = await self._server.ask([("SCAN", cursor, "MATCH", glob, "COUNT", _STEP)])
            found |= {key for raw in batch if (key := _text(raw)) is not None}
            steps += 1
            if not int(cursor) or len(found) >= most or steps >= _STEPS_CAP:
                return sorted(found)[:most]

    async def texts(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The beginnings of these texts; what is no text is left out."""
        answers = await self._server.ask([("GETRANGE", key, 0, _SHORT - 1) for key in keys], is_lenient=True)
        return {key: bytes(one) for key, one in zip(keys, answers, strict=True) if isinstance(one, (bytes, bytearray))}

    async def ask(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Sends commands of the list in one go and returns their answers; raises as the other looks do."""
        return await self._server.ask(commands)

    async def facts(self) -> ServerFacts:
        """What the server says about itself, without what the bot's own looks have added to its figures."""
        own = dict(self._server.counted)
        info, errors = await self._server.ask([("INFO",), ("INFO", "errorstats")])
        keys = sum(
            int(one.get("keys", 0)) for name, one in info.items() if name.startswith("db") and name[2:].isdigit()
        )
        refused = {
            name.removeprefix("errorstat_"): int(one.get("count", 0))
            for name, one in errors.items()
            if name.removeprefix("errorstat_") in _REFUSALS
        }
        return ServerFacts(
            hits=int(info["keyspace_hits"]) - own["hits"], misses=int(info["keyspace_misses"]) - own["misses"],
            keys=keys, memory=int(info["used_memory"]), limit=int(info.get("maxmemory", 0)),
            policy=str(info.get("maxmemory_policy", "")), evicted=int(info["evicted_keys"]),
            expired=int(info["expired_keys"]), role=str(info.get("role", "")),
            clients=int(info["connected_clients"]), clients_limit=int(info.get("maxclients", 0)),
            uptime=timedelta(seconds=int(info["uptime_in_seconds"])), refused=refused, refuses=_refuses(info),
        )  # fmt: skip

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

    async def count(self) -> int:
        """How many keys there are."""
        (number,) = await self._server.ask([("DBSIZE",)])
        return int(number)

    async def ping(self) -> str:
        """Says that the server answers; raises as the other looks do."""
        await self._server.ask([("PING",)])
        return "answers"

    async def close(self) -> None:
        """Closes the connections."""
        await self._server.close()


def _refuses(info: Mapping[str, Any]) -> str:
    """Why a write would be refused now."""
    if info.get("role") == "slave" and int(info.get("slave_read_only", 1)):
        return "read-only replica"
    limit = int(info.get("maxmemory", 0))
    if limit and int(info["used_memory"]) >= limit and info.get("maxmemory_policy") == "noeviction":
        return "out of memory"
    return "the last snapshot failed" if info.get("rdb_last_bgsave_status") == "err" else ""


def _entry(key: str, size: Any, answers: Sequence[Any] | None) -> Entry:
    if answers is None or answers[0] == NO_KEY:  # gone between the two looks
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
