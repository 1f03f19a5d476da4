"""Text becomes markup in one place, and stays text there."""

import re
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.model.sheet import as_csv
from bot.slack.limits import cut
from bot.slack.text import Markup, clean, code, cut_markup, escape, join, line, mark, moment, plural, quote, time_of_day
from tests.bot.slack.samples import long_table

_LOOSE = re.compile(r"[<>]|&(?!(?:amp|lt|gt);)")


@given(st.text())
def test_nothing_that_is_typed_means_anything_to_slack(typed: str) -> None:
    for made in (escape(typed), mark("{typed}", typed=typed), join(" ", [typed]), quote(typed), code(typed)):
        assert not _LOOSE.search(made)
        assert not re.search(r"@(?:here|channel|everyone)\b", made, re.IGNORECASE)
        assert "`" not in made.strip("`") or made == escape(typed) or "`" in typed


@given(st.text(alphabet="<>&ab; "), st.integers(min_value=5, max_value=60))
def test_markup_is_never_cut_inside_an_entity(typed: str, longest: int) -> None:
    made = cut_markup(escape(typed), longest)
    assert len(made) <= longest
    assert not _LOOSE.search(made)


def test_a_token_is_never_cut_in_two() -> None:
    made = cut_markup(Markup("until " + moment(datetime(2026, 11, 24, tzinfo=UTC))), 20)
    assert made == "until…"


def test_what_is_markup_is_not_escaped_again() -> None:
    assert mark("{a} {b}", a=mark("*{x}*", x="<"), b="<") == "*&lt;* &lt;"


def test_marks_that_turn_the_direction_are_taken_out() -> None:
    assert clean("a\u202eb\x00c\nd") == "abc\nd"
    assert line(" a\n\tb ") == "a b"
    assert code("a`b") == "`aˋb`"


def test_times_are_tokens_with_the_exact_time_for_others() -> None:
    at = datetime(2026, 11, 24, 14, 3, 20, tzinfo=UTC)
    assert moment(at) == "<!date^1795529000^{date_short_pretty} at {time}|2026-11-24 14:03:20 UTC>"
    assert time_of_day(at) == "<!date^1795529000^{time}|14:03 UTC>"


def test_numbers_have_their_word() -> None:
    assert [plural(1, "key"), plural(4812, "key"), plural(2, "entry", "entries")] == [
        "1 key",
        "4,812 keys",
        "2 entries",
    ]
    assert cut("abcdef", 4) == "abc…"


def test_a_spreadsheet_takes_no_cell_for_a_formula() -> None:
    assert as_csv(long_table(1)).splitlines()[1].startswith("agent-0,'=SUM(A1),")
    table = long_table(1).model_copy(update={"rows": (("-5", "@x", "+1+1"),)})
    assert as_csv(table).splitlines()[1] == "-5,'@x,'+1+1"
