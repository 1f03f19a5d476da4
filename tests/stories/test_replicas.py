"""Three replicas on one database, as processes: one is killed under load; nothing is lost, nothing is done twice."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.audit import AuditTrail
from bot.model.audit import Recorded
from bot.store import Store
from bot.store.measuring import measure
from bot.store.provisioning import Addresses
from sandbox.aiops import AiOps
from sandbox.slack import Client, Workspace, serve
from sandbox.slack.acting import Person
from sandbox.slack.seen import SeenMessage
from sandbox.stage import MANIFEST
from tests.stories.replicas import Replica, replicas

TENANTS = ("tenant-abc", "tenant-xyz", "tenant-new")
_SECONDS = 60.0  # for what takes two on a quiet machine


class Crowd:
    """Three replicas and what is needed to look behind them."""

    def __init__(self, members: list[Replica], client: Client, store: Store, system: AiOps) -> None:
        self.members, self.client, self.store, self.system = members, client, store, system

    async def events(self, verb: str) -> list[Recorded]:
        """Every event of a verb."""
        return await AuditTrail(self.store).find(verb=verb, limit=200)

    async def is_still(self) -> bool:
        """Whether nothing is running, waits for a worker, or is to be drawn."""
        async with self.store.work() as work:
            standing = await measure(work, 0)
            running = await work.execute(text("SELECT count(*) FROM diagnoses WHERE verdict = 'running'"))
        return not (running.scalar_one() or sum(standing.requests.values()) or standing.behind)

    async def noted(self) -> set[str]:
        """The messages that are known to be cards of diagnoses, by their ts."""
        async with self.store.work() as work:
            found = await work.execute(
                text("SELECT ts FROM drawings WHERE subject_kind = 'diagnosis' AND part = 'card'")
            )
        return set(found.scalars())

    async def until(self, holds: Callable[[], Awaitable[bool]]) -> None:
        """Waits for something in the database, which other processes change."""
        async with asyncio.timeout(_SECONDS):
            while not await holds():  # noqa: ASYNC110  # other processes change it
                await asyncio.sleep(0.1)


@pytest.fixture
async def crowd(addresses: Addresses, system: AiOps, tmp_path: Path) -> AsyncIterator[Crowd]:
    """Three replicas that are ready, each with two connections to the workspace."""
    store = Store(addresses.running)
    async with (
        serve(Workspace(manifest=MANIFEST)) as served,
        Client(served.address) as client,
        replicas(3, served, addresses.running, system.environment, tmp_path) as members,
    ):
        yield Crowd(members, client, store, system)
    await store.close()


async def _asks(person: Person, tenant: str) -> None:
    await person.says(f"/backstop run clear_cache tenant={tenant} caches=dashboard_metrics")
    form = await person.modal(containing=[tenant, "Needs 1 approval"], timeout=_SECONDS)
    await person.submits(form, {"Reason": f"old numbers of {tenant}"})


async def test_one_of_three_is_killed_under_load(crowd: Crowd) -> None:
    sam, olga = await crowd.client.person("sam"), await crowd.client.person("olga")
    cache = crowd.system.world.cache
    for tenant in TENANTS:
        await cache.set(f"metrics:dashboard:{tenant}", "{}")
        await _asks(sam, tenant)
    cards: list[SeenMessage] = [
        await olga.sees_directly(containing=f"old numbers of {tenant}", timeout=_SECONDS) for tenant in TENANTS
    ]
    before = (await cache.info("commandstats"))["cmdstat_unlink"]["calls"] if await _has_unlinked(cache) else 0
    await asyncio.gather(*(sam.says(f"/diagnose stale-data tenant={tenant}") for tenant in TENANTS * 2))

    async def all_begun() -> bool:
        return len(await crowd.events("diagnosis.started")) == len(TENANTS) * 2

    await crowd.until(all_begun)
    await asyncio.gather(crowd.members[0].kill(), *(olga.presses(card, "Approve", heard=False) for card in cards))
    killed = time.time()
    for card in cards:
        # A press that the killed one had not taken yet is pressed again, as a person would.
        await olga.presses(card, "Approve", heard=False)
    await crowd.until(crowd.is_still)

    ended = Counter(row.event.subject for row in await crowd.events("action.finished"))
    assert len(ended) == len(TENANTS)
    assert set(ended.values()) == {1}
    assert {row.event.outcome for row in await crowd.events("action.finished")} == {"ok"}
    started = Counter(row.event.subject for row in await crowd.events("action.started"))
    taken_over = sum(count - 1 for count in started.values())
    calls = (await cache.info("commandstats"))["cmdstat_unlink"]["calls"] - before
    assert calls <= len(TENANTS) + taken_over
    # A diagnosis that still ran may have had the platform compute it anew.
    assert b"{}" not in [await cache.get(f"metrics:dashboard:{tenant}") for tenant in TENANTS]
    assert len({row.event.subject for row in await crowd.events("request.approved")}) == len(TENANTS)

    finished = {row.event.subject for row in await crowd.events("diagnosis.finished")}
    cut_off = {row.event.subject for row in await crowd.events("diagnosis.cut_off")}
    assert len(finished | cut_off) == len(TENANTS) * 2
    assert not finished & cut_off
    # Each has one message: of two replicas that could have posted it, one did. What the killed one had begun and not
    # shown yet comes directly.
    shown = [*await sam.messages(), *await sam.direct_messages()]
    messages = [one for one in shown if "Dashboard or agent list" in one.all_text]
    noted = await crowd.noted()
    kept = [one for one in messages if one.ts in noted]
    assert len(kept) == len(TENANTS) * 2
    assert not any("Looking" in one.all_text for one in kept)
    # What it had posted and could not note any more stands there besides, for nobody else can know of it.
    assert all(float(one.ts) <= killed for one in messages if one.ts not in noted)
    for card in cards:
        await olga.watches(card, containing="Done", timeout=_SECONDS)
    assert [await member.wrong() for member in crowd.members[1:]] == [{}, {}]

    # One that is asked to stop ends what it began, and the last one alone does what is left.
    await asyncio.gather(*(sam.says(f"/diagnose stale-data tenant={tenant}") for tenant in TENANTS))
    assert await crowd.members[1].stop() == 0
    await crowd.until(crowd.is_still)
    assert len(await crowd.events("diagnosis.finished")) == len(finished) + len(TENANTS)
    assert len(await crowd.events("diagnosis.cut_off")) == len(cut_off)


async def _has_unlinked(cache: object) -> bool:
    return "cmdstat_unlink" in await cache.info("commandstats")  # type: ignore[attr-defined]  # redis-py's client
