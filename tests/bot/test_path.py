"""The whole path without Slack: diagnose, ask, approve, run, verify, on the real systems."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import Resolved
from bot.errors import InputError, Refused, Stale, UnknownName
from bot.model.diagnosis import Diagnosis, Verdict
from bot.model.people import Person
from bot.model.request import Helped, Request, State
from bot.settings import Settings
from bot.slack.cards.request import verdict_of
from bot.store.provisioning import Addresses
from bot.wiring import Built, build, make_store
from sandbox.aiops import AiOps

SAM, OLGA, TOM, ADA, OSCAR = (
    Person(id=f"U{name}", name=name.title(), email=f"{name}@example.com")
    for name in ("sam", "olga", "tom", "ada", "oscar")
)


@dataclass
class People:
    """A directory of the people above."""

    known: tuple[Person, ...] = (SAM, OLGA, TOM, ADA, OSCAR)
    asked: list[str] = field(default_factory=list)

    async def person(self, user_id: str, *, fresh: bool = False) -> Person:
        self.asked += [user_id] if fresh else []
        return next(person for person in self.known if person.id == user_id)

    async def find(self, email: str) -> Person | None:
        return next((person for person in self.known if person.email == email), None)

    async def group(self, name: str) -> str | None:
        return f"S-{name}"

    async def channel(self, name: str) -> str | None:
        return f"C-{name}"

    async def is_member(self, user_id: str, channel: str) -> bool:
        return bool(user_id and channel)


class Watch:
    """A clock that a test can put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def built(addresses: Addresses, system: AiOps, watch: Watch, tmp_path: Path) -> AsyncIterator[Built]:
    settings = Settings(_env_file=None, state=tmp_path)
    made = build(settings, make_store(addresses.running), People(), environment=system.environment, clock=watch)
    await made.presence.hold()
    yield made
    await made.presence.release()
    await made.bot.stop()
    await system.faults.heal_all()


async def diagnosed(built: Built, person: Person, text: str) -> Diagnosis:
    """Diagnoses to the end."""
    found = await built.bot.intake.resolve(person, "backend-support", text)
    assert isinstance(found, Resolved), found
    _, task = await built.bot.diagnose(person, found.runbook, found.system, found.inputs)
    return await task


async def asked(built: Built, person: Person, diagnosis: Diagnosis, number: int = 0, **chosen: str) -> Request:
    """Asks for a remedy."""
    remedy = diagnosis.offers[number]
    wanted = built.bot.asking.want(
        remedy.action, {**remedy.params, **chosen}, diagnosis.system, diagnosis.inputs, diagnosis=diagnosis.id
    )
    prepared = await built.bot.asking.prepare(person, wanted)
    request, _ = await built.bot.asking.file(prepared, "the customer waits", confirm=prepared.confirm)
    return request


async def test_healthy(built: Built) -> None:
    diagnosis = await diagnosed(built, SAM, "stale-data tenant=tenant-abc")
    assert diagnosis.verdict is Verdict.NO_FAULT, diagnosis.findings
    assert diagnosis.recorded


async def test_stale_data_from_fault_to_verified(built: Built, system: AiOps) -> None:
    await system.faults.break_("never-expires")
    diagnosis = await diagnosed(built, SAM, "stale-data tenant=tenant-abc")
    assert diagnosis.verdict is Verdict.FAULT
    assert diagnosis.causes[0].id == "dashboard-never-expires"
    request = await asked(built, SAM, diagnosis)
    assert request.state is State.PENDING
    assert {item.name for item in request.preview.items} <= {
        "metrics:dashboard:tenant-abc",
        "metrics:agents:tenant-abc",
    }
    with pytest.raises(Refused, match="your own request"):
        await built.bot.voting.approve(SAM, request.id)
    with pytest.raises(Refused, match="no role"):
        await built.bot.voting.approve(OSCAR, request.id)
    await built.bot.voting.approve(OLGA, request.id)
    await built.executing.execute(request.id)
    done = await built.bot.voting.get(request.id)
    assert done.state is State.DONE, done.state_reason
    await built.verifying.verify(request.id)
    done = await built.bot.voting.get(request.id)
    assert done.verification is not None and done.verification.helped is Helped.YES
    rows = await built.bot.audit.of_request(done)
    assert [row.event.verb for row in rows] == [
        "diagnosis.started", "diagnosis.finished", "request.asked", "request.refused", "request.refused",
        "request.approved", "action.started", "action.finished", "request.verified",
    ]  # fmt: skip
    assert (await built.bot.audit.verify()).broken is None


