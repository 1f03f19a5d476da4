"""ZenaManage in trouble: a queue without workers, a user without a tenant, invoices that were not sent."""

from sandbox.zenamanage.seed import ACME, NINA
from sandbox.zenamanage.standin import ZenaManage
from tests.stories.conftest import Story

PATIENCE = 30.0  # seconds; a backlog is looked at twice, some time apart, before and after


async def test_nobody_works_on_the_queue_until_workers_are_started_with_an_approval(
    zena_story: Story, zena: ZenaManage
) -> None:
    sam, olga = zena_story.sam, zena_story.olga
    await zena.faults.break_("workers-dead")
    await sam.says("/diagnose queue-backlog")
    card = await sam.sees(containing=["Fault found", "No queue worker is alive"], timeout=PATIENCE)

    await sam.presses(card, "Restart workers…")
    await sam.submits(await sam.modal(containing="Reason"), {"Reason": "no mail since this morning"})
    request = await olga.sees_directly(containing=["Approval needed", "no mail since this morning"], timeout=PATIENCE)
    await olga.presses(request, "Approve")
    await sam.sees(thread=card, containing=["Done, and it helped"], timeout=PATIENCE)
    assert zena.world.product.workforce.workers


async def test_a_user_without_a_tenant_gets_one_and_it_can_be_taken_back(zena_story: Story, zena: ZenaManage) -> None:
    sam, ada = zena_story.sam, zena_story.ada
    await zena.faults.break_("user-without-tenant")
    await sam.says(f"/diagnose user-sees-nothing tenant={ACME.slug} user={NINA.email}")
    card = await sam.sees(containing=["Fault found", "The user belongs to no tenant"], timeout=PATIENCE)

    await sam.presses(card, "Set tenant of user…")
    await sam.submits(await sam.modal(containing="Reason"), {"Reason": "she started at Acme on Monday"})
    request = await ada.sees_directly(containing=["Approval needed", "she started at Acme on Monday"], timeout=PATIENCE)
    await ada.presses(request, "Approve")
    done = await sam.sees(thread=card, containing=["Done, and it helped"], timeout=PATIENCE)
    assert await _tenant(zena) == ACME.id

    await ada.presses(done, "Undo…")
    await ada.submits(await ada.modal(containing="Reason"), {"Reason": "it was another Nina"})
    request = await zena_story.olga.sees_directly(
        containing=["Approval needed: Undo ", "it was another Nina"], timeout=PATIENCE
    )
    await zena_story.olga.presses(request, "Approve")
    await ada.sees(thread=card, containing=["Done", "it was another Nina"], timeout=PATIENCE)
    assert await _tenant(zena) is None


async def test_invoices_that_were_not_sent_are_retried_and_other_failures_left_alone(
    zena_story: Story, zena: ZenaManage
) -> None:
    sam, olga = zena_story.sam, zena_story.olga
    others = await zena.world.ask("SELECT count(*) FROM failed_jobs")
    await zena.faults.break_("one-job-fails")
    await sam.says("/diagnose jobs-failing")
    card = await sam.sees(containing=["Fault found", "One kind of job fails", "SendInvoice"], timeout=PATIENCE)

    await sam.presses(card, "Retry failed jobs…")
    form = await sam.modal(containing=["Which jobs", "by their ids. Next you see"])
    await sam.submits(form, {"Which jobs": "App\\Jobs\\SendInvoice (12)"})
    await sam.submits(await sam.modal(containing="Reason"), {"Reason": "the mail server is back"})
    request = await olga.sees_directly(containing=["Approval needed", "the mail server is back"], timeout=PATIENCE)
    await olga.presses(request, "Approve")
    await sam.sees(thread=card, containing=["Done, and it helped"], timeout=PATIENCE)
    assert await zena.world.ask("SELECT count(*) FROM failed_jobs") == others


async def _tenant(zena: ZenaManage) -> str | None:
    tenant: str | None = await zena.world.ask("SELECT tenant_id FROM users WHERE id = %s", NINA.id)
    return tenant


async def test_a_user_can_be_blocked_only_when_it_is_said_which_one(zena_story: Story, zena: ZenaManage) -> None:
    sam = zena_story.sam
    await zena.faults.break_("cross-tenant-attempts")
    await sam.says(f"/diagnose cross-tenant tenant={ACME.slug}")
    without = await sam.sees(containing=["Fault found", "Block user (say user=…)"], timeout=PATIENCE)
    assert "Block user…" not in without.buttons
    await sam.says(f"/diagnose cross-tenant tenant={ACME.slug} user={NINA.email}")
    card = await sam.sees(containing=["Fault found", NINA.email, "Do next: Block user"], timeout=PATIENCE)
    assert "Block user…" in card.buttons


async def test_who_approved_is_named_on_the_card_of_the_diagnosis_also_where_it_takes_two(
    zena_story: Story, zena: ZenaManage
) -> None:
    sam = zena_story.sam
    await zena.faults.break_("socket-down")
    await sam.says("/diagnose websocket-down")
    card = await sam.sees(containing=["Fault found", "of the socket of ZenaManage"], timeout=PATIENCE)
    assert "Restart service (websocket)…" in card.buttons
    await sam.presses(card, "Restart service (websocket)…")
    said = {"Reason": "no live boards", "Type the name to confirm": "zenamanage"}
    await sam.submits(await sam.modal(containing="Restarts 1 service"), said)
    for person in (zena_story.olga, zena_story.dana):
        request = await person.sees_directly(containing=["Approval needed", "no live boards"], timeout=PATIENCE)
        await person.presses(request, "Approve")
        # A press is taken before the vote is counted; Olga's is the first one.
        await person.watches(request, containing="by Olga", timeout=PATIENCE)
    await sam.sees(containing=["Fixed: The WebSocket server", "approved by Olga and Dana: done"], timeout=PATIENCE)
