"""What is escalated without anybody asking, and that it is so once."""

from typing import NoReturn

import pytest
from sqlalchemy import text

from bot.errors import SystemUnreachable
from bot.model.escalation import Trigger
from bot.model.request import State
from bot.model.runbook import Severity
from tests.bot.escalation.conftest import Scene
from tests.bot.test_path import OLGA, asked


async def considered(scene: Scene) -> list[str]:
    """The ids for which a task is waiting, in the order in which they came."""
    async with scene.bot.store.work() as work:
        found = await work.execute(
            text("SELECT args ->> 'id' FROM procrastinate_jobs WHERE task_name = 'escalation.consider' ORDER BY id")
        )
        return list(found.scalars())


async def test_an_unknown_outcome(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    request = await asked(scene.built, OLGA, await scene.diagnose())

    def lose(*_: object) -> NoReturn:
        raise SystemUnreachable("The cache went away.")

    monkeypatch.setattr(scene.bot.access, "change", lose)
    await scene.built.executing.execute(request.id)
    assert (await scene.bot.voting.get(request.id)).state is State.UNKNOWN
    assert await considered(scene) == [request.id]
    for _ in range(2):
        await scene.bot.escalations.consider(request.id)
    (escalation,) = await scene.bot.escalations.opened()
    assert escalation.why is Trigger.UNKNOWN
    assert "outcome unknown" in escalation.tried[0] and "The cache went away." in escalation.tried[0]
    await scene.bot.handling.resolve(OLGA, escalation.id, "It had been cleared")
    await scene.bot.escalations.consider(request.id)
    assert await scene.bot.escalations.opened() == []
    assert [one.verb for one in await scene.events()] == ["escalation.opened", "escalation.resolved"]


async def test_an_unknown_outcome_of_what_was_asked_for_by_name(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    before = await scene.diagnose()
    asking = scene.bot.asking
    wanted = asking.want("clear_cache", {"caches": ["dashboard_metrics"]}, "aiops", before.inputs)
    request, _ = await asking.file(await asking.prepare(OLGA, wanted), "the customer said so on the phone")

    def lose(*_: object) -> NoReturn:
        raise SystemUnreachable("The cache went away.")

    monkeypatch.setattr(scene.bot.access, "change", lose)
    await scene.built.executing.execute(request.id)
    assert await considered(scene) == [request.id]
    await scene.built.escalating.sweep()
    assert await scene.bot.escalations.opened() == []  # its task does that
    await scene.passes(minutes=3)  # which was lost, as it seems
    (escalation,) = await scene.bot.escalations.opened()
    request = await scene.bot.voting.get(request.id)
    assert (escalation.why, escalation.diagnosis) == (Trigger.UNKNOWN, request.diagnosis)
    assert "outcome unknown" in escalation.tried[0] and "The cache went away." in escalation.tried[0]
    found = await scene.bot.diagnoses.get(request.diagnosis)
    assert found.id != before.id and found.inputs == request.inputs
    assert "clear_cache" in {one.action for one in found.offers}
    await scene.built.escalating.collecting.collect(escalation.id, found.id)
    (collected,) = await scene.events("escalation.collected")
    bundle = await scene.bot.escalations.bundle(str(collected.detail["bundle"]))
    assert any(request.id.encode() in one.content for one in bundle.files if one.name == "diagnosis.json")
    for _ in range(2):
        await scene.bot.escalations.consider(request.id)
    assert len(await scene.bot.escalations.opened()) == 1
    assert [row.event.verb for row in await scene.bot.audit.of_request(request)].count("request.diagnosed") == 1


async def test_a_critical_fault(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    runbook = scene.bot.catalog.runbook("stale-data")
    critical = runbook.model_copy(
        update={"escalate": runbook.escalate.model_copy(update={"severity": Severity.CRITICAL})}
    )
    monkeypatch.setitem(scene.bot.catalog.runbooks, "stale-data", critical)
    diagnosis = await scene.diagnose()
    assert await considered(scene) == [diagnosis.id]
    await scene.bot.escalations.consider(diagnosis.id)
    (escalation,) = await scene.bot.escalations.opened()
    assert (escalation.why, escalation.severity, escalation.route) == (Trigger.CRITICAL, Severity.CRITICAL, "on-call")


async def test_what_helped_or_is_no_hurry_is_left_alone(scene: Scene) -> None:
    diagnosis = await scene.diagnose()
    request = await asked(scene.built, OLGA, diagnosis)
    await scene.built.executing.execute(request.id)
    await scene.built.verifying.verify(request.id)
    for id in (request.id, diagnosis.id, "nobody knows this"):
        await scene.bot.escalations.consider(id)
    assert await considered(scene) == []
    assert await scene.bot.escalations.opened() == []
