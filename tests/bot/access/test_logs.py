"""Reading the end of a file, and parsing records by their headers."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.access.logs import LogReader, grouped, parse
from bot.errors import NotThere, SystemRefused
from bot.model.connections import LogConnection, Secret
from bot.model.system import Log

HEADER = r"(?P<time>\S+ \S+) (?P<level>[A-Z]+) (?P<message>.*)"
LOG = Log(header=HEADER)
TEXT = """continued from before
2026-01-20 10:30:00,123 ERROR could not save
Traceback (most recent call last):
  File "x.py", line 1, in save
psycopg.errors.UniqueViolation: duplicate key
KeyError: 'total'
2026-01-20 10:30:01,000 info all is well
"""


def reader(path: Path, tail: int = 10_000) -> LogReader:
    return LogReader("The log of x", str(path), LogConnection(kind="log", path=Secret(env="X"), tail=tail))


def test_a_record_spans_many_lines() -> None:
    read = parse(TEXT, LOG)
    (record,) = read.records
    assert read.unread == 1
    assert (record.at, record.level) == (datetime(2026, 1, 20, 10, 30, 0, 123_000, UTC), "ERROR")
    assert len(record.more) == 5  # a line that does not look like a header belongs to the record before
    assert grouped([record])[0].kind == "KeyError · could not save"


def test_other_formats_of_time_and_header() -> None:
    log = Log(
        header=r"\[(?P<time>[^\]]+)\] \w+\.(?P<level>\w+): (?P<message>.*)", time_format="%d/%b/%Y:%H:%M:%S %z"
    )  # fmt: skip
    (record,) = parse("[20/Jan/2026:10:30:00 +0100] local.error: no route\n", log).records
    assert (record.level, record.at) == ("ERROR", datetime(2026, 1, 20, 9, 30, tzinfo=UTC))


def test_a_header_needs_its_groups() -> None:
    for header in ("(?P<time>x)", "(", "(?P<time>x)(?P<level>x)"):
        with pytest.raises(ValidationError, match="header"):
            Log(header=header)


async def test_of_a_large_file_only_the_end_is_read(tmp_path: Path) -> None:
    path = tmp_path / "api.log"
    path.write_text("".join(f"2026-01-20 10:30:00 INFO line {number}\n" for number in range(1000)))
    text, is_cut = await reader(path, tail=2_000).tail()
    read = parse(text, LOG, cut=is_cut)
    assert read.cut and read.unread == 0
    assert len(text) <= 2_000
    assert read.records[-1].message == "line 999"


async def test_secrets_are_gone_before_anything_is_parsed(tmp_path: Path) -> None:
    path = tmp_path / "api.log"
    path.write_text("2026-01-20 10:30:00 ERROR postgresql://app:hunter22@db/x password=hunter22\n")
    text, _ = await reader(path).tail()
    assert "hunter22" not in text


async def test_a_file_that_is_missing_or_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotThere, match="does not exist"):
        await reader(tmp_path / "nothing.log").tail()
    with pytest.raises(SystemRefused, match="may not be read"):
        await reader(tmp_path).tail()
    path = tmp_path / "empty.log"
    path.touch()
    assert await reader(path).ping() == "can be read"
    assert parse((await reader(path).tail())[0], LOG).records == ()
