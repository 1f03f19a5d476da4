"""Cached values are read as JSON, or as PHP's serialize() writes plain values; all else is refused."""

import pytest

from bot.access.serialized import read_value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"projects": 60, "by": ["a"]}', {"projects": 60, "by": ["a"]}),
        (b"60", 60),
        (b"i:60;", 60),
        (b"i:-7;", -7),
        (b"d:0.5;", 0.5),
        (b"b:1;", True),
        (b"N;", None),
        ('s:5:"Bäd";'.replace("5", "4").encode(), "Bäd"),
        (b's:4:"a";b";', 'a";b'),
        (b"a:0:{}", []),
        (b"a:2:{i:0;i:1;i:1;i:2;}", [1, 2]),
        (
            b'a:2:{s:8:"projects";i:60;s:4:"more";a:1:{s:12:"generated_at";s:20:"2026-11-24T10:00:00Z";}}',
            {"projects": 60, "more": {"generated_at": "2026-11-24T10:00:00Z"}},
        ),
    ],
)
def test_plain_values_are_read(raw: bytes, value: object) -> None:
    assert read_value(raw) == value


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"hello",
        b"i:60",
        b"i:x;",
        b"i:60;i:61;",
        b's:9:"short";',
        b's:-1:"";',
        b"a:2:{i:0;i:1;}",
        b"a:1:{a:0:{}i:1;}",
        b"a:999999999999:{",
        b'O:8:"stdClass":1:{s:1:"a";i:1;}',
        b"a:1:{i:0;" * 60 + b"i:1;" + b"}" * 60,
        b's:1:"\xff";',
    ],
)
def test_anything_else_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):  # the kinds differ, callers catch them all
        read_value(raw)
