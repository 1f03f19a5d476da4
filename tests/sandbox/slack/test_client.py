"""The driver for tests: how it finds things, and how well it complains."""

import datetime
from typing import Any

import pytest

from sandbox.slack.acting import Person
from sandbox.slack.client import Refused
from sandbox.slack.plain_words import read_blocks, readable
from tests.sandbox.slack.conftest import Scene
from tests.sandbox.slack.parrot import FORM, plain

NAMES = {"U0SAM": "sam", "C0X": "random", "S0X": "oncall"}


def name_of(thing_id: str) -> str:
    """The name of a thing."""
    return NAMES.get(thing_id, thing_id)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("*FAULT FOUND* by <@U0SAM>", "FAULT FOUND by @sam"),
        ("_clear_cache_ in <#C0X> and <#C0Y|other>", "clear_cache in #random and #other"),
        ("<https://example.com|the page> or <https://example.com>", "the page or https://example.com"),
        ("<!subteam^S0X> <!here>", "@oncall @here"),
        ("at <!date^1800000000^{time}|14:32>", "at 14:32"),
        ("`metrics:*:tenant` and *`code`*", "metrics:*:tenant and *code*"),
        ("a &lt; b &amp;amp; c", "a < b &amp; c"),
        ("2 * 3 * 4", "2 * 3 * 4"),
    ],
)
def test_text_is_read_as_a_person_reads_it(written: str, read: str) -> None:
    assert readable(written, name_of) == read


def test_blocks_are_read_line_by_line() -> None:
    words = {
        "type": "rich_text_section",
        "elements": [{"type": "user", "user_id": "U0SAM"}, {"type": "text", "text": "!"}],
    }
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": plain("Title")},
        {"type": "divider"},
        {"type": "section", "fields": [plain("one"), {"type": "mrkdwn", "text": "*two*"}]},
        {"type": "context", "elements": [plain("small"), plain("print")]},
        {
            "type": "table",
            "rows": [
                [{"type": "raw_text", "text": "Check"}, {"type": "raw_text", "text": "Result"}],
                [{"type": "raw_text", "text": "TTL"}, {"type": "rich_text", "elements": [words]}],
            ],
        },
        {"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "bullet", "elements": [words, words]}]},
        {"type": "actions", "elements": [{"type": "button", "text": plain("Go")}]},
        {"type": "input", "label": plain("Reason"), "element": {"type": "plain_text_input"}, "hint": plain("Why?")},
    ]
    assert read_blocks(blocks, name_of).splitlines() == [
        "Title",
        "one",
        "two",
        "small  print",
        "Check | Result",
        "TTL | @sam!",
        "@sam!",
        "@sam!",
        "[Go]",
        "Reason: (plain_text_input)",
        "Why?",
    ]


async def test_failure_shows_what_was_seen_instead(scene: Scene, sam: Person) -> None:
    await scene.client.opens_channel("calm", "sam", "olga")
    with pytest.raises(AssertionError, match=r"(?s)sam sees nothing with \['x'\] in #calm, but:.*\(nothing at all\)"):
        await sam.sees("calm", containing="x", timeout=0.05)
    olga = await scene.client.person("olga")
    await olga.says("something else", "calm")
    seen, lately = r"olga, \d+\.\d+:\n    something else\n", r"  [\d:.]+ apps\.connections\.open: ok ''"
    with pytest.raises(AssertionError, match=rf"(?s){seen}\(waited 0.05 s, until [\d:]+; before that:\n{lately}"):
        await sam.sees("calm", containing="x", timeout=0.05)
    with pytest.raises(AssertionError, match="sam has no modal Other with"):
        await sam.modal(title="Other", timeout=0.05)


async def test_failure_to_press_or_fill_names_what_is_there(sam: Person) -> None:
    said = await sam.says("/echo buttons")
    message = await sam.sees(containing="buttons", after=said)
    with pytest.raises(AssertionError, match=r"(?s)nothing to press that is 'Jump'.*'Shout', 'Open form', 'Whisper'"):
        await sam.presses(message, "Jump")
    await sam.presses(message, action_id="open", value="buttons")
    form = await sam.modal()
    with pytest.raises(AssertionError, match=r"(?s)no input 'Cause'.*Labels: \['Reason', 'Tenant'\]"):
        await sam.submits(form, {"Cause": "x"})


