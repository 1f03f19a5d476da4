"""The whole decision tree at once: two faults at the same time, the tables of the consistency checks, and a filter."""

from tests.stories.conftest import Story


async def test_two_faults_at_once_are_both_named_with_their_remedies(story: Story) -> None:
    sam = story.sam
    await story.system.faults.break_("executions-stuck")
    await story.system.faults.break_("wrong-role")
    await sam.says('/diagnose data-sync tenant=tenant-abc user=vera@example.com action="edit agents"')
    card = await sam.sees(containing=["Fault found", "role does not allow this", "Executions wait"])
    assert {"Retry jobs…", "Fix role…"} <= set(card.buttons)
    details = await sam.sees(thread=card, containing=["Guidance", "Permission matrix", "older UI"])
    assert "edit agents" in details.all_text


async def test_a_healthy_tenant_passes_every_branch(story: Story) -> None:
    await story.sam.says("/diagnose data-sync tenant=tenant-abc")
    card = await story.sam.sees(containing=["No fault found", "Persistent session defaults", "Errors in the API's log"])
    assert "say user=…" in card.all_text  # what was left out, and what to say so that it is not


async def test_the_consistency_checks_are_tables(story: Story) -> None:
    await story.sam.says("/diagnose data-consistency")
    card = await story.sam.sees(containing=["No fault found", "Agents per tenant"])
    tables = await story.sam.sees(thread=card, containing=["Role assignments", "tenant-xyz", "26"])
    assert "v•••@example.com" in tables.all_text
    assert "vera@example.com" not in tables.all_text


async def test_the_filter_that_hides_an_execution_is_named(story: Story) -> None:
    await story.sam.says("/diagnose missing-executions tenant=tenant-abc status=failed since=2020-01-01")
    await story.sam.sees(containing=["Fault found", "A filter of the user hides", "status=failed hides the newest"])


async def test_errors_of_the_log_are_grouped_by_kind(story: Story) -> None:
    await story.system.faults.break_("costs-fail")
    await story.sam.says("/diagnose look into the logs of the api")
    offer = await story.sam.sees(containing="api-errors")
    await story.sam.presses(offer, next(one for one in offer.buttons if "api-errors" in one or "logs errors" in one))
    card = await story.sam.sees(containing=["Fault found", "The API fails again and again"])
    await story.sam.sees(thread=card, containing=["Errors by kind", "LookupError", "12"])
