"""YAML is read strictly: no aliases, no depth that breaks a reader, no key twice, and words stay words."""

from pathlib import Path

import pytest

from bot.catalog.files import as_written, read
from bot.model.values import Value


class Some(Value):
    """A file of one word."""

    word: str


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("word: &a x\nother: *a\n", "line 2: aliases are not used here"),
        ("word: " + "[" * 60, "nested too deeply"),
        ("word: x\n{a: b}: c\n", "line 2: a name must be one word"),
        ("word: x\n? [a, b]\n: c\n", "line 2: a name must be one word"),
        ("word: x\nword: y\n", "line 2: word is written twice"),
        ("word: [x\n", "line 2"),
        ("word: !!python/object/apply:os.system [id]\n", "could not determine a constructor"),
        ("- x\n", "must be a mapping"),
    ],
)
def test_what_is_refused(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "some.yml").write_text(text)
    problems: list[str] = []
    assert read(tmp_path / "some.yml", Some, problems) is None
    assert len(problems) == 1
    assert says in problems[0]


def test_words_stay_words(tmp_path: Path) -> None:
    (tmp_path / "some.yml").write_text("a: no\nb: on\nc: true\nd: 2026-11-24\ne: 12\nf: ~\n")
    assert as_written(tmp_path / "some.yml") == {
        "a": "no", "b": "on", "c": True, "d": "2026-11-24", "e": 12, "f": None,
    }  # fmt: skip
