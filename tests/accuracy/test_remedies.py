"""Each remedy that is offered is asked for, approved, run and verified; what does not help is said not to."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.model.diagnosis import Verdict
from bot.model.request import Helped, Request, State
from bot.settings import Settings
from bot.store.provisioning import Addresses
from bot.wiring import Built, build, make_store
from sandbox.aiops import AiOps
from sandbox.expectations import AIOPS, SCENARIOS
from sandbox.scenarios import Scenario
from tests.bot.test_path import ADA, SAM, People, Watch, asked, diagnosed

_REMEDIES = [
    pytest.param(one, number, id=f"{one.name}-{one.runbook}-{remedy}")
    for one in SCENARIOS
    for number, remedy in enumerate(one.remedies)
    if remedy != "export_rows"  # it brings something, and cures nothing
]

_LATELY_QUEUED = """SELECT count(*) FROM agent_executions
                     WHERE status = 'queued' AND queued_at > now() - interval '55 minutes'"""


class Time:
    """Passes as fast as it is waited for: for the bot's clock, and for what is to end in the cache."""

    def __init__(self, system: AiOps) -> None:
        self.watch, self._world = Watch(), system.world

    async def sleep(self, seconds: float) -> None:
        """Lets time pass, and more of it than was asked for."""
        seconds *= 4
        self.watch.ahead += timedelta(seconds=seconds)
        cache = self._world.cache
        for pattern in ("metrics:*", "tenant-config:*"):
            async for key in cache.scan_iter(pattern):
                left = await cache.pttl(key)
                if left > 0:
                    await cache.pexpire(key, max(1, left - round(seconds * 1000)))
        # The platform's worker works in real time, and in another server.
        async with asyncio.timeout(20):
            while self._world.service.behaviour.works and await self._world.ask(_LATELY_QUEUED):  # noqa: ASYNC110
                await asyncio.sleep(0.02)


@pytest.fixture
def time(system: AiOps) -> Time:
    """Passes quickly."""
    return Time(system)


@pytest.fixture
async def built(addresses: Addresses, system: AiOps, time: Time) -> AsyncIterator[Built]:
    """A bot without Slack."""
    made = build(
        Settings(_env_file=None), make_store(addresses.running), People(), environment=system.environment,
        clock=time.watch, sleep=time.sleep,
    )  # fmt: skip
    await system.world.forget_computed()
    await made.presence.hold()
    yield made
    await made.presence.release()
    await made.bot.stop()
    await system.faults.heal_all()


async def carried_out(built: Built, time: Time, id: str) -> Request:
    """Runs an approved request, and verifies it when its effect can be judged, as its task does."""
    await built.executing.execute(id)
    done = await built.bot.voting.get(id)
    if done.outcome is not None:
        await time.sleep(done.outcome.settles.total_seconds())
    await built.verifying.verify(id)
    return await built.bot.voting.get(id)


@pytest.mark.parametrize(("scenario", "number"), _REMEDIES)
async def test_a_remedy_is_carried_out_and_judged(
    built: Built, time: Time, system: AiOps, scenario: Scenario, number: int
) -> None:
    await system.faults.break_(scenario.fault)
    inputs = built.bot.catalog.runbook(scenario.runbook).inputs
    text = " ".join(f'{name}="{value}"' for name, value in (scenario.inputs or AIOPS.asked).items() if name in inputs)
    diagnosis = await diagnosed(built, SAM, f"{scenario.runbook} {text}")
    assert diagnosis.verdict is Verdict.FAULT
    request = await asked(built, SAM, diagnosis, number, **scenario.chosen)
    assert request.action == scenario.remedies[number]
    await built.bot.voting.approve(ADA, request.id)
    done = await carried_out(built, time, request.id)
    assert done.state is State.DONE, done.state_reason
    assert done.verification is not None
    expected = Helped.YES if scenario.helps else Helped.NO
    assert done.verification.helped is expected, [(one.check, one.code) for one in done.verification.after]
    again = await diagnosed(built, SAM, f"{scenario.runbook} {text}")
    assert (again.verdict is Verdict.NO_FAULT) is scenario.helps


async def test_setting_the_time_to_live_is_waited_for_until_the_api_serves_fresh_data(
    built: Built, time: Time, system: AiOps
) -> None:
    await system.faults.break_("never-expires")
    diagnosis = await diagnosed(built, SAM, "stale-data tenant=tenant-abc")
    request = await asked(built, SAM, diagnosis, 1)
    await built.bot.voting.approve(ADA, request.id)
    done = await carried_out(built, time, request.id)
    assert done.outcome is not None and done.outcome.settles == timedelta(seconds=31)
    assert done.verification is not None
    served = next(one for one in done.verification.after if one.check == "served")
    assert (served.code, served.seen) == ("equal", "10 agents in the API, 10 stored")


async def test_of_two_faults_each_remedy_is_judged_by_its_own(built: Built, time: Time, system: AiOps) -> None:
    await system.faults.break_("never-expires")
    await system.faults.break_("config-never-expires")
    await system.faults.break_("executions-stuck")
    diagnosis = await diagnosed(built, SAM, "data-sync tenant=tenant-abc")
    assert {cause.id for cause in diagnosis.causes} >= {"dashboard-never-expires", "others-never-expire", "waiting"}
    for action in ("clear_cache", "retry_jobs"):
        number = next(n for n, one in enumerate(diagnosis.offers) if one.action == action)
        request = await asked(built, SAM, diagnosis, number)
        await built.bot.voting.approve(ADA, request.id)
        done = await carried_out(built, time, request.id)
        assert done.verification is not None
        assert done.verification.helped is Helped.YES, [(one.check, one.code) for one in done.verification.after]
