"""Exporting brings the rows of one catalogued query of one tenant, with masked addresses, and changes nothing."""

import pytest

from bot.errors import ActionFailed, InputError
from bot.model.request import Item
from tests.supported import ABC, REGISTRY, Supported

AGENTS = {"what": "all_agents"}


async def test_the_rows_come_as_a_table_with_a_digest(system: Supported) -> None:
    preview = await system.preview("export_rows", AGENTS, tenant=ABC)
    assert preview.says == "Exports 10 rows as CSV"
    assert preview.items == (Item(name="all_agents", before="stored", after="exported"),)
    outcome = await system.apply("export_rows", AGENTS, preview, tenant=ABC)
    assert outcome.attachment is not None
    assert outcome.attachment.columns == ("id", "name", "model", "status", "created_at", "updated_at")
    assert len(outcome.attachment.rows) == outcome.evidence["rows"] == 10
    assert len(outcome.evidence["sha256"]) == 64
    assert outcome.undo is None


async def test_only_this_tenants_rows_and_addresses_are_masked(system: Supported) -> None:
    params = {"what": "roles_of_tenant"}
    preview = await system.preview("export_rows", params, tenant="tenant-xyz")
    assert "Masked: email" in preview.notes[0]
    outcome = await system.apply("export_rows", params, preview, tenant="tenant-xyz")
    assert outcome.attachment is not None
    assert {row[0] for row in outcome.attachment.rows} == {"a•••@example.com", "o•••@example.com", "s•••@example.com",
                                                           "v•••@example.com"}  # fmt: skip


async def test_what_is_no_export_is_not_exported(system: Supported) -> None:
    for query in ("role_holders", "find_user", "nothing"):
        with pytest.raises(InputError, match="is not among the exports"):
            await system.preview("export_rows", {"what": query}, tenant=ABC)
    preview = await system.preview("export_rows", AGENTS, tenant=ABC)
    with pytest.raises(ActionFailed, match="something else was approved"):
        await system.apply("export_rows", {"what": "roles_of_tenant"}, preview, tenant=ABC)


async def test_nothing_stored_is_nothing_to_export(system: Supported) -> None:
    assert (await system.preview("export_rows", AGENTS, tenant="tenant-new")).items == ()


async def test_what_can_be_chosen_is_said_in_words(system: Supported) -> None:
    choices = REGISTRY.actions["export_rows"].choices
    assert choices is not None
    found = dict((await choices(await system.look(tenant=ABC)))["what"])
    assert found["all_agents"] == "The tenant's agents."
    assert list(found) == list(system.system.exports)
    assert not REGISTRY.actions["export_rows"].is_fix
