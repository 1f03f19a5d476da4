"""A real browser on the page of a local workspace that a small app is connected to."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Request, ViewportSize, async_playwright
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import Fault, FaultGroup, Served, Workspace, serve
from tests.browser.small_app import MANIFEST, Json, small_app

Opening = Callable[..., Awaitable[Page]]

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class TwoFaults:
    """A panel with two things to break in two groups, which remembers what was broken."""

    def __init__(self) -> None:
        self.broken: dict[str, bool] = {"lid": False, "spout": False}

    async def faults(self) -> list[FaultGroup]:
        """See Panel."""
        hints = {"lid": "Try /kettle boil", "spout": "Try /kettle list"}
        faults = (
            Fault(name=name, title=f"The {name} is stuck", hint=hints[name], broken=broken)
            for name, broken in self.broken.items()
        )
        return [
            FaultGroup(name=symptom, faults=(fault,), system="Kettles")
            for symptom, fault in zip(("It does not open", "It does not pour"), faults, strict=True)
        ]

    async def set(self, name: str, broken: bool) -> None:
        """See Panel."""
        self.broken[name] = broken


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, from BACKSTOP_CHROMIUM or the search path."""
    path = os.environ.get("BACKSTOP_CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.fail("The page is tested in a real browser: install chromium, or name one in BACKSTOP_CHROMIUM.")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        await browser.close()


@pytest.fixture
def panel() -> TwoFaults:
    """What can be broken."""
    return TwoFaults()


@pytest.fixture
def received() -> list[Json]:
    """The values that the app got from the modal with every kind of input."""
    return []


@pytest.fixture
async def served(tmp_path: Path, panel: TwoFaults, received: list[Json]) -> AsyncIterator[Served]:
    """A workspace with the small app connected to it."""
    manifest = tmp_path / "manifest.yml"
    manifest.write_text(MANIFEST, encoding="utf-8")
    async with serve(Workspace(manifest=manifest), panel) as served:
        client = AsyncWebClient(token=served.bot_token, base_url=served.api_url)
        handler = AsyncSocketModeHandler(small_app(client, received), served.app_token, web_client=client)
        await handler.connect_async()  # type: ignore[no-untyped-call]  # slack_bolt leaves it without types
        yield served
        await handler.close_async()  # type: ignore[no-untyped-call]  # as above


@pytest.fixture
async def open_page(browser: Browser, served: Served) -> AsyncIterator[Opening]:
    """Opens the page as somebody, each time in a window of its own. Any error or foreign request fails the test."""
    pages: list[Page] = []
    complaints: list[str] = []

    def hear(line: ConsoleMessage) -> None:
        # What the workspace refuses is a failed resource for the browser; the page says it in words.
        if line.type == "error" and not line.text.startswith("Failed to load resource"):
            complaints.append(line.text)

    def watch(request: Request) -> None:
        if not request.url.startswith(served.address):
            complaints.append(request.url)

    async def open_page(person: str, place: str = "", *, width: int = 1280, height: int = 800, **context: Any) -> Page:
        page = await browser.new_page(viewport=ViewportSize(width=width, height=height), **context)
        pages.append(page)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", hear)
        page.on("request", watch)
        await page.goto(f"{served.address}/#/U0{person.upper()}/{place}")
        return page

    yield open_page
    for page in pages:
        await page.close()
    assert complaints == []
