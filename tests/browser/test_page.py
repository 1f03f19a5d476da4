"""People use the page: typing, replying, switching, breaking things; by mouse and by keyboard."""

import re
from urllib.parse import urlsplit

from playwright.async_api import expect

from tests.browser.conftest import Opening, TwoFaults
from tests.browser.places import composer, messages, type_message
from tests.browser.small_app import HOSTILE


async def test_a_slash_command_is_completed_and_answered(open_page: Opening) -> None:
    page = await open_page("sam")
    await composer(page).click()
    await page.keyboard.type("/ke")
    offered = page.get_by_role("listbox", name="Completions").get_by_role("option")
    await expect(offered).to_have_text([re.compile(r"/kettle.*boil \| list"), re.compile("/keep")])
    await page.keyboard.press("ArrowDown")
    await expect(offered.nth(1)).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Tab")
    await expect(composer(page)).to_have_value("/kettle ")
    await page.keyboard.type("boil")
    await page.keyboard.press("Enter")

    message = messages(page).filter(has_text="Copper kettle")
    await expect(message.locator(".badge")).to_have_text("APP")
    await expect(message.get_by_role("columnheader")).to_have_text(["Check", "Seen"])
    await expect(message.get_by_role("cell")).to_have_text(["Water", "0.8 l", "Lid", "open (boil)"])
    await expect(message.get_by_role("img", name="warning")).to_be_visible()
    await expect(message.locator("time.moment")).to_have_attribute("title", re.compile("November 1[45], 2023 at"))
    await expect(composer(page)).to_have_value("")


async def test_a_wrong_command_is_explained_and_given_back(open_page: Opening) -> None:
    page = await open_page("sam")
    await type_message(page, "/coffee now")
    await expect(page.get_by_role("status").filter(has_text="/coffee is not a valid command")).to_be_visible()
    await expect(composer(page)).to_have_value("/coffee now")


async def test_a_thread(open_page: Opening) -> None:
    page = await open_page("sam", width=1400, height=900)
    await type_message(page, "Is *anybody* awake?")
    message = messages(page).filter(has_text="awake")
    await expect(message.locator("strong")).to_have_text("anybody")
    await message.hover()
    await message.get_by_role("button", name="Reply in thread").click()
    thread = page.get_by_role("complementary", name="Thread")
    reply = thread.get_by_role("textbox", name="Reply")
    await expect(reply).to_be_focused()

    await page.keyboard.type("/kettle boil")
    await expect(thread).to_contain_text("Slash commands do not work in threads.")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status").filter(has_text="not supported in threads")).to_be_visible()

    await reply.fill("@kettles please")
    await page.keyboard.press("Enter")
    await expect(thread.get_by_role("article")).to_have_count(3)
    await expect(thread.get_by_role("article").last).to_contain_text("I am listening.")
    await expect(message.get_by_role("button", name="2 replies")).to_be_visible()

    await page.reload()
    await expect(thread.get_by_role("article")).to_have_count(3)
    # Beside the thread and the panel, who is in the channel leaves its header to what is pressed there.
    members = page.get_by_role("main").locator(".members")
    await expect(members).to_be_hidden()
    await page.get_by_role("button", name="Break something").click()  # closes it, for a wide window opens with it
    await expect(members).to_be_visible()
    await reply.press("Escape")
    await expect(thread).to_be_hidden()
    await expect(messages(page)).to_have_count(1)


async def test_a_message_shortcut(open_page: Opening) -> None:
    page = await open_page("sam")
    await type_message(page, "Hello")
    message = messages(page).filter(has_text="Hello")
    await message.hover()
    await message.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Taste this").click()
    await expect(message.get_by_role("button", name="1 reply")).to_be_visible()


async def test_two_people(open_page: Opening) -> None:
    sam = await open_page("sam")
    olga = await open_page("olga")
    await type_message(sam, "/tea")
    refusal = messages(sam).filter(has_text="There is no tea for you.")
    await expect(refusal).to_contain_text("Only visible to you")
    await olga.get_by_role("navigation", name="Workspace").get_by_role("link", name="random").click()
    await type_message(sam, "Hello Olga")
    support = olga.get_by_role("link", name="backend-support")
    await expect(support).to_contain_text("1")
    await support.click()
    await expect(messages(olga)).to_have_count(1)
    await expect(messages(olga)).to_contain_text("Sam Rivera")

    # By keyboard: the switch is a menu, and the choice lives in the address.
    await olga.get_by_role("button", name="You are Olga Lindt").focus()
    await olga.keyboard.press("Enter")
    await expect(olga.get_by_role("menuitemradio", name="Olga Lindt")).to_be_focused()
    await olga.keyboard.press("ArrowUp")
    await olga.keyboard.press("ArrowUp")
    await olga.keyboard.press("Enter")
    await expect(olga.get_by_role("button", name="You are Sam Rivera")).to_be_visible()
    await expect(messages(olga).filter(has_text="There is no tea for you.")).to_be_visible()
    assert urlsplit(olga.url).fragment.startswith("/U0SAM/")
    await olga.reload()
    await expect(olga.get_by_role("button", name="You are Sam Rivera")).to_be_visible()


