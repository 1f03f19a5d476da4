"""The whole path with three replicas while everything around it fails in turn; afterwards everything must be true."""

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import psycopg

from benchmarks.ground import Ground, bot
from benchmarks.torture.tried import Tried
from benchmarks.votes import asked, person_of, policies_without_limits
from benchmarks.without_slack import built
from bot.audit import verify
from bot.errors import BackstopError
from bot.model.request import Request, State
from bot.wiring import Built
from sandbox.gate import Passage
from sandbox.slack.client import Refused

_SECONDS = 60.0
_SETTLE = 90.0
_REPLICAS = ("one", "two", "three")
_TENANTS = ("tenant-abc", "tenant-xyz", "tenant-a")
_OPEN = (State.APPROVED.value, State.RUNNING.value)
_BEHIND = {
    "diagnoses that never ended": "SELECT count(*) FROM diagnoses WHERE verdict = 'running'",
    "approved requests that nobody ran": f"SELECT count(*) FROM requests WHERE state IN {_OPEN}",  # noqa: S608  # our own words
    "messages that do not show the state": "SELECT count(*) FROM drawings WHERE wanted > drawn",
}
_TWICE = """
SELECT count(*) FROM (SELECT subject FROM audit_events WHERE verb = 'action.finished' GROUP BY subject
HAVING count(*) > 1) AS twice
"""


async def storm(on: Ground, count: int, seed: int) -> Tried:  # noqa: ARG001  # a storm has its time, not a number
    """A minute of storm, and the calm after it."""
    tried, dice = Tried("three replicas, everything failing in turn"), random.Random(seed)  # noqa: S311  # repeatable
    policies = await asyncio.to_thread(policies_without_limits, on.folder / "policies")
    async with contextlib.AsyncExitStack() as stack:
        here = await stack.enter_async_context(built(on, policies))
        weather = Weather(on, dice, tried, {"BACKSTOP_POLICIES": str(policies)})
        stack.push_async_callback(weather.clear)
        for name in _REPLICAS:
            await weather.start(name)
        ends = asyncio.get_running_loop().time() + _SECONDS
        requests: list[str] = []
        await asyncio.gather(
            weather.until(ends), _talk(on, dice, tried, ends), _request(on, here, dice, tried, requests, ends)
        )
        await weather.heal()
        await _judge(on, here, tried, requests)
    return tried


class Weather:
    """What fails: replicas, PostgreSQL, Slack, the system's cache, API and database."""

    def __init__(self, on: Ground, dice: random.Random, tried: Tried, settings: dict[str, str]) -> None:
        self._on, self._dice, self._tried, self._settings = on, dice, tried, settings
        self._replicas: dict[str, tuple[asyncio.subprocess.Process, contextlib.AsyncExitStack]] = {}

    async def start(self, name: str) -> None:
        """Starts a replica, in place of one that was there."""
        stack = contextlib.AsyncExitStack()
        settings = {**self._settings, "BACKSTOP_REPLICA": name, "BACKSTOP_STATE": str(self._on.folder / name)}
        process = await stack.enter_async_context(bot(self._on, more=settings))
        self._replicas[name] = (process, stack)

    async def until(self, ends: float) -> None:
        """One mishap after another; each is over before the next but one begins."""
        mishaps: Sequence[Callable[[], Awaitable[None]]] = (
            self._kill, self._freeze, self._crash, self._slow_disk, self._slack_refuses, self._slack_is_slow,
            self._slack_repeats, self._socket_drops, self._gate_shut,
        )  # fmt: skip
        while asyncio.get_running_loop().time() < ends:
            mishap = self._dice.choice(mishaps)
            self._tried.count(str(getattr(mishap, "__doc__", "")))
            await mishap()
            await asyncio.sleep(self._dice.random())

    async def heal(self) -> None:
        """Everything works again."""
        await self._on.client.faults(clear=True)
        for gate in self._on.system.world.gates.values():
            await gate.set(Passage.OPEN)
        await self._commit_delay(0)

    async def clear(self) -> None:
        """Ends the replicas."""
        for _, stack in self._replicas.values():
            await stack.aclose()

    async def _kill(self) -> None:
        """replicas killed and started again"""
        name = self._dice.choice(_REPLICAS)
        process, stack = self._replicas[name]
        process.kill()
        await stack.aclose()
        await self.start(name)

    async def _freeze(self) -> None:
        """replicas frozen for seconds"""
        process, _ = self._replicas[self._dice.choice(_REPLICAS)]
        process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(self._dice.uniform(1, 6))
        process.send_signal(signal.SIGCONT)

    async def _crash(self) -> None:
        """crashes of PostgreSQL"""
        with contextlib.suppress(psycopg.Error):
            async with await psycopg.AsyncConnection.connect(self._on.postgres.url()) as connection:
                os.kill(connection.info.backend_pid, signal.SIGKILL)
                await connection.execute("SELECT 1")

    async def _slow_disk(self) -> None:
        """seconds of slow commits"""
        await self._commit_delay(100_000)
        await asyncio.sleep(2)
        await self._commit_delay(0)

    async def _slack_refuses(self) -> None:
        """bursts of 429 and 500 from Slack"""
        await self._on.client.faults(rate_limit={"method": "*", "times": 5}, error={
            "method": "*", "times": 5, "error": "internal_error", "status": 500})  # fmt: skip
        await asyncio.sleep(1)

    async def _slack_is_slow(self) -> None:
        """seconds in which Slack is slow"""
        await self._on.client.faults(delay_seconds={"*": 2.0})
        await asyncio.sleep(3)
        await self._on.client.faults(clear=True)

    async def _slack_repeats(self) -> None:
        """deliveries repeated"""
        await self._on.client.faults(redeliver={"kind": self._dice.choice(("commands", "interactions")), "times": 2})

    async def _socket_drops(self) -> None:
        """sockets dropped"""
        await self._on.client.faults(drop_socket=self._dice.choice((True, "politely")))

    async def _gate_shut(self) -> None:
        """seconds without cache, API or database of the system"""
        gate = self._on.system.world.gates[self._dice.choice(("cache", "api", "database"))]
        await gate.set(self._dice.choice((Passage.REFUSED, Passage.STUCK, Passage.ASTRAY)))
        await asyncio.sleep(self._dice.uniform(0.5, 4))
        await gate.set(Passage.OPEN)

    async def _commit_delay(self, microseconds: int) -> None:
        with contextlib.suppress(psycopg.Error):
            async with await psycopg.AsyncConnection.connect(self._on.postgres.url(), autocommit=True) as connection:
                await connection.execute(f"ALTER SYSTEM SET commit_delay = {microseconds}".encode())
                await connection.execute("ALTER SYSTEM SET commit_siblings = 0")
                await connection.execute("SELECT pg_reload_conf()")


