"""The ladder and the reminders, with a clock that is put forward; and several workers at once."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import InputError, Refused, Stale
from bot.model.escalation import Escalation, EscalationState
from bot.model.runbook import Severity
from bot.settings import Settings
from bot.store.provisioning import Addresses
from bot.wiring import build, make_store
from tests.bot.escalation.conftest import Scene
from tests.bot.test_path import ADA, OLGA, OSCAR, SAM, diagnosed


async def whom(scene: Scene, escalation: Escalation) -> list[str]:
    """Who was called so far."""
    return [one.whom for one in (await scene.bot.escalations.get(escalation.id)).told]


async def test_everybody_in_turn_and_never_twice(scene: Scene) -> None:
    escalation = await scene.opened()
    assert escalation.due == escalation.created + timedelta(minutes=15) and escalation.next == "backend-oncall"
    await scene.passes(minutes=14)
    assert await whom(scene, escalation) == []
    await scene.passes(minutes=2)
    climbing = scene.built.escalating.climbing
    await asyncio.gather(*(climbing.climb(escalation.id) for _ in range(6)))
    assert await whom(scene, escalation) == ["@backend-oncall"]
    await scene.passes(minutes=16)
    await scene.passes(minutes=16)
    assert await whom(scene, escalation) == ["@backend-oncall", "PagerDuty", "@backend-oncall"]


async def test_who_is_due_is_called_by_whatever_process_is_there_then(
    scene: Scene, addresses: Addresses, policies: Path
) -> None:
    escalation = await scene.opened()
    settings = Settings(_env_file=None).model_copy(update={"policies": policies})
    store = make_store(addresses.running)
    other = build(settings, store, scene.people, environment=scene.system.environment, clock=scene.watch)
    scene.watch.ahead += timedelta(minutes=16)
    await other.escalating.sweep()  # the first process has called nobody, as if it had been ended
    await other.bot.stop()
    assert await whom(scene, escalation) == ["@backend-oncall"]
    await scene.passes(seconds=1)
    assert await whom(scene, escalation) == ["@backend-oncall"]


async def test_reminders_come_with_longer_pauses_until_somebody_takes_it(scene: Scene) -> None:
    escalation = await scene.opened()
    for _ in range(3):
        await scene.passes(minutes=16)
    pauses = []
    for _ in range(6):
        now = await scene.bot.escalations.get(escalation.id)
        assert now.due is not None
        pauses.append(round((now.due - scene.watch()).total_seconds() / 60))
        await scene.passes(seconds=(now.due - scene.watch()).total_seconds() + 1)
    assert pauses == [15, 30, 60, 120, 240, 240]
    taken = await scene.bot.handling.acknowledge(OLGA, escalation.id)
    assert taken.due is not None and taken.due - scene.watch() > timedelta(hours=7)
    before = await whom(scene, escalation)
    await scene.passes(hours=5)
    assert await whom(scene, escalation) == before
    await scene.passes(hours=4)
    assert (await whom(scene, escalation))[-1] == OLGA.name


async def test_a_second_one_takes_it_over_and_two_cannot_take_it_at_once(scene: Scene) -> None:
    escalation = await scene.opened()
    takes = await asyncio.gather(
        *(scene.bot.handling.acknowledge(one, escalation.id) for one in (OLGA, ADA)), return_exceptions=True
    )
    assert sum(isinstance(one, Stale) for one in takes) == 1
    holder = (await scene.bot.escalations.get(escalation.id)).holder
    other = ADA if holder == OLGA else OLGA
    assert (await scene.bot.handling.take_over(other, escalation.id)).holder == other
    with pytest.raises(Stale):
        await scene.bot.handling.take_over(other, escalation.id)


async def test_handing_over_begins_the_ladder_of_the_other_team(scene: Scene) -> None:
    escalation = await scene.opened()
    await scene.bot.handling.acknowledge(OLGA, escalation.id)
    with pytest.raises(InputError, match="either a team or a person"):
        await scene.bot.handling.hand_over(OLGA, escalation.id, why="x")
    with pytest.raises(InputError, match="Say why"):
        await scene.bot.handling.hand_over(OLGA, escalation.id, route="database", why=" ")
    over = await scene.bot.handling.hand_over(OLGA, escalation.id, route="database", why="a trigger")
    assert (over.state, over.route, over.holder, over.rung) == (EscalationState.HANDED_OVER, "database", None, 0)
    await scene.passes(minutes=16)
    assert await whom(scene, escalation) == ["@backend-oncall"]
    to_ada = await scene.bot.handling.hand_over(OLGA, escalation.id, email=ADA.email, why="you know it")
    assert to_ada.holder == ADA and to_ada.is_waiting


async def test_notes_at_the_same_time_are_all_kept(scene: Scene) -> None:
    escalation = await scene.opened()
    await asyncio.gather(*(scene.bot.handling.note(OLGA, escalation.id, f"note {one}") for one in range(5)))
    assert {one.text for one in (await scene.bot.escalations.get(escalation.id)).notes} == {
        f"note {one}" for one in range(5)
    }


async def test_somebody_outside_may_not(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    escalation = await scene.opened()

    async def nowhere(user_id: str, channel: str) -> bool:
        return not (user_id and channel)

    monkeypatch.setattr(scene.people, "is_member", nowhere)
    with pytest.raises(Refused):
        await scene.bot.handling.acknowledge(OSCAR, escalation.id)
    with pytest.raises(Refused):
        await scene.bot.escalations.open(OSCAR, await scene.diagnose(), severity=Severity.LOW)


async def test_of_many_at_once_one_is_opened(scene: Scene) -> None:
    await scene.system.faults.break_("never-expires")
    some = [await diagnosed(scene.built, SAM, "stale-data tenant=tenant-abc") for _ in range(3)]
    opened = await asyncio.gather(
        *(scene.bot.escalations.open(SAM, one, severity=Severity.HIGH) for one in [*some, *some])
    )
    assert [is_new for _, is_new in opened].count(True) == 1
    (one,) = await scene.bot.escalations.opened()
    assert len(one.joined) == 2
    assert len({escalation.id for escalation, _ in opened}) == 1


async def test_a_missing_channel_leads_to_the_fallback_and_is_said(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def only_random(name: str) -> str | None:
        return "C-support" if name == "backend-support" else None

    monkeypatch.setattr(scene.people, "channel", only_random)
    diagnosis = (await scene.diagnose()).model_copy(update={"runbook": "data-consistency"})
    escalation, _ = await scene.bot.escalations.open(SAM, diagnosis, severity=Severity.MEDIUM)
    assert (escalation.route, escalation.channel) == ("database", "C-support")
    assert "can't see #database-support" in escalation.troubles[0].says