async def test_markup_stays_text(open_page: Opening) -> None:
    page = await open_page("sam")
    await page.get_by_role("navigation", name="Workspace").get_by_role("link", name="Kettles", exact=True).click()
    await expect(page.get_by_role("main").get_by_role("heading", name="Kettles")).to_be_visible()
    await type_message(page, HOSTILE)
    await expect(messages(page)).to_have_count(2)
    own = await messages(page).first.locator(".content").text_content()
    assert own == HOSTILE
    echo = messages(page).last.locator(".section")
    assert await echo.first.text_content() == HOSTILE.replace("&amp;", "&")
    assert await echo.last.text_content() == HOSTILE
    assert await page.locator(".message :is(img, script)").count() == 0
    assert await page.evaluate("window.wasTricked") is None


async def test_marks_are_drawn_and_only_marks(open_page: Opening) -> None:
    page = await open_page("sam")
    lines = (
        "At 14:03:20 *bold* _it_ ~no~ `a*b*c` 2*3*4 snake_case_name :eyes: :nope: * x * @olga #random 5 < 6 & 7",
        "> quoted *too*",
        "see https://example.com/a_b_c?d=1&e=2.",
        "```",
        "*raw* <b>",
        "```",
        "after",
    )
    await composer(page).fill("\n".join(lines))
    await page.keyboard.press("Enter")
    content = messages(page).locator(".content")
    await expect(content).to_contain_text("2*3*4 snake_case_name")
    marks = await content.evaluate(
        """node => [...node.querySelectorAll("strong, em, s, code, blockquote, a, .mention, svg")]
            .map(mark => [mark.localName, mark.getAttribute("aria-label") ?? mark.textContent])"""
    )
    assert marks == [
        ["strong", "bold"],
        ["em", "it"],
        ["s", "no"],
        ["code", "a*b*c"],
        ["svg", "eyes"],
        ["span", "@Olga Lindt"],
        ["button", "#random"],
        ["blockquote", "quoted too"],
        ["strong", "too"],
        ["a", "https://example.com/a_b_c?d=1&e=2"],
        ["code", "*raw* <b>"],
    ]
    await expect(content).to_contain_text("At 14:03:20 bold")
    await expect(content).to_contain_text(":nope: * x * @Olga Lindt #random 5 < 6 & 7")
    await content.get_by_role("button", name="#random").click()
    await expect(page.get_by_role("main").get_by_role("heading", name="random")).to_be_visible()


async def test_app_home(open_page: Opening) -> None:
    page = await open_page("sam", "home")
    await expect(page.get_by_role("region", name="App Home")).to_contain_text("Welcome home, @Sam Rivera")
    await page.get_by_role("navigation", name="Kettles").get_by_role("link", name="Messages").click()
    await expect(composer(page)).to_be_visible()


async def test_something_is_broken_and_healed(open_page: Opening, panel: TwoFaults) -> None:
    page = await open_page("sam")
    side = page.get_by_role("complementary", name="Break something")
    await side.get_by_role("button", name="Break: The lid is stuck").click()
    heal = side.get_by_role("button", name="Heal: The lid is stuck")
    await expect(heal).to_be_focused()
    assert panel.broken == {"lid": True, "spout": False}
    await side.get_by_role("button", name="/kettle boil").click()
    await expect(composer(page)).to_have_value("/kettle boil")
    await expect(composer(page)).to_be_focused()
    await heal.click()
    await expect(side.get_by_role("button", name="Break: The lid is stuck")).to_be_visible()
    assert panel.broken == {"lid": False, "spout": False}


async def test_faults_are_found_by_words_and_healed_at_once(open_page: Opening, panel: TwoFaults) -> None:
    page = await open_page("sam")
    side = page.get_by_role("complementary", name="Break something")
    lid, spout = (side.get_by_role("button", name=f"Break: The {one} is stuck") for one in ("lid", "spout"))
    await expect(lid).to_be_visible()
    await expect(spout).to_be_hidden()  # only the first group is open at first
    await side.get_by_text("It does not pour").click()
    await spout.click()
    await expect(side.get_by_text("1 broken")).to_be_visible()
    await lid.click()
    await side.get_by_role("searchbox", name="Find a fault").fill("pour kettles")
    await expect(side.get_by_role("button", name="Heal: The spout is stuck")).to_be_visible()
    await expect(side.get_by_role("button", name="Heal: The lid is stuck")).to_have_count(0)
    await side.get_by_role("searchbox", name="Find a fault").fill("teapot")
    await expect(side.get_by_text("No fault has these words.")).to_be_visible()
    heal_all = side.get_by_role("button", name="Heal all")
    await heal_all.click()
    await expect(heal_all).to_be_disabled()
    assert panel.broken == {"lid": False, "spout": False}


async def test_a_narrow_window(open_page: Opening) -> None:
    page = await open_page("sam", width=390, height=780, color_scheme="dark")
    sidebar = page.get_by_role("navigation", name="Workspace")
    await expect(composer(page)).to_be_visible()
    await expect(sidebar).to_be_hidden()
    await page.get_by_role("button", name="Open the sidebar").click()
    await sidebar.get_by_role("link", name="random").click()
    await expect(page.get_by_role("main").get_by_role("heading", name="random")).to_be_visible()
    await expect(sidebar).to_be_hidden()
    await page.get_by_role("button", name="Break something").click()
    await page.get_by_text("It does not pour").click()
    await page.get_by_role("button", name="/kettle list").click()
    await expect(composer(page)).to_have_value("/kettle list")
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
