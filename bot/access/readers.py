"""What a probe is given: `Look`, which reads what the system's file names, for the inputs of one diagnosis."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from bot.access.answers import HttpAnswer
from bot.access.commands import CommandResult
from bot.access.fields import ABSENT, field_of
from bot.access.keys import KeyPattern, is_kept, is_of_tenant, pattern
from bot.access.logs import Record, Records, grouped, parse
from bot.access.opening import Readers, named
from bot.access.plans import Plan
from bot.access.queues import QueueState, Worker, database_counts, redis_counts, state_of, workers_of
from bot.access.redis import Entries, Entry, ServerFacts
from bot.access.serialized import read_value
from bot.access.sharing import Sharing
from bot.access.sockets import SocketSeen
from bot.access.sql import Rows, shape
from bot.access.timings import Timings, timed
from bot.errors import ConfigurationError, MissingInput, SystemRefused
from bot.model.commands import Command, Service
from bot.model.inputs import Inputs, fill
from bot.model.queues import FailedJobs, RedisQueue
from bot.model.system import Cache, CacheKind, Endpoint, Log, Query, System
from bot.model.values import Clock, Scalar

__all__ = [
    "ABSENT",
    "CommandResult",
    "Entries",
    "Entry",
    "HttpAnswer",
    "Look",
    "Plan",
    "QueueState",
    "Record",
    "Records",
    "Rows",
    "ServerFacts",
    "SocketSeen",
    "Timings",
    "Worker",
    "field_of",
    "grouped",
    "read_value",
    "shape",
]

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]


class Look:
    """Reads for one diagnosis. Every method raises SystemUnreachable, TookTooLong, SystemRefused or NotThere.

    `inputs` are what was asked about; their binds fill SQL parameters, keys and paths. Rows, answers and cache entries
    that several checks ask for at the same moment are asked for once, so that they judge by the same.
    """

    def __init__(self, system: System, inputs: Inputs, readers: Readers, clock: Clock, sleep: Sleep) -> None:
        self.system, self.inputs = system, inputs
        self._readers, self._clock, self._sleep = readers, clock, sleep
        self._sharing = Sharing()

    def alone(self) -> "Look":
        """The same look for who counts or times what it asks: nobody else's answer is taken for its own."""
        return Look(self.system, self.inputs, self._readers, self._clock, self._sleep)

    def now(self) -> datetime:
        """The time, with its zone."""
        return self._clock()

    async def sleep(self, length: timedelta) -> None:
        """Waits, between two readings of what grows."""
        await self._sleep(length.total_seconds())

    async def rows(self, query: str, /, **binds: Scalar) -> Rows:
        """The answer to a catalogued query, from a read-only transaction of its own."""
        wanted = self.query(query)

        async def ask(filled: dict[str, Scalar]) -> Rows:
            return await (await self._readers.sql(wanted.connection)).rows(wanted, filled)

        return await self._once(("rows", query), binds, ask)

    async def sample(self, query: str) -> dict[str, Scalar]:
        """The first row of a catalogued query as binds, such as one tenant to measure with; none without a query.

        Raises SystemRefused when there is no row.
        """
        if not query:
            return {}
        first = (await self.rows(query)).first
        if first is None:
            raise SystemRefused(f"There is nothing to measure with: {query} answers no row.")
        return dict(first)

    async def rows_after(self, first: str, query: str, /, **binds: Scalar) -> Rows:
        """The answer to a catalogued query after another one, such as one that sets the tenant context.

        Both are carried out in one transaction, and nothing that the first one sets is left behind.
        """
        before, wanted = self.query(first), self.query(query)

        async def ask(filled: dict[str, Scalar]) -> Rows:
            return await (await self._readers.sql(wanted.connection)).rows(wanted, filled, before)

        return await self._once(("rows", first, query), binds, ask)

    async def plan(self, query: str, /, **binds: Scalar) -> Plan:
        """How the database would carry out a catalogued query: what it reads as a whole, and the keys that it uses."""
        wanted = self.query(query)
        return await (await self._readers.sql(wanted.connection)).plan(wanted, self._binds(binds))

    async def cache(self, name: str, **binds: Scalar) -> Entry:
        """The entry of a catalogued key, all of whose places are known: whether it exists, its TTL, size and type."""
        cache, key = self._exact(name, binds)

        async def ask(_: object) -> Entry:
            return (await (await self._readers.redis(cache.connection)).entries([key]))[0]

        return await self._once(("cache", name), binds, ask)

    async def value(self, name: str, **binds: Scalar) -> bytes | None:
        """The value of a cached text, to be compared and never to be shown; None when it is not cached."""
        cache, key = self._exact(name, binds)
        return await (await self._readers.redis(cache.connection)).value(key)

    async def entries(self, *names: str, **binds: Scalar) -> Entries:
        """Every entry of this tenant that fits these catalogued keys, by exact key or by a bounded scan.

        Keys of other tenants never fit, nor does what may be state unless its own name is asked for. Raises
        MissingInput when no tenant was given.
        """
        filled = self._binds(binds)
        if filled.get("tenant") is None:
            raise MissingInput(["tenant"], "tenant is needed to find cache entries; say tenant=… as well.")
        for name in names:
            if not is_of_tenant(self.cache_line(name)):
                raise ConfigurationError(f"caches.{name} of {self.system.name} does not name the tenant.")
        return await self._entries(names, filled)

    async def entries_of_all(self, *names: str) -> Entries:
        """Every entry of every tenant that fits these catalogued keys, but never what may be state."""
        return await self._entries(names, {})

    async def most_keys(self, *names: str) -> int:
        """How many keys of any kind the fullest of the servers holds in which these catalogued keys stand."""
        servers = {self.cache_line(name).connection for name in names}
        return max([await (await self._readers.redis(server)).count() for server in servers], default=0)

    async def _entries(self, names: tuple[str, ...], filled: Mapping[str, Scalar]) -> Entries:
        found: list[tuple[str, Entry]] = []
        is_cut = False
        for connection, patterns in self._by_connection(names, filled).items():
            reader = await self._readers.redis(connection)
            exact = [one for one in patterns if one.exact is not None]
            for one, entry in zip(exact, await reader.entries([one.exact or "" for one in exact]), strict=True):
                found += [(one.name, entry)] if entry.exists else []
            for one in patterns:
                if one.exact is None:
                    scanned = await reader.scan([one], one.glob)
                    found += scanned.found
                    is_cut = is_cut or scanned.cut
        kept = {name for name in names if self.system.caches[name].kind is not CacheKind.CACHE}
        return Entries(
            tuple(
                (name, entry)
                for name, entry in found
                if name in kept or not is_kept(self.system, self.system.caches[name].connection, entry.key)
            ),
            is_cut,
        )

    async def fetch(self, endpoint: str, **binds: Scalar) -> HttpAnswer:
        """The answer of a catalogued endpoint, whatever its status."""
        wanted = self.endpoint(endpoint)

        async def ask(filled: dict[str, Scalar]) -> HttpAnswer:
            return await (await self._readers.http(wanted.connection)).fetch(wanted, filled)

        return await self._once(("fetch", endpoint), binds, ask)

    async def log(self, name: str) -> Records:
        """The records at the end of a catalogued log, without secrets."""
        wanted = named(self.system.logs, name, "log", self.system)

        async def read(_: object) -> Records:
            return await self._read(wanted)

        return await self._once(("log", name), {}, read)

    async def _read(self, wanted: Log) -> Records:
        if wanted.command:
            result = await self.run(wanted.command)
            if not result.ok:
                raise SystemRefused(f"{wanted.command} could not read the log: {result.why}.")
            return parse(result.output, wanted, cut=result.cut)
        if not wanted.endpoint:
            text, is_cut = await (await self._readers.log(wanted.connection)).tail()
            return await asyncio.to_thread(parse, text, wanted, cut=is_cut)
        answer = await self.fetch(wanted.endpoint)
        if answer.status >= 400:
            raise SystemRefused(f"{answer.what} answers {answer.status}, so the log cannot be read.")
        return parse(answer.text, wanted, cut=answer.cut)

    async def timed(self, endpoint: str, times: int, /, **binds: Scalar) -> Timings:
        """How long an endpoint takes, asked up to so many times one after the other; less often when it is slow."""
        alone = self.alone()
        return await timed(lambda: alone.fetch(endpoint, **binds), times)

    async def server(self, connection: str) -> ServerFacts:
        """What a Redis or Valkey says about itself; the bot's own look-ups are taken off its hits and misses."""
        return await (await self._readers.redis(connection)).facts()

    async def connects(self, connection: str) -> timedelta:
        """How long it takes to connect to the port of a connection of any kind."""
        return await (await self._readers.port(connection)).connects()

    async def socket(self, connection: str, *, with_token: bool = True, channel: str = "") -> SocketSeen:
        """A handshake and, where a channel such as `tenant:{tenant}:tasks` is given, a subscription."""
        reader = await self._readers.socket(connection)
        return await reader.look(with_token=with_token, channel=fill(channel, self.inputs.binds))

    async def run(self, command: str, /, **typed: Scalar) -> CommandResult:
        """How a catalogued command ended that is marked safe. Raises SystemRefused for any other."""
        if not self.command(command).safe:
            raise SystemRefused(f"{command} is not marked safe, so a look may not run it.")
        return await self._readers.commands.run(command, typed)

    def command(self, name: str) -> Command:
        """A catalogued command."""
        return named(self.system.commands, name, "command", self.system)

    def service(self, name: str) -> Service:
        """A catalogued service."""
        return named(self.system.services, name, "service", self.system)

    async def answers(self, check: str) -> str:
        """How a connection, or what a safe command looks at, answers; raises what says that it does not."""
        if check in self.system.connections:
            return f"{check} {await (await self._readers.of(check)).ping()}"
        result = await self.run(check)
        if not result.ok:
            raise SystemRefused(f"{check} says that it does not work: {result.why}.")
        return f"{check} says that it works"

    async def workers(self) -> dict[str, Worker] | None:
        """The workers of all queues that announce themselves, by name; None where no queue's workers do."""
        patterns = {
            (queue.connection if isinstance(queue, RedisQueue) else queue.workers_in, queue.workers)
            for queue in self.system.queues.values()
            if queue.workers
        }
        found = [await workers_of(await self._readers.redis(name), keys) for name, keys in sorted(patterns)]
        return {worker.name: worker for workers in found for worker in workers} if patterns else None

    async def queue(self, name: str) -> QueueState:
        """A job queue as it stands; no job is taken from it."""
        queue = named(self.system.queues, name, "queue", self.system)
        now, known_as = self.now(), queue.queue or name
        if isinstance(queue, RedisQueue):
            keys = queue.connection
            counts = await redis_counts(await self._readers.redis(keys), queue, now)
        else:
            keys = queue.workers_in
            stuck_before = int((now - queue.retry_after).timestamp())
            binds: dict[str, Scalar] = {"queue": known_as, "stuck_before": stuck_before, "now": int(now.timestamp())}
            counts = database_counts(await self.rows(queue.counts, **binds), await self.rows(queue.payloads, **binds))
        paused = bool(queue.paused) and bool(await (await self._readers.redis(keys)).existing([queue.paused]))
        workers = await workers_of(await self._readers.redis(keys), queue.workers) if queue.workers else None
        fields = (self.system.failed_jobs or FailedJobs()).tenant_fields
        return state_of(name, known_as, counts, paused, workers, fields, now)

    def query(self, name: str) -> Query:
        """A catalogued query."""
        return named(self.system.queries, name, "query", self.system)

    def endpoint(self, name: str) -> Endpoint:
        """A catalogued endpoint."""
        return named(self.system.endpoints, name, "endpoint", self.system)

    def cache_line(self, name: str) -> Cache:
        """A line of the cache catalogue: what was agreed about it."""
        return named(self.system.caches, name, "cache", self.system)

    def keys(self, *names: str) -> list[str]:
        """The keys of these catalogue lines all of whose places are known."""
        made = (pattern(name, self.cache_line(name), self.inputs.binds).exact for name in names)
        return [key for key in made if key is not None]

    def caches_of_tenant(self, kind: CacheKind | None = None) -> list[str]:
        """The names of the catalogued keys that name the tenant, by default of every kind."""
        return [
            name
            for name, cache in self.system.caches.items()
            if is_of_tenant(cache) and (kind is None or cache.kind is kind)
        ]

    def _by_connection(self, names: tuple[str, ...], binds: Mapping[str, Scalar]) -> dict[str, list[KeyPattern]]:
        patterns: dict[str, list[KeyPattern]] = {}
        for name in names:
            cache = self.cache_line(name)
            patterns.setdefault(cache.connection, []).append(pattern(name, cache, binds))
        return patterns

    def _exact(self, name: str, binds: Mapping[str, Scalar]) -> tuple[Cache, str]:
        cache = self.cache_line(name)
        made = pattern(name, cache, self._binds(binds))
        if made.exact is None:
            raise MissingInput([], f"{cache.key} has places that were not given.")
        return cache, made.exact

    async def _once(
        self,
        what: tuple[str, ...],
        binds: Mapping[str, Scalar],
        ask: Callable[[dict[str, Scalar]], Coroutine[Any, Any, T]],
    ) -> T:
        filled = self._binds(binds)
        return await self._sharing.once((*what, *sorted(filled.items())), lambda: ask(filled))

    def _binds(self, more: Mapping[str, Scalar]) -> dict[str, Scalar]:
        return {**self.inputs.binds, **more}
