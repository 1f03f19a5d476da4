"""Two systems in one channel: whose tenant or user was named says which one is meant, and only else is it asked for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.store.provisioning import Addresses
from sandbox.aiops import AiOps
from sandbox.slack.client import Client
from sandbox.stage import stage
from sandbox.zenamanage.overlay import write_systems
from sandbox.zenamanage.sessions import Kind
from sandbox.zenamanage.standin import ZenaManage
from tests.stories.conftest import Story, Watch
from tests.supported import ROOT

ACME = "acme"


@pytest.fixture
async def story(addresses: Addresses, system: AiOps, zena: ZenaManage, tmp_path: Path) -> AsyncIterator[Story]:
    """A workspace with both systems, in one channel."""
    files = write_systems(ROOT / "systems", tmp_path / "systems", Kind.MARIADB)
    settings = Settings(_env_file=None, state=tmp_path, systems=files, http_port=0)
    watch = Watch()
    async with (
        stage(settings, addresses.running, system, zena, clock=watch) as staged,
        Client(staged.served.address) as client,
    ):
        await client.until_connected()
        people = [await client.person(name) for name in ("sam", "dana", "olga", "tom", "ada", "oscar")]
        await zena.faults.set("kpi-never-expires", broken=True)
        try:
            yield Story(staged, client, watch, addresses, *people)
        finally:
            await zena.faults.set("kpi-never-expires", broken=False)


async def test_the_tenant_says_which_system_is_meant(story: Story) -> None:
    sam = story.sam
    await sam.says(f"/backstop cache tenant={ACME}")
    await sam.sees(containing=["kpi:", "in ZenaManage", "Numbers of the dashboard"])
    await sam.says("/backstop cache tenant=tenant-abc")
    await sam.sees(containing=["metrics:dashboard:tenant-abc", "AI agents platform"])
    await sam.says("/backstop why clear_cache tenant=tenant-abc")  # the tenant says which
    await sam.sees(containing=["You may ask", "rule clear-cache"])
    await sam.says("/backstop why clear_all_caches")
    await sam.sees(containing="there in more than one system; say system=aiops or system=zenamanage as well")
    await sam.says("/backstop run clear_cache tenant=nobody-at-all")
    await sam.sees(containing="nobody-at-all is not a tenant of aiops or zenamanage")
    await sam.says("/backstop run clear_cache tenant=tenant-abd")
    await sam.sees(containing="not a tenant of aiops or zenamanage. Did you mean tenant-abc")


async def test_tenants_of_both_are_suggested_while_it_is_open(story: Story) -> None:
    sam = story.sam
    await sam.says("/backstop run clear_cache")
    form = await sam.modal(containing="Tenant")
    texts = [one.text for one in await sam.suggests(form, "Tenant", "")]
    assert any("ZenaManage" in text for text in texts)
    assert any("AI agents platform" in text for text in texts)
    await sam.submits(form, {"Tenant": ACME})
    await sam.modal(containing=["kpi:", "Needs 1 approval"])


async def test_words_are_offered_runbooks_of_the_tenants_system_alone(story: Story) -> None:
    sam = story.sam
    await sam.says(f"/diagnose wrong numbers on the dashboard tenant={ACME}")
    mine = await sam.sees(containing="dashboard-wrong")
    assert "stale-data" not in mine.all_text
    await sam.says("/diagnose wrong numbers on the dashboard tenant=tenant-abc")
    others = await sam.sees(containing="stale-data")
    assert "dashboard-wrong" not in others.all_text
    await sam.says("/diagnose wrong numbers on the dashboard")
    await sam.sees(containing=["dashboard-wrong", "stale-data"])
    await sam.says("/diagnose the redis thing hangs")
    both = await sam.sees(containing=["cache-not-working", "stale-data"])
    assert "AI agents platform: Dashboard or agent list shows old data" in both.buttons
    assert "ZenaManage: The cache does not work" in both.buttons


async def test_a_fix_of_the_second_system_from_words_to_helped(story: Story) -> None:
    sam, olga = story.sam, story.olga
    await sam.says(f"/diagnose dashboard-wrong tenant={ACME}")
    card = await sam.sees(containing=["Fault found", "The cached numbers never expire", "ZenaManage"])
    await sam.presses(card, "Clear cache…")
    await sam.submits(await sam.modal(containing=":dashboard"), {"Reason": "the customer sees old numbers"})
    request = await olga.sees(thread=card, containing=["Approval needed", "Clear cache"])
    await olga.presses(request, "Approve")
    await sam.sees(thread=card, containing=["Done, and it helped"])


async def test_what_has_no_tenant_is_asked_for_by_its_system(story: Story) -> None:
    await story.ada.says("/backstop run clear_all_caches")
    form = await story.ada.modal(containing="System")
    await story.ada.submits(form, {"System": "zenamanage"})
    await story.ada.modal(containing=["of all tenants", "kpi:"])
