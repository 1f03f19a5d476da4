"""Evidence can be removed and the trail stays whole; what was changed instead is found. Reasons hold no secrets."""

from datetime import timedelta

import pytest

from bot.audit import Purged, compare, evidence_digest, purge, purge_by
from bot.errors import InputError, Unrecordable
from bot.model.finding import Finding, Status, Table
from bot.model.people import BACKSTOP
from bot.model.request import State
from bot.model.runbook import Severity
from bot.slack.cards.bundle import draw_bundle
from bot.wiring import Built
from sandbox.aiops import AiOps
from tests.bot.audit.conftest import Office
from tests.bot.test_path import ADA, OLGA, SAM, asked, diagnosed

QUARTER = timedelta(days=90)


async def test_evidence_is_recorded_by_its_digest_and_can_be_removed(
    built: Built, office: Office, system: AiOps
) -> None:
    await system.faults.break_("never-expires")
    diagnosis = await diagnosed(built, SAM, "stale-data tenant=tenant-abc")
    (event,) = await built.bot.audit.find(verb="diagnosis.finished")
    assert event.event.detail["evidence_digest"] == evidence_digest(diagnosis.findings)
    request = await asked(built, OLGA, diagnosis)
    await built.executing.execute(request.id)
    await built.verifying.verify(request.id)
    before = await built.bot.voting.get(request.id)
    assert before.state is State.DONE
    assert before.verification is not None and any(one.evidence for one in before.verification.after)
    assert (await compare(office.store)).same == 1

    assert await purge(office.store, ADA, QUARTER, office.watch) == Purged()
    office.watch.ahead = QUARTER + timedelta(hours=1)
    assert await purge(office.store, ADA, QUARTER, office.watch) == Purged(1, 1)
    assert await purge(office.store, ADA, QUARTER, office.watch) == Purged()

    stored = await built.bot.diagnoses.get(diagnosis.id)
    assert not any(one.evidence or one.tables for one in stored.findings)
    assert [(one.check, one.code, one.seen) for one in stored.findings] == [
        (one.check, one.code, one.seen) for one in diagnosis.findings
    ]
    after = await built.bot.voting.get(request.id)
    assert after.verification is not None and after.outcome is not None and before.outcome is not None
    assert not any(one.evidence or one.tables for one in (*after.verification.before, *after.verification.after))
    assert (after.verification.helped, after.outcome.says) == (before.verification.helped, before.outcome.says)
    (purged,) = await built.bot.audit.find(verb="evidence.purged")
    assert (purged.event.person, purged.event.detail["diagnoses"], purged.event.detail["requests"]) == (ADA, 1, 1)
    assert (await built.bot.audit.verify()).broken is None
    found = await compare(office.store)
    assert (found.same, found.removed, found.differs) == (0, 1, ())


async def test_evidence_is_kept_as_long_as_the_policy_says(built: Built, office: Office) -> None:
    await diagnosed(built, SAM, "stale-data tenant=tenant-abc")
    policy = built.bot.catalog.policies.current()
    keep = policy.approvals.keep_evidence
    assert keep is not None
    office.watch.ahead = keep - timedelta(minutes=1)
    assert await purge_by(policy, office.store, office.watch) == Purged()
    office.watch.ahead = keep + timedelta(minutes=1)
    for_good = policy.model_copy(update={"approvals": policy.approvals.model_copy(update={"keep_evidence": None})})
    assert await purge_by(for_good, office.store, office.watch) == Purged()
    assert await purge_by(policy, office.store, office.watch) == Purged(diagnoses=1)
    (purged,) = await built.bot.audit.find(verb="evidence.purged")
    assert (purged.event.person, purged.event.says) == (
        BACKSTOP, "Removed the evidence of 1 diagnoses, 0 requests and 0 files of escalations older than 180 d",
    )  # fmt: skip


async def test_changed_evidence_is_found(built: Built, office: Office) -> None:
    diagnosis = await diagnosed(built, SAM, "stale-data tenant=tenant-abc")
    await office.change("UPDATE diagnoses SET body = jsonb_set(body, '{findings,0,evidence}', '{\"made\": \"up\"}')")
    found = await compare(office.store)
    assert found.differs == (diagnosis.id,)
    assert diagnosis.id in found.says


