"""People answer questions and fill in modals, by mouse and by keyboard."""

import httpx
from playwright.async_api import FilePayload, expect

from sandbox.slack import Served
from tests.browser.conftest import Opening
from tests.browser.places import kettle, type_message
from tests.browser.small_app import Json, plain


async def test_a_dangerous_button_asks_first(open_page: Opening) -> None:
    page = await open_page("sam")
    message = await kettle(page)
    question = page.get_by_role("alertdialog", name="Empty the kettle?")

    await message.get_by_role("button", name="Empty it").click()
    await expect(question.get_by_role("button", name="Keep")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await expect(question.get_by_role("button", name="Keep")).to_be_focused()  # the focus stays inside
    await page.keyboard.press("Escape")
    await expect(question).to_be_hidden()
    await expect(message.get_by_role("button", name="Empty it")).to_be_focused()
    await expect(message).to_contain_text("open (boil)")

    await message.get_by_role("button", name="Empty it").click()
    await question.get_by_role("button", name="Empty").click()
    await expect(message).to_contain_text("emptied")
    await expect(message).not_to_contain_text("open (boil)")


async def test_a_modal_is_filled_in(open_page: Opening, served: Served) -> None:
    page = await open_page("sam")
    message = await kettle(page)
    await message.get_by_role("button", name="Change…").click()
    modal = page.get_by_role("dialog", name="Change kettle")
    field = modal.get_by_role("combobox", name="Kettle")
    reason = modal.get_by_role("textbox", name="Reason")
    await expect(field).to_be_focused()

    await modal.get_by_role("button", name="Change").click()
    await expect(field).to_have_accessible_description("Please fill this in.")
    await expect(reason).to_have_attribute("aria-invalid", "true")

    await field.press_sequentially("steel")
    await expect(page.get_by_role("option")).to_have_text(["Steel kettle"])
    await page.keyboard.press("Enter")
    await expect(field).to_have_value("Steel kettle")
    await reason.fill("leaks")
    await modal.get_by_role("button", name="Change").click()
    await expect(reason).to_have_accessible_description("Please say a little more.")
    await expect(reason).to_be_focused()

    # What happens elsewhere meanwhile is shown, and takes nothing away.
    await reason.fill("The copper one leaks")
    async with httpx.AsyncClient(base_url=served.address) as client:
        said = {"person": "olga", "channel": "backend-support", "text": "Anybody here?"}
        assert (await client.post("/control/say", json=said)).is_success
    await expect(page.locator("#messages").get_by_text("Anybody here?")).to_be_visible()
    await expect(reason).to_have_value("The copper one leaks")
    await expect(field).to_have_value("Steel kettle")

    await modal.get_by_role("button", name="Change").click()
    await expect(modal).to_be_hidden()
    await message.get_by_role("button", name="1 reply").click()
    thread = page.get_by_role("complementary", name="Thread")
    await expect(thread.get_by_role("article").last).to_contain_text("Now Steel: The copper one leaks")


async def test_a_modal_is_left_with_escape_the_list_first(open_page: Opening) -> None:
    page = await open_page("sam")
    message = await kettle(page)
    await message.get_by_role("button", name="Change…").click()
    modal = page.get_by_role("dialog", name="Change kettle")
    await modal.get_by_role("combobox", name="Kettle").press("ArrowDown")
    await expect(page.get_by_role("option")).to_have_count(3)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("option")).to_have_count(0)
    await expect(modal).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(modal).to_be_hidden()


async def test_every_input_is_sent_as_slack_sends_it(open_page: Opening, received: list[Json]) -> None:
    page = await open_page("sam", timezone_id="Europe/Berlin")
    await type_message(page, "/keep")
    modal = page.get_by_role("dialog", name="Everything")
    await modal.get_by_role("textbox", name="Name").fill("Earl Grey")
    await modal.get_by_role("textbox", name="Address").fill("earl")
    await modal.get_by_role("spinbutton", name="Cups").fill("12")
    await modal.get_by_label("Day").fill("2030-01-02")
    await modal.get_by_label("Moment").fill("2030-01-02T03:04")
    for name, choices in {"Tea": ["Black"], "Mix": ["Green", "White"], "Guest": ["Olga"]}.items():
        for choice in choices:
            await modal.get_by_role("combobox", name=name).press_sequentially(choice)
            await expect(page.get_by_role("option")).to_have_count(1)
            await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
    await modal.get_by_role("radiogroup", name="Strength").get_by_text("White").click()
    await modal.get_by_role("group", name="Extras").get_by_text("Black").click()
    recipe = FilePayload(name="recipe.txt", mimeType="text/plain", buffer=b"Water first.")
    await modal.get_by_label("Recipe").set_input_files([recipe])
    await expect(modal.get_by_role("button", name="Remove recipe.txt")).to_be_visible()

    await modal.get_by_role("button", name="Keep").click()
    await expect(modal.get_by_text("This is not an e-mail address.")).to_be_visible()
    await expect(modal.get_by_text("Please give 9 or less.")).to_be_visible()
    assert received == []
    await modal.get_by_role("textbox", name="Address").fill("earl@example.com")
    await modal.get_by_role("spinbutton", name="Cups").fill("2")
    await modal.get_by_role("spinbutton", name="Cups").press("Enter")
    await expect(modal).to_be_hidden()

    values = {name: action[name] for name, action in received[0].items()}
    assert values["Recipe"]["files"][0]["name"] == "recipe.txt"
    options = {name: {"text": plain(name), "value": name} for name in ("Green", "Black", "White")}
    assert {name: value for name, value in values.items() if name != "Recipe"} == {
        "Name": {"type": "plain_text_input", "value": "Earl Grey"},
        "Address": {"type": "email_text_input", "value": "earl@example.com"},
        "Cups": {"type": "number_input", "value": "2"},
        "Day": {"type": "datepicker", "selected_date": "2030-01-02"},
        "Moment": {"type": "datetimepicker", "selected_date_time": 1_893_549_840},
        "Tea": {"type": "static_select", "selected_option": options["Black"]},
        "Mix": {"type": "multi_static_select", "selected_options": [options["Green"], options["White"]]},
        "Guest": {"type": "users_select", "selected_user": "U0OLGA"},
        "Strength": {"type": "radio_buttons", "selected_option": options["White"]},
        "Extras": {"type": "checkboxes", "selected_options": [options["Green"], options["Black"]]},
    }