async def _talk(on: Ground, dice: random.Random, tried: Tried, ends: float) -> None:
    """People type commands."""
    people = [await on.client.person(name) for name in ("sam", "dana", "olga")]
    while asyncio.get_running_loop().time() < ends:
        tenant = dice.choice(_TENANTS)
        try:
            said = await dice.choice(people).says(f"/diagnose stale-data tenant={tenant}", heard=False)
            tried.count("commands acknowledged" if said.is_acknowledged else "commands that Slack said failed")
        except Refused:
            tried.count("commands that Slack did not take")
        await asyncio.sleep(dice.uniform(0.2, 1))


async def _request(
    on: Ground, here: Built, dice: random.Random, tried: Tried, made: list[str], ends: float
) -> None:  # fmt: skip
    """Somebody asks, somebody approves, in a process that nothing befalls."""
    while asyncio.get_running_loop().time() < ends:
        try:
            request = await asked(on, here, dice.choice(_TENANTS))
            made.append(request.id)
            await here.bot.voting.approve(person_of(here, "olga"), request.id)
            tried.count("requests approved")
        except BackstopError:
            tried.count("asked or approved in vain, and told so")
        await asyncio.sleep(dice.uniform(0.2, 1))


async def _judge(on: Ground, here: Built, tried: Tried, made: Sequence[str]) -> None:
    """Waits until all is still, then compares what is with what should be."""
    left: dict[str, int] = {}
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_SETTLE):
            while left := await _left(on):  # noqa: ASYNC110  # others end it
                await asyncio.sleep(0.5)
    for what, number in left.items():
        tried.lose(f"{number} {what}")
    if twice := await _number(on, _TWICE):
        tried.lose(f"{twice} requests ended twice")
    for id in dict.fromkeys(made):
        request = await here.bot.voting.get(id)
        tried.count(f"requests {request.state.value}")
        if problem := await _story(here, request):
            tried.lose(problem)
    found = await verify(here.bot.store)
    tried.count("events of a trail that holds together", found.events)
    if found.broken is not None:
        tried.lose(found.says)


async def _left(on: Ground) -> dict[str, int]:
    found = {what: await _number(on, query) for what, query in _BEHIND.items()}
    return {what: number for what, number in found.items() if number}


async def _story(here: Built, request: Request) -> str:
    """What the trail tells differently from the state; empty when it is the same story."""
    rows = await here.bot.audit.of_request(request)
    states = [row.event.detail.get("state") for row in rows if row.event.detail.get("state")]
    if states and states[-1] != request.state.value:
        return f"{request.id} is {request.state.value}, and the trail ends with {states[-1]}"
    return ""


async def _number(on: Ground, query: str) -> int:
    async with await psycopg.AsyncConnection.connect(on.superuser) as connection:
        row: Any = await (await connection.execute(query.encode())).fetchone()
        return int(row[0])
