"""What is only looked at, tried, or came twice is on record as well."""

from datetime import timedelta

import pytest

from bot.app import Unverified
from bot.errors import Refused, Unrecordable
from bot.store.memory import Deliveries
from bot.wiring import Built
from sandbox.aiops import AiOps
from tests.bot.audit.conftest import Office
from tests.bot.test_path import OSCAR, SAM, diagnosed


async def test_what_was_previewed_or_refused(built: Built, office: Office, system: AiOps) -> None:
    await system.faults.break_("never-expires")
    diagnosis = await diagnosed(built, SAM, "stale-data tenant=tenant-abc")
    remedy = diagnosis.offers[0]
    wanted = built.bot.asking.want(remedy.action, remedy.params, diagnosis.system, diagnosis.inputs)
    asked = await built.bot.asking.prepare(SAM, wanted)
    (seen,) = await built.bot.audit.find(verb="action.previewed")
    assert (seen.event.person, seen.event.tenant, seen.event.detail["action"]) == (SAM, "tenant-abc", "clear_cache")
    assert seen.event.detail["preview"]["says"] == asked.preview.says
    assert (seen.event.reason, seen.event.policy) == (asked.decision.reason, built.bot.standing.digest)

    with pytest.raises(Refused, match="you hold no role") as refusal:
        await built.bot.asking.prepare(OSCAR, wanted)
    assert refusal.value.is_recorded
    (refused,) = await built.bot.audit.find(tenant="tenant-abc", outcome="refused")
    assert (refused.event.verb, refused.event.person) == ("action.refused", OSCAR)
    assert refused.event.reason == refusal.value.sentence

    await office.change("REVOKE EXECUTE ON FUNCTION audit_append FROM backstop_app")
    with pytest.raises(Unrecordable):
        await built.bot.asking.prepare(SAM, wanted)


async def test_what_came_twice(office: Office) -> None:
    deliveries = Deliveries(office.store, office.watch)
    assert [await deliveries.is_new("press 1"), await deliveries.is_new("press 1")] == [True, False]
    (repeated,) = await office.trail.find(verb="delivery.repeated")
    assert repeated.event.detail == {"delivery": "press 1"}
    # What cannot be put on record is not done twice for that reason.
    await office.change("REVOKE EXECUTE ON FUNCTION audit_append FROM backstop_app")
    assert not await deliveries.is_new("press 1")


async def test_what_nobody_can_be_believed_to_have_sent(office: Office) -> None:
    unverified = Unverified(office.store, office.watch)
    for _ in range(50):
        await unverified.note("/slack/events")
    await unverified.note("/pagers")
    office.watch.ahead += timedelta(minutes=2)
    await unverified.note("/slack/events")
    rows = await office.trail.find(verb="delivery.unverifiable")
    assert [(row.event.detail["door"], row.event.detail["requests"]) for row in rows] == [
        ("/slack/events", 50), ("/pagers", 1), ("/slack/events", 1),
    ]  # fmt: skip
    await office.change("REVOKE EXECUTE ON FUNCTION audit_append FROM backstop_app")
    await unverified.note("/another")  # which stops nothing
