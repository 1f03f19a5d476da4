"""What is told beside escalations: who would get one, what is open to whom, and what the weeks' causes were."""

from datetime import timedelta
from pathlib import Path

from bot.model.escalation import Helped
from bot.model.runbook import Severity
from tests.bot.escalation.conftest import Scene
from tests.bot.test_path import OLGA, OSCAR, SAM


async def test_what_was_resolved_in_a_period_is_told_with_its_cause(scene: Scene) -> None:
    escalation = await scene.opened()
    overview, begin = scene.bot.overview, scene.watch()
    assert await overview.resolved(begin - timedelta(days=7), begin + timedelta(days=7)) is None
    await scene.bot.handling.resolve(OLGA, escalation.id, "TTL set", cause="A deploy", helped=Helped.PARTLY)
    await scene.passes(days=8)
    await scene.bot.handling.note(OLGA, escalation.id, "a note afterwards")
    told = await overview.resolved(begin - timedelta(days=7), begin + timedelta(days=7))
    assert told is not None
    ((what, cause, how),) = told.table.rows
    assert "never expires" in what and "tenant-abc" in what
    assert (cause, how) == ("A deploy", "TTL set · the runbook helped: partly")
    assert await overview.resolved(begin + timedelta(days=7), begin + timedelta(days=14)) is None


async def test_what_is_open_is_told_to_those_who_may_look_the_most_severe_first(scene: Scene) -> None:
    first = await scene.opened()
    second, _ = await scene.bot.escalations.open(SAM, await scene.diagnose("long-ttl"), severity=Severity.HIGH)
    assert [one.id for one in await scene.bot.overview.opened_for(OLGA)] == [second.id, first.id]
    assert await scene.bot.overview.opened_for(OSCAR) == []


async def test_who_would_get_it_is_said_before_it_is_sent(scene: Scene) -> None:
    diagnosis = await scene.diagnose()
    said = await scene.bot.overview.destination(diagnosis)
    assert said.startswith("Goes to the backend team in #backend-support. While nobody takes it: backend-oncall is")
    assert "With severity critical: to the on-call engineer in #backend-support." in said and "calls at once" in said
    escalation, _ = await scene.bot.escalations.open(SAM, diagnosis, severity=Severity.MEDIUM)
    await scene.bot.handling.acknowledge(OLGA, escalation.id)
    assert "has this already (Olga" in await scene.bot.overview.destination(diagnosis)


async def test_what_no_rule_lets_anybody_ask_for_is_not_offered(scene: Scene, policies: Path) -> None:
    diagnosis = await scene.diagnose()
    offers = await scene.bot.escalations.offering.offers(diagnosis)
    assert [one.title for one in offers] == ["The older UI", "Query results", "CSV export"]
    assert "role_of_user" not in offers[1].queries  # nobody asked about a user
    path = policies / "approvals.yml"
    path.write_text(path.read_text("utf-8").replace("action: export_rows", "action: set_ttl"), "utf-8")
    offers = await scene.bot.escalations.offering.offers(diagnosis)
    assert [one.title for one in offers] == ["The older UI", "Query results"]