async def test_how_a_fault_moves_is_told_against_the_last_time(built: Built, system: AiOps) -> None:
    await system.faults.break_("costs-fail")
    first = await diagnosed(built, SAM, "api-errors")
    assert (first.verdict, first.trend, first.last_at) == (Verdict.FAULT, (), None)
    log, now = system.world.service.log, system.world.clock()
    for _ in range(3):
        await log.write("ERROR", "costs", "no price list", at=now)
    again = await diagnosed(built, SAM, "api-errors")
    before, after = (one.findings[0].seen for one in (first, again))
    assert again.last_at == first.started
    assert again.trend == (f"Errors in the API's log: {before} → {after}",)
    assert before != after


async def test_two_approvers_at_once_run_it_once(built: Built, system: AiOps) -> None:
    await system.faults.break_("never-expires")
    request = await asked(built, SAM, await diagnosed(built, SAM, "stale-data tenant=tenant-abc"))
    votes = await asyncio.gather(
        *(built.bot.voting.approve(person, request.id) for person in (OLGA, TOM, ADA)), return_exceptions=True
    )
    assert sum(isinstance(vote, Request) for vote in votes) == 1
    assert sum(isinstance(vote, Stale) for vote in votes) == 2
    await asyncio.gather(*(built.executing.execute(request.id) for _ in range(8)))
    rows = await built.bot.audit.of_request(request)
    assert [row.event.verb for row in rows].count("action.started") == 1


async def test_an_operator_needs_nobody(built: Built, system: AiOps) -> None:
    await system.faults.break_("never-expires")
    request = await asked(built, OLGA, await diagnosed(built, OLGA, "stale-data tenant=tenant-abc"))
    assert request.state is State.APPROVED


async def test_nobody_decided(built: Built, system: AiOps, watch: Watch) -> None:
    await system.faults.break_("never-expires")
    request = await asked(built, SAM, await diagnosed(built, SAM, "stale-data tenant=tenant-abc"))
    watch.ahead = timedelta(minutes=31)
    with pytest.raises(Stale, match="expired"):
        await built.bot.voting.approve(OLGA, request.id)
    await built.sweeping.sweep()
    assert (await built.bot.voting.get(request.id)).state is State.EXPIRED


async def test_the_fault_went_away(built: Built, system: AiOps) -> None:
    await system.faults.break_("never-expires")
    request = await asked(built, SAM, await diagnosed(built, SAM, "stale-data tenant=tenant-abc"))
    await system.faults.heal("never-expires")
    await built.bot.voting.approve(OLGA, request.id)
    await built.executing.execute(request.id)
    done = await built.bot.voting.get(request.id)
    assert (done.state, done.state_reason) == (State.DONE, "nothing to do: the fault that this was for is gone")
    assert done.outcome is not None and done.outcome.gone_at is not None
    await built.verifying.verify(request.id)  # as a task does that was left behind
    done = await built.bot.voting.get(request.id)
    assert done.verification is None, "nothing was done, so nothing helped"
    assert verdict_of(done) == "✔ Not done, for there was nothing to do: the fault that this was for is gone"


