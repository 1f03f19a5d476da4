"""Where things are on the page, and what a person does there again and again."""

from playwright.async_api import Locator, Page, expect

expect.set_options(timeout=10_000)


def composer(page: Page) -> Locator:
    """The message field of the channel."""
    return page.get_by_role("textbox", name="Message", exact=True)


def messages(page: Page) -> Locator:
    """The messages of the channel."""
    return page.get_by_role("log", name="Messages").get_by_role("article")


async def type_message(page: Page, text: str) -> None:
    """Type into the channel and send."""
    await composer(page).click()
    await page.keyboard.type(text)
    await page.keyboard.press("Enter")


async def kettle(page: Page) -> Locator:
    """Ask for the kettle; the app's message about it."""
    await type_message(page, "/kettle boil")
    message = messages(page).filter(has_text="Copper kettle")
    await expect(message).to_be_visible()
    return message
