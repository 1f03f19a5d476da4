"""The first thing that a newcomer does, by clicks alone: break it, diagnose it, ask, approve, read the trail."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from bot.settings import Settings
from bot.store.provisioning import Addresses
from sandbox.aiops import AiOps
from sandbox.stage import Stage, stage
from tests.browser.places import composer, messages, type_message


@pytest.fixture
async def staged(addresses: Addresses, system: AiOps) -> AsyncIterator[Stage]:
    """Everything that the demo starts, on the servers of the suite."""
    async with stage(Settings(_env_file=None), addresses.running, system) as staged:
        yield staged
    await system.faults.heal_all()


@pytest.fixture
async def page(browser: Browser, staged: Stage) -> AsyncIterator[Page]:
    """The page as somebody sees it who opens the address that the demo prints."""
    page = await browser.new_page(viewport={"width": 1440, "height": 900})
    await page.goto(staged.served.address)
    yield page
    await page.close()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where screenshots go: into the documentation when BACKSTOP_PICTURES names it, else nowhere that stays."""
    return Path(os.environ.get("BACKSTOP_PICTURES") or tmp_path)


async def test_the_first_fix_by_clicks_alone(page: Page, pictures: Path) -> None:
    """Sam finds the fault and asks; Olga approves; both see that it helped; the trail says who did what."""
    side = page.get_by_role("complementary", name="Break something")
    fault = "The dashboard of Abc Logistics shows the numbers of this morning"
    await side.get_by_role("button", name=f"Break: {fault}").click()
    await expect(side.get_by_role("button", name=f"Heal: {fault}")).to_be_visible()
    await side.get_by_role("button", name="/diagnose stale-data tenant=tenant-abc").first.click()
    await expect(composer(page)).to_have_value("/diagnose stale-data tenant=tenant-abc")
    await page.get_by_role("button", name="Send").click()
    card = messages(page).filter(has_text="Fault found: The cached dashboard never expires")
    await expect(card).to_be_visible()
    await expect(card.get_by_role("button", name="Clear cache…")).to_be_visible()
    await page.wait_for_timeout(300)  # for the picture: whatever moves has come to rest
    await page.screenshot(path=pictures / "diagnosis.png")

    await card.get_by_role("button", name="Clear cache…").click()
    form = page.get_by_role("dialog")
    await expect(form.get_by_text("metrics:dashboard:tenant-abc")).to_be_visible()
    await form.get_by_label("Reason").fill("The customer sees the numbers of this morning")
    await page.screenshot(path=pictures / "asking.png")
    await form.get_by_role("button", name="Ask for approval").click()
    await expect(page.get_by_text("Olga, Tom, Rosa can approve it").last).to_be_visible()
    if await form.is_visible():  # on a machine that is slow the form cannot be closed for her any more
        await form.get_by_role("button", name="Close").first.click()

    await switch(page, "Sam Rivera", "Olga Lindt")
    await page.get_by_role("link", name="Backstop", exact=False).first.click()
    request = messages(page).filter(has_text="Approval needed: Clear cache")
    await expect(request).to_be_visible()
    await page.screenshot(path=pictures / "approval.png")
    await request.get_by_role("button", name="Approve").click()
    await expect(messages(page).filter(has_text="Done, and it helped")).to_be_visible()
    await page.screenshot(path=pictures / "done.png")

    await switch(page, "Olga Lindt", "Sam Rivera")
    await page.get_by_role("link", name="backend-support").click()
    await type_message(page, "/audit")
    trail = messages(page).filter(has_text="Audit trail")
    await expect(trail.get_by_text("Clear cache: helped")).to_be_visible()
    await expect(trail.get_by_text("Olga Lindt")).to_be_visible()
    await page.screenshot(path=pictures / "audit.png")


async def switch(page: Page, now: str, to: str) -> None:
    """Be somebody else."""
    await page.get_by_role("button", name=f"You are {now}").click()
    await page.get_by_role("menuitemradio", name=to).click()
    await expect(page.get_by_role("button", name=f"You are {to}")).to_be_visible()