async def test_fix_role_and_undo(built: Built, system: AiOps) -> None:
    await system.faults.break_("wrong-role")
    text = 'permission-denied tenant=tenant-abc user=vera@example.com action="edit agents"'
    diagnosis = await diagnosed(built, SAM, text)
    assert diagnosis.causes[0].id == "role-too-low", diagnosis.findings
    request = await asked(built, SAM, diagnosis, role="developer")
    with pytest.raises(Refused, match="it takes super_admin"):
        await built.bot.voting.approve(TOM, request.id)
    await built.bot.voting.approve(ADA, request.id)
    await built.executing.execute(request.id)
    await built.verifying.verify(request.id)
    done = await built.bot.voting.get(request.id)
    assert done.state is State.DONE, done.state_reason
    assert done.verification is not None and done.verification.helped is Helped.YES, done.verification
    assert done.outcome is not None and done.outcome.undo is not None and done.outcome.undo["role"] == "viewer"


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("stale-dta tenant=tenant-abc", UnknownName, "Did you mean stale-data"),
        ("stale-data tenant=tenant-abd", UnknownName, "Did you mean tenant-abc"),
        ("stale-data tennant=tenant-abc", UnknownName, "tenant="),
        ("stale-data tenant=", InputError, "has no value"),
        ('stale-data tenant="tenant-abc', InputError, "quotation mark"),
        ("stale-data tenant-abc", InputError, "say tenant=tenant-abc"),
        ("qwertz uiop asdf", InputError, "No runbook fits"),
        ("stale-data tenant=*", UnknownName, "not a tenant"),
        ("stale-data tenant=x system=zzz", UnknownName, "not a system"),
        ("stale-data tenant=tenant-abc tenant=tenant-abc", InputError, "twice"),
    ],
)
async def test_nonsense_gets_one_sentence(built: Built, text: str, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        await built.bot.intake.resolve(SAM, "backend-support", text)


async def test_an_outsider_may_not_look(built: Built) -> None:
    with pytest.raises(Refused, match="you hold no role"):
        await diagnosed(built, OSCAR, "stale-data tenant=tenant-abc")


async def test_the_cache_is_down(built: Built, system: AiOps) -> None:
    await system.faults.break_("cache-down")
    diagnosis = await diagnosed(built, SAM, "stale-data tenant=tenant-abc")
    assert diagnosis.verdict is not Verdict.NO_FAULT
    assert diagnosis.unknowns


async def test_the_database_is_down(built: Built, system: AiOps) -> None:
    await system.faults.break_("database-down")
    diagnosis = await diagnosed(built, SAM, "stale-data tenant=tenant-abc")
    assert diagnosis.verdict is Verdict.UNCLEAR
    with pytest.raises(Refused, match="could not be read"):
        await diagnosed(built, TOM, "stale-data tenant=tenant-abc")


async def test_what_is_approved_waits_while_a_role_that_it_rests_on_cannot_be_read(built: Built, system: AiOps) -> None:
    await system.faults.break_("never-expires")
    by_tom = await asked(built, TOM, await diagnosed(built, TOM, "stale-data tenant=tenant-abc"))
    assert by_tom.state is State.APPROVED  # his role stands in the database alone
    await system.faults.break_("database-down")
    await built.executing.execute(by_tom.id)
    waiting = await built.bot.voting.get(by_tom.id)
    assert waiting.state is State.APPROVED
    assert waiting.state_reason.startswith("It waits to be begun: Whether Tom may still ask for this is not known")
    await system.faults.heal_all()
    await built.executing.execute(by_tom.id)
    assert (await built.bot.voting.get(by_tom.id)).state is State.DONE


async def test_an_approval_is_not_void_because_a_role_cannot_be_read(built: Built, system: AiOps) -> None:
    await system.faults.break_("never-expires")
    request = await asked(built, SAM, await diagnosed(built, SAM, "stale-data tenant=tenant-abc"))
    await system.faults.break_("database-down")
    with pytest.raises(Refused, match=r"You can't decide this: it takes .*, and the roles in .* could not be read"):
        await built.bot.voting.approve(TOM, request.id)
    await system.faults.heal_all()
    await built.bot.voting.approve(TOM, request.id)
    await system.faults.break_("database-down")
    await built.executing.execute(request.id)
    waiting = await built.bot.voting.get(request.id)
    assert waiting.state is State.APPROVED
    assert "Whether the approval of Tom still counts is not known" in waiting.state_reason


async def test_who_could_decide_says_that_roles_could_not_be_read(built: Built, system: AiOps) -> None:
    await system.faults.break_("never-expires")
    diagnosis = await diagnosed(built, SAM, "stale-data tenant=tenant-abc")
    await system.faults.break_("database-down")
    request = await asked(built, SAM, diagnosis)
    listing = built.bot.audit.who_could(await built.bot.audit.of_request(request))
    assert "At that time the roles in AI agents platform could not be read" in listing.says
