"""A user gets 403: the role is found to be too low, a super admin has it changed, and it can be undone."""

from tests.stories.conftest import Story

COMMAND = '/diagnose permission-denied tenant=tenant-abc user=vera@example.com action="edit agents"'


async def test_the_role_is_fixed_verified_and_undone(story: Story) -> None:
    sam, tom, ada = story.sam, story.tom, story.ada
    await story.system.faults.break_("wrong-role")
    await sam.says(COMMAND)
    card = await sam.sees(containing=["Fault found", "role does not allow this"])
    await sam.presses(card, "Fix role…")
    await sam.submits(await sam.modal(containing="New role"), {"New role": "developer"})
    form = await sam.modal(containing=["viewer", "developer", "super_admin"])
    await sam.submits(form, {"Reason": "she edits agents since Monday"})

    request = await ada.sees_directly(containing=["Approval needed", "Fix role"])
    seen_by_tom = await tom.sees(thread=card, containing="Approval needed")
    await tom.presses(seen_by_tom, "Approve")
    await tom.sees(thread=card, containing="it takes super_admin")
    await ada.presses(request, "Approve")
    done = await sam.sees(thread=card, containing=["Done", "viewer → developer"])

    await sam.presses(done, "Undo…")
    form = await sam.modal(containing=["developer", "viewer"])
    await sam.submits(form, {"Reason": "wrong person"})
    undo = await ada.sees_directly(containing=["Approval needed", "wrong person"])
    await ada.presses(undo, "Approve")
    await sam.sees(thread=card, containing=["Done", "developer → viewer"])


async def test_another_tenant_and_no_assignment(story: Story) -> None:
    for fault, says in (
        ("other-tenant", "belongs to another tenant"),
        ("missing-assignment", "has no role in this tenant"),
    ):
        await story.system.faults.break_(fault)
        said = await story.sam.says(COMMAND)
        card = await story.sam.sees(containing=["Fault found", says], after=said)
        assert "Fix role…" in card.buttons
        await story.system.faults.heal(fault)


async def test_what_is_missing_is_asked_for_with_type_ahead(story: Story) -> None:
    sam = story.sam
    await sam.says("/diagnose permission-denied tenant=tenant-abc")
    form = await sam.modal(containing="User")
    found = await sam.suggests(form, "User", "ver")
    assert [one.value for one in found] == ["vera@example.com"]
    assert [one.text for one in await sam.suggests(form, "Action", "edit")] == ["edit agents"]
    await sam.submits(form, {"User": "vera@example.com", "Action": "edit agents"})
    await sam.sees(containing=["No fault found", "vera@example.com"])