async def test_no_record_no_removal(built: Built, office: Office) -> None:
    diagnosis = await diagnosed(built, SAM, "stale-data tenant=tenant-abc")
    office.watch.ahead = QUARTER
    await office.change("REVOKE EXECUTE ON FUNCTION audit_append FROM backstop_app")
    with pytest.raises(Unrecordable):
        await purge(office.store, ADA, timedelta(days=1), office.watch)
    assert any(one.evidence for one in (await built.bot.diagnoses.get(diagnosis.id)).findings)


async def test_the_last_day_is_kept(office: Office) -> None:
    with pytest.raises(InputError, match="Evidence of the last day"):
        await purge(office.store, ADA, timedelta(hours=23), office.watch)


def test_a_digest_does_not_depend_on_how_the_database_writes_numbers() -> None:
    def seen(number: float) -> list[Finding]:
        return [
            Finding(check="c", probe="p", label="C", code="ok", status=Status.OK, seen="1",
                    evidence={"number": number, "text": "a\0b"}, tables=(Table(title="t", columns=(), rows=()),)),
        ]  # fmt: skip

    assert evidence_digest(seen(1e16)) == evidence_digest(seen(10**16))
    assert evidence_digest(seen(1.0)) == evidence_digest(seen(1))
    assert evidence_digest(seen(1.5)) != evidence_digest(seen(1))


async def test_a_secret_in_a_reason_does_not_reach_the_trail(built: Built, system: AiOps) -> None:
    await system.faults.break_("never-expires")
    diagnosis = await diagnosed(built, SAM, "stale-data tenant=tenant-abc")
    remedy = diagnosis.offers[0]
    wanted = built.bot.asking.want(
        remedy.action, remedy.params, diagnosis.system, diagnosis.inputs, diagnosis=diagnosis.id
    )
    reason, ticket = "see postgresql://u:hunter2@db/x", "token=xoxb-123456789012-abcdef"
    request, _ = await built.bot.asking.file(await built.bot.asking.prepare(SAM, wanted), reason, ticket)
    await built.bot.voting.deny(OLGA, request.id, "password=hunter2 is in your reason")
    rows = await built.bot.audit.of_request(request)
    assert [row.event.reason for row in rows[-2:]] == [
        "see postgresql://u:[removed]@db/x", "password=[removed] is in your reason"
    ]  # fmt: skip
    assert "hunter2" not in str(rows) and "abcdef" not in str(rows)


async def test_what_was_attached_to_an_escalation_is_removed_once_it_is_resolved(
    built: Built, office: Office, system: AiOps
) -> None:
    await system.faults.break_("never-expires")
    diagnosis = await diagnosed(built, SAM, "stale-data tenant=tenant-abc")
    escalations, store = built.bot.escalations, office.store
    escalation, _ = await escalations.open(SAM, diagnosis, symptom="old numbers", severity=Severity.MEDIUM)
    await built.escalating.collecting.collect(escalation.id, diagnosis.id)
    (collected,) = await built.bot.audit.find(verb="escalation.collected")
    bundle = str(collected.event.detail["bundle"])
    before = await escalations.bundle(bundle)
    assert (await compare(store)).says.startswith("Evidence of 2 diagnoses and escalations is as it was recorded, of 0")

    office.watch.ahead = QUARTER + timedelta(hours=1)
    assert (await purge(store, ADA, QUARTER, office.watch)).files == 0  # somebody still works with it
    await office.tamper("UPDATE escalations SET state = 'resolved'")
    assert (await purge(store, ADA, QUARTER, office.watch)) == Purged(files=len(before.files))
    after = await escalations.bundle(bundle)
    assert [one.content for one in after.files] == [b""] * len(before.files)
    assert [(one.name, one.digest) for one in after.files] == [(one.name, one.digest) for one in before.files]
    drawn = draw_bundle(after)
    assert drawn.attachments == () and "(removed since)" in str(drawn.blocks)
    found = await compare(store)
    assert (found.removed, found.differs) == (2, ())
    assert (await built.bot.audit.verify()).broken is None

    await office.change("UPDATE escalation_files SET content = 'made up' WHERE name = 'report.md'")
    assert (await compare(store)).differs == (bundle,)
