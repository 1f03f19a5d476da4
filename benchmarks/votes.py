"""From the last vote to the start of the action, and from the death of a worker to the end of what it had begun."""

import asyncio
import shutil
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from benchmarks.child import ROOT
from benchmarks.figure import Figure, median
from benchmarks.ground import Ground, bot
from benchmarks.without_slack import built, directory_of
from bot.app import Resolved
from bot.model.people import Person
from bot.model.request import Request, State
from bot.store import requests
from bot.wiring import Built
from sandbox.gate import Passage

_VOTES, _DEATHS = 15, 3
_TENANT = "tenant-abc"
_KEY = f"metrics:dashboard:{_TENANT}"
_PATIENCE = 60.0
_SEEN_SECONDS = 1.0  # who votes has seen the card: it stands there before
_RULE: Mapping[str, Any] = {
    "id": "clear-cache", "action": "clear_cache", "scope": "tenant", "expires": "30m",
    "ask": {"developer": {"approvals": 1, "by": ["operator"]}},
}  # fmt: skip


async def votes(on: Ground) -> list[Figure]:
    """Both, with `backstop run` as the worker, and the votes from here."""
    policies = await asyncio.to_thread(policies_without_limits, on.folder / "policies")
    names = ("first", "second")
    settings = [
        {"BACKSTOP_POLICIES": str(policies), "BACKSTOP_REPLICA": name, "BACKSTOP_STATE": str(on.folder / name)}
        for name in names
    ]
    past = on.past_gates()
    async with built(past, policies) as here, bot(past, more=settings[0]):
        delays = [await _delay(past, here) for _ in range(_VOTES)]
    recovered, most = [], 0
    async with built(on, policies) as here:
        for _ in range(_DEATHS):
            async with bot(on, more=settings[0]) as first, bot(on, more=settings[1]) as second:
                seconds, ends = await _death(on, here, {"first": first, "second": second})
                recovered.append(seconds)
                most = max(most, ends)
    return [
        Figure("commit of the last vote → action.started", median(delays) * 1000, "ms", 50),
        Figure(
            "kill -9 of the worker → its request is done", max(recovered), "s", 5,
            note=f"the longest of {_DEATHS}; at most {most} outcome of each on record",
        ),
    ]  # fmt: skip


async def _delay(on: Ground, here: Built) -> float:
    request = await asked(on, here)
    await asyncio.sleep(_SEEN_SECONDS)
    approved = await here.bot.voting.approve(person_of(here, "olga"), request.id)
    committed = datetime.now(UTC)
    done = await _until(here, approved, {State.DONE})
    rows = await here.bot.audit.of_request(done)
    started = next(row.event.at for row in rows if row.event.verb == "action.started")
    return max(0.0, (started - committed) / timedelta(seconds=1))


async def _death(on: Ground, here: Built, replicas: Mapping[str, asyncio.subprocess.Process]) -> tuple[float, int]:
    """Kills the one that is at work while the cache does not answer; the other one finishes it."""
    gate = on.system.world.gates["cache"]
    request = await asked(on, here)
    await gate.set(Passage.STUCK)
    approved = await here.bot.voting.approve(person_of(here, "olga"), request.id)
    await _until(here, approved, {State.RUNNING})
    async with here.bot.store.work() as work:
        owner = (await requests.owner_of(work, approved.id)).partition("-")[0]
    replicas[owner].kill()
    killed = time.perf_counter()
    await gate.set(Passage.OPEN)
    done = await _until(here, approved, {State.DONE, State.UNKNOWN, State.FAILED, State.OUTDATED})
    seconds = time.perf_counter() - killed
    if done.state is not State.DONE or await on.system.world.cache.exists(_KEY):
        raise RuntimeError(f"the request ended {done.state.value}: {done.state_reason}")
    rows = await here.bot.audit.of_request(done)
    return seconds, sum(row.event.verb == "action.finished" for row in rows)


async def asked(on: Ground, here: Built, tenant: str = _TENANT) -> Request:
    """A request of Dana's to clear the cache, which waits for a vote."""
    await on.system.world.cache.set(f"metrics:dashboard:{tenant}", "{}", ex=300)
    dana = person_of(here, "dana")
    found = await here.bot.intake.resolve(dana, "backend-support", f"stale-data tenant={tenant}")
    if not isinstance(found, Resolved):
        raise TypeError(f"{tenant} is not found")
    wanted = here.bot.asking.want("clear_cache", {}, found.system.name, found.inputs)
    request, _ = await here.bot.asking.file(await here.bot.asking.prepare(dana, wanted), "it is measured")
    return request


def person_of(here: Built, name: str) -> Person:
    """Somebody of the workspace."""
    return directory_of(here).by_name[name]


async def _until(here: Built, request: Request, states: set[State]) -> Request:
    """The request when it is in one of these states. Raises TimeoutError."""
    async with asyncio.timeout(_PATIENCE):
        while (now := await here.bot.voting.get(request.id)).state not in states:  # noqa: ASYNC110  # another process changes it
            await asyncio.sleep(0.01)
    return now


def policies_without_limits(folder: Path) -> Path:
    """The shipped people, and one rule without limits."""
    shutil.copytree(ROOT / "policies", folder)
    limits = [{"per_person": 1_000, "within": "1h", "failures": 100}]
    approvals = {"look": ["viewer", "developer", "operator"], "limits": limits, "rules": [dict(_RULE)]}
    (folder / "approvals.yml").write_text(yaml.safe_dump(approvals), encoding="utf-8")
    return folder
