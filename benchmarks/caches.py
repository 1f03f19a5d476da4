"""Clearing a tenant's cache among a thousand and among a million keys, held against KEYS and DEL of the runbook."""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from urllib.parse import unquote, urlsplit

from redis.asyncio import Redis

from benchmarks.child import ROOT
from benchmarks.figure import Figure, median, percentile
from benchmarks.ground import Ground
from benchmarks.without_slack import built, directory_of
from bot.access.readers import Look
from bot.app import Resolved
from bot.model.inputs import Inputs
from bot.model.policy import Scope
from bot.model.request import Permit, Request, State
from bot.wiring import Built

_SMALL, _LARGE = 1_000, 1_000_000
_TIMES, _SECONDS = 15, 3.0
_FILL = "for i = tonumber(ARGV[1]), tonumber(ARGV[2]) do redis.call('SET', 'filler:' .. i .. ':tenant-xyz', '1') end"
_STEP = 20_000
_EXACT = ("metrics:dashboard:tenant-abc", "metrics:agents:tenant-abc", "tenant-config:tenant-abc")
_DATED = tuple(f"llm-costs:tenant-abc:2026-11-{day:02}" for day in range(1, 29))


async def caches(on: Ground) -> list[Figure]:
    """Four figures; the server is the one of the platform, as its admin."""
    async with built(on) as made, Redis.from_url(on.valkey.url()) as server:
        inputs = await _inputs(made)
        await _fill(server, 0, _SMALL)
        small = await _clear_times(made, server, inputs)
        await _fill(server, _SMALL, _LARGE)
        large = await _clear_times(made, server, inputs)

        async def exact() -> None:
            await _put(server, _EXACT)
            await _clear(made, inputs, ("dashboard_metrics", "agent_metrics", "tenant_config"))

        async def by_pattern() -> None:
            await _put(server, _DATED)
            await _clear(made, inputs, ("llm_costs",))

        async def as_the_runbook_says() -> None:
            await _put(server, _EXACT)
            found = await server.keys("*tenant-abc*")
            if found:
                await server.delete(*found)

        runbook = await _beside(on, as_the_runbook_says)
        ours, pattern = await _beside(on, exact), await _beside(on, by_pattern)
        for start in range(0, _LARGE, _STEP):
            await server.unlink(*(f"filler:{number}:tenant-xyz" for number in range(start, start + _STEP)))
    return [
        Figure(
            f"clear one tenant's keys among {_LARGE:,}", median(large) * 1000, "ms",
            against=f"among {_SMALL:,}", baseline=median(small) * 1000, limit=1.5,
        ),
        Figure("the same", median(large) * 1000, "ms", 10),
        Figure("another client's p99.9 meanwhile", ours, "ms", 1 / 20, "under KEYS and DEL", runbook),
        Figure("the same, cleared by pattern (SCAN, UNLINK)", pattern, "ms", 1 / 20, "under KEYS and DEL", runbook),
    ]  # fmt: skip


async def _inputs(made: Built) -> Inputs:
    olga = directory_of(made).by_name["olga"]
    found = await made.bot.intake.resolve(olga, "backend-support", "stale-data tenant=tenant-abc")
    if not isinstance(found, Resolved):
        raise TypeError("a tenant is not found")
    return found.inputs


async def _clear_times(made: Built, server: "Redis", inputs: Inputs) -> list[float]:
    took = []
    for _ in range(_TIMES):
        await _put(server, _EXACT)
        started = time.perf_counter()
        await _clear(made, inputs, ("dashboard_metrics", "agent_metrics", "tenant_config"))
        took.append(time.perf_counter() - started)
    return took


async def _clear(made: Built, inputs: Inputs, names: tuple[str, ...]) -> None:
    """Preview and effect of the action, as an approved request has them carried out."""
    action = made.bot.registry.actions["clear_cache"]
    params = action.params.model_validate({"caches": names})
    look: Look = made.bot.access.look("aiops", inputs)
    preview = await params.preview(look)  # type: ignore[attr-defined]  # the registry saw to it
    olga, now = directory_of(made).by_name["olga"], made.bot.clock()
    request = Request(
        id="bench", action=action.name, label=action.label, system="aiops", system_title="", scope=Scope.TENANT,
        inputs=inputs, params={"caches": names}, subject="bench", asker=olga, asker_roles=("operator",), reason="",
        preview=preview, rule="", why="", approvals=0, by=(), state=State.RUNNING, created=now, changed=now,
        expires=now,
    )  # fmt: skip
    permit = Permit(request=request, owner="bench", fence=1)
    await params.apply(made.bot.access.change(permit, inputs))  # type: ignore[attr-defined]  # as above


async def _put(server: "Redis", keys: tuple[str, ...]) -> None:
    async with server.pipeline(transaction=False) as pipe:
        for key in keys:
            pipe.set(key, "{}", ex=300)
        await pipe.execute()


async def _fill(server: "Redis", begin: int, end: int) -> None:
    for start in range(begin, end, _STEP):
        await server.eval(_FILL, 0, start, min(start + _STEP, end) - 1)


async def _beside(on: Ground, work: Callable[[], Awaitable[None]]) -> float:
    """The p99.9 in ms of another client's answers while this is done again and again."""
    url = urlsplit(on.valkey.url())
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.bystander", str(url.hostname), str(url.port), unquote(url.username or ""),
        unquote(url.password or ""), cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        limit=2**25,
    )  # fmt: skip
    assert process.stdout is not None and process.stdin is not None  # noqa: S101  # it was made with pipes
    await process.stdout.readline()
    ends = time.perf_counter() + _SECONDS
    while time.perf_counter() < ends:
        await work()
    process.stdin.write(b"\n")
    await process.stdin.drain()
    took = json.loads(await process.stdout.readline())
    await process.wait()
    return percentile(took, 0.999)