async def test_message_that_does_not_change_is_shown(sam: Person) -> None:
    said = await sam.says("/echo same")
    message = await sam.sees(containing="same", after=said)
    with pytest.raises(AssertionError, match=r"(?s)watches a message for \['other'\], but it is:.*You said same"):
        await sam.watches(message, containing="other", timeout=0.05)


async def test_unknown_people_are_told_from_known(scene: Scene) -> None:
    with pytest.raises(Refused, match=r"There is no 'bob'; there are .*sam"):
        await scene.client.person("bob")


async def test_newest_message_is_found_and_older_ones_can_be_excluded(scene: Scene, sam: Person) -> None:
    olga = await scene.client.person("olga")
    first = await olga.says("repeated words")
    second = await olga.says("repeated words")
    assert (await sam.sees(containing="repeated")).ts == second.ts
    assert (await sam.sees(containing="repeated", where=lambda message: message.ts == first.ts)).ts == first.ts
    with pytest.raises(AssertionError):
        await sam.sees(containing="repeated", after=second, timeout=0.05)


async def test_every_kind_of_input_is_filled_as_people_say_it(scene: Scene, sam: Person) -> None:
    options = [{"text": plain(name.title()), "value": name} for name in ("red", "green")]
    elements: dict[str, dict[str, Any]] = {
        "Select": {"type": "static_select", "options": options},
        "Radio": {"type": "radio_buttons", "options": options},
        "Boxes": {"type": "checkboxes", "options": options},
        "Several": {"type": "multi_static_select", "options": options, "max_selected_items": 2},
        "Person": {"type": "users_select"},
        "Day": {"type": "datepicker"},
        "Moment": {"type": "datetimepicker"},
        "Count": {"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "max_value": "9"},
        "Mail": {"type": "email_text_input"},
    }
    blocks = [
        {"type": "input", "block_id": name, "label": plain(name), "element": {"action_id": name, **element}}
        for name, element in elements.items()
    ]
    await sam.says("/echo all")
    trigger = (await scene.heard.until("command"))[-1]["trigger_id"]
    await scene.web.views_open(trigger_id=trigger, view={**FORM, "blocks": [FORM["blocks"][0], *blocks]})
    form = await sam.modal()
    wrong = await sam.submits(form, {"Reason": "x", "Count": 10, "Mail": "nonsense"})
    assert wrong.errors["Count"] == "Must be at most 9."
    assert wrong.errors["Mail"] == "Enter a valid email address."
    assert wrong.errors["Day"] == "Please complete this required field."
    with pytest.raises(AssertionError, match=r"'Select' does not offer 'blue', but: \['Red', 'Green'\]"):
        await sam.submits(form, {"Select": "blue"})

    moment = datetime.datetime(2027, 1, 15, 8, 0, tzinfo=datetime.UTC)
    filled = {
        "Reason": "all of it",
        "Select": "Red",
        "Radio": "green",
        "Boxes": ["Red", "green"],
        "Several": "red",
        "Person": "olga",
        "Day": datetime.date(2027, 1, 15),
        "Moment": moment,
        "Count": 3,
        "Mail": "sam@example.com",
    }
    assert (await sam.submits(form, filled)).errors == {}
    values = scene.heard.of("form")[-1]["view"]["state"]["values"]
    assert values["Select"]["Select"]["selected_option"]["value"] == "red"
    assert values["Radio"]["Radio"]["selected_option"] == options[1]
    assert [one["value"] for one in values["Boxes"]["Boxes"]["selected_options"]] == ["red", "green"]
    assert [one["value"] for one in values["Several"]["Several"]["selected_options"]] == ["red"]
    assert values["Person"]["Person"]["selected_user"] == "U0OLGA"
    assert values["Day"]["Day"]["selected_date"] == "2027-01-15"
    assert values["Moment"]["Moment"]["selected_date_time"] == int(moment.timestamp())
    assert values["Count"]["Count"]["value"] == "3"
    assert values["Mail"]["Mail"]["value"] == "sam@example.com"
