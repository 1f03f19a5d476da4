"""Reads the end of a log file, and parses a log into records by their headers, since a record spans many lines."""

import asyncio
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from bot.access.deadline import within
from bot.errors import NotThere, SystemRefused, SystemUnreachable, TookTooLong
from bot.model.connections import LogConnection
from bot.model.system import Log
from bot.model.values import write_duration
from bot.redaction import mask_personal, redact_text

_LINE_CAP = 4_000  # characters of a line that are looked at
_LINES_CAP = 200  # lines of a record that are kept
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?:Error|Exception|Timeout|Failure|Refused|Interrupt|Exit)\b")
_VARIABLE = re.compile(
    r"[\w.+-]+@[\w.-]+|\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}\b|\"[^\"]*\"|'[^']*'|\b(?=\w*\d)[0-9a-zA-Z]{12,}\b|\b\d[\d.,:]*\b"
)


@dataclass(frozen=True)
class Record:
    """One record without secrets: `message` is its first line, `more` the lines below, such as a stack trace."""

    at: datetime
    level: str
    message: str
    more: tuple[str, ...] = ()


@dataclass(frozen=True)
class Records:
    """What was read of a log; `cut` says that it goes further back than was read."""

    records: tuple[Record, ...]
    cut: bool = False
    unread: int = 0  # lines before the first header, or whose time cannot be read


class LogReader:
    """Reads the end of one file."""

    def __init__(self, place: str, path: str, connection: LogConnection) -> None:
        self._place, self._path, self._connection = place, Path(path), connection

    async def tail(self) -> tuple[str, bool]:
        """The end of the file, without secrets, and whether there is more before it.

        Raises NotThere, SystemRefused, SystemUnreachable or TookTooLong.
        """
        limit = self._connection.timeout
        try:
            return await within(limit.total_seconds(), asyncio.to_thread(self._read))
        except FileNotFoundError as problem:
            raise NotThere(f"{self._place} is not there: the file does not exist where the bot looks.") from problem
        except (PermissionError, IsADirectoryError) as problem:
            raise SystemRefused(f"{self._place} may not be read by the bot; let its account do so.") from problem
        except TimeoutError as problem:
            raise TookTooLong(f"{self._place} could not be read within {write_duration(limit)}.") from problem
        except OSError as problem:
            raise SystemUnreachable(f"{self._place} cannot be read ({problem.strerror}).") from problem

    async def ping(self) -> str:
        """Says that the file can be read; raises as `tail` does."""
        await self.tail()
        return "can be read"

    async def close(self) -> None:
        """Nothing is kept open."""

    def _read(self) -> tuple[str, bool]:
        with self._path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            start = max(0, size - self._connection.tail)
            file.seek(start)
            text = file.read(self._connection.tail).decode("utf-8", errors="replace")
        # What was cut in the middle of a line begins with the next one.
        return redact_text(text.partition("\n")[2] if start else text), start > 0


def parse(text: str, log: Log, *, cut: bool = False) -> Records:
    """The records of a log, in its order."""
    header = _compiled(log.header)
    records: list[Record] = []
    unread = 0
    begun: tuple[datetime, str, str] | None = None
    more: list[str] = []
    for line in _lines(text):
        match = header.match(line)
        at = _moment(match["time"], log.time_format) if match else None
        if match is None or at is None:
            if begun is None:
                unread += 1
            elif len(more) < _LINES_CAP:
                more.append(line)
            continue
        if begun is not None:
            records.append(Record(*begun, tuple(more)))
        begun, more = (at, match["level"].upper(), match["message"].strip()), []
    if begun is not None:
        records.append(Record(*begun, tuple(more)))
    return Records(tuple(records), cut, unread)


@dataclass(frozen=True)
class Group:
    """Errors of one kind; the example is one line, without secrets and personal data."""

    kind: str
    count: int
    first: datetime
    last: datetime
    example: str


def grouped(records: Iterable[Record]) -> list[Group]:
    """The records by kind, the most frequent first: by their exception, and by their message without its numbers."""
    by_kind: dict[str, list[Record]] = {}
    for record in records:
        by_kind.setdefault(_kind(record), []).append(record)
    groups = [
        Group(
            kind, len(found), min(one.at for one in found), max(one.at for one in found),
            mask_personal(_telling(max(found, key=lambda one: one.at)))[:160],
        )
        for kind, found in by_kind.items()
    ]  # fmt: skip
    return sorted(groups, key=lambda one: (-one.count, one.kind))


def _kind(record: Record) -> str:
    """The name of the exception and the shape of the message, in which what differs each time is left out."""
    shape = _VARIABLE.sub("…", record.message)[:80]
    raised = _raised(record)
    return f"{raised.partition(':')[0].rsplit('.', 1)[-1]} · {shape}" if raised else shape


def _raised(record: Record) -> str:
    """The line of a stack trace that names the exception: the last one that is not indented."""
    return next((line for line in reversed(record.more) if _EXCEPTION.match(line)), "")


def _telling(record: Record) -> str:
    return _raised(record) or record.message


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if line.strip():
            yield line[:_LINE_CAP]


@lru_cache(maxsize=64)
def _compiled(header: str) -> re.Pattern[str]:
    return re.compile(header)


def _moment(written: str, time_format: str) -> datetime | None:
    try:
        # Some loggers write the milliseconds behind a comma.
        found = (
            datetime.strptime(written, time_format)  # noqa: DTZ007  # the zone is added below where it is missing
            if time_format
            else datetime.fromisoformat(written.replace(",", "."))
        )
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
