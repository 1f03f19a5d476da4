"""What ZenaManage's runbooks offer is asked for, approved, run and judged; what does not help is said not to."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from redis.exceptions import RedisError

from bot.errors import Refused
from bot.model.diagnosis import Verdict
from bot.model.request import Helped, Request, State
from bot.settings import Settings
from bot.wiring import Built, build, make_store
from sandbox.zenamanage.expectations import ZENAMANAGE
from sandbox.zenamanage.overlay import write_systems
from sandbox.zenamanage.seed import uuid_of
from sandbox.zenamanage.standin import ZenaManage
from tests.bot.test_path import ADA, OLGA, SAM, TOM, People, Watch, asked, diagnosed
from tests.databases import Databases
from tests.supported import ROOT

_ALL = {"which": "all"}


@dataclass(frozen=True)
class Try:
    """A remedy on a fault: whether it is to help (None: it is no cure, so nobody looks), and what is found then."""

    fault: str
    runbook: str
    remedy: str
    helped: Helped | None = Helped.YES
    then: Verdict = Verdict.NO_FAULT
    chosen: Mapping[str, str] = field(default_factory=dict)


TRIES = (
    Try("database-down-health-lies", "database-connections", "restart_service"),
    Try("connections-leak", "database-connections", "restart_service"),
    Try("connections-leak", "database-connections", "restart_workers", Helped.NO, Verdict.FAULT),
    Try("connections-full", "system-down", "restart_service"),
    Try("php-down", "system-down", "restart_service"),
    Try("maintenance-on", "system-down", "maintenance_mode", None),
    Try("api-shows-foreign", "cross-tenant", "maintenance_mode", None, Verdict.UNCLEAR),
    Try("cross-tenant-access", "cross-tenant", "block_user", None, Verdict.FAULT),
    Try("kpi-never-expires", "dashboard-wrong", "clear_cache"),
    Try("kpi-never-expires", "dashboard-wrong", "set_ttl"),
    Try("cache-down", "cache-not-working", "restart_service"),
    Try("out-of-memory", "cache-not-working", "clear_all_caches"),
    Try("out-of-memory", "cache-not-working", "clear_application_cache"),
    Try("read-only", "cache-not-working", "reload_configuration", Helped.NO, Verdict.FAULT),
    Try("workers-dead", "queue-backlog", "restart_workers"),
    Try("jobs-stuck", "queue-backlog", "restart_workers"),
    Try("queue-unserved", "queue-backlog", "scale_workers", chosen={"count": "6"}),
    Try("one-reason", "jobs-failing", "retry_failed_jobs", chosen=_ALL),
    Try("one-job-fails-again", "jobs-failing", "retry_failed_jobs", Helped.NO, Verdict.FAULT, _ALL),
    Try("poisoned-payload", "jobs-failing", "forget_job", None, Verdict.FAULT,
        {"job": uuid_of("poisoned-payload", "SyncBoard", 0)}),
    Try("no-handshake", "websocket-down", "restart_service"),
    Try("no-answer", "websocket-silent", "restart_service"),
    Try("workers-dead", "websocket-silent", "restart_service"),
    Try("queue-paused", "websocket-silent", "resume_queue"),
    Try("user-of-another-tenant", "user-sees-nothing", "set_user_tenant"),
    Try("account-off", "user-sees-nothing", "activate_user"),
    Try("account-locked", "cannot-log-in", "activate_user"),
    Try("user-without-tenant", "cannot-log-in", "set_user_tenant"),
    Try("hash-unsupported", "cannot-log-in", "send_password_reset", None, Verdict.FAULT),
    Try("log-not-writable", "errors-not-logged", "repair_log_permissions"),
)  # fmt: skip


class Time:
    """Passes as fast as it is waited for: for the bot, for the product's users and workers, and for what is cached."""

    def __init__(self, product: ZenaManage) -> None:
        self.watch, self._users, self._cache = Watch(), product.users, product.world.cache

    async def sleep(self, seconds: float) -> None:
        """Lets happen at once what would within so many seconds."""
        self.watch.ahead += timedelta(seconds=seconds)
        with contextlib.suppress(RedisError):  # it is what is broken
            async for key in self._cache.scan_iter("kpi:*"):
                left = await self._cache.pttl(key)
                if left > 0:
                    await self._cache.pexpire(key, max(1, left - round(seconds * 1000)))
        await self._users.pass_time(seconds)


@pytest.fixture(scope="module")
def time(zena: ZenaManage) -> Time:
    """Passes quickly."""
    return Time(zena)


@pytest.fixture(scope="module")
async def built(
    databases: Databases, zena: ZenaManage, time: Time, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Built]:
    """A bot without Slack, the same for all."""
    systems = write_systems(ROOT / "systems", tmp_path_factory.mktemp("systems"), zena.world.kind)
    made = build(
        Settings(_env_file=None, systems=systems), make_store((await databases.make()).running), People(),
        environment=zena.environment, clock=time.watch, sleep=time.sleep,
    )  # fmt: skip
    await made.presence.hold()
    yield made
    await made.presence.release()
    await made.bot.stop()


@pytest.fixture(autouse=True)
async def _whole_again(zena: ZenaManage) -> AsyncIterator[None]:
    yield
    await zena.faults.heal_all()
    assert zena.world.product.behaviour.health_says == ""


async def approved(built: Built, request: Request) -> Request:
    """Approves a request by as many people as it takes."""
    for person in (OLGA, TOM, ADA):
        if request.state is State.PENDING:
            with contextlib.suppress(Refused):  # not everybody may decide everything
                request = await built.bot.voting.approve(person, request.id)
    return request


async def carried_out(built: Built, time: Time, id: str) -> Request:
    """Runs an approved request, and looks whether it helped when the worker would."""
    await built.executing.execute(id)
    done = await built.bot.voting.get(id)
    if built.bot.registry.actions[done.action].is_fix:
        if done.outcome is not None and done.outcome.settles:
            await time.sleep(done.outcome.settles.total_seconds())
        await built.verifying.verify(id)
    return await built.bot.voting.get(id)


@pytest.mark.parametrize("one", TRIES, ids=lambda one: f"{one.fault}-{one.remedy}-{one.runbook}")
async def test_a_remedy_is_carried_out_and_judged(built: Built, time: Time, zena: ZenaManage, one: Try) -> None:
    taken = built.bot.catalog.runbook(one.runbook).inputs
    inputs = " ".join(f'{name}="{value}"' for name, value in ZENAMANAGE.asked.items() if name in taken)
    await zena.faults.break_(one.fault)
    diagnosis = await diagnosed(built, SAM, f"{one.runbook} {inputs}")
    number = [offer.action for offer in diagnosis.offers].index(one.remedy)
    request = await approved(built, await asked(built, SAM, diagnosis, number, **one.chosen))
    assert request.state is State.APPROVED
    done = await carried_out(built, time, request.id)
    assert done.state is State.DONE, done.state_reason
    after = done.verification.after if done.verification else ()
    helped = done.verification.helped if done.verification else None
    assert helped is one.helped, [(finding.check, finding.code) for finding in after]
    again = await diagnosed(built, SAM, f"{one.runbook} {inputs}")
    assert again.verdict is one.then, [cause.id for cause in again.causes]


def test_every_action_that_a_runbook_offers_is_tried() -> None:
    offered = {remedy for scenario in ZENAMANAGE.scenarios for remedy in scenario.remedies}
    assert {one.remedy for one in TRIES} == offered - {"export_rows"}  # it brings something, and cures nothing
