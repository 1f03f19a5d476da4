"""The small shared types: strict models, durations as people write them, JSON, time and ids that are passed in."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema

Json = Any
Scalar = str | int | float | bool | None
Clock = Callable[[], datetime]
NewId = Callable[[], str]

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?(?:e-\d+)?)(ms|s|m|h|d)")


class Value(BaseModel):
    """A frozen value that knows all its fields; anything else is an error."""

    # Most are parts of others, which build them again for themselves; each by itself is built when it is first needed.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


def parse_duration(written: Any) -> timedelta:
    """Turns `30s`, `5m`, `1h`, `2d`, `250ms` into a duration; raises ValueError for anything else."""
    if isinstance(written, timedelta):
        return written
    match = _DURATION.fullmatch(str(written).strip())
    if not match:
        raise ValueError("a duration is a number and a unit, such as 30s, 5m, 1h or 2d")
    return timedelta(seconds=float(match[1]) * _UNITS[match[2]])


def write_duration(length: timedelta) -> str:
    """Writes a duration as a person would: the two largest units that are not zero, as in `3 h 12 min`."""
    seconds = length.total_seconds()
    if seconds < 0:
        return f"-{write_duration(-length)}"
    if seconds < 1:
        return f"{round(seconds * 1000)} ms"
    if seconds < 10 and seconds != int(seconds):
        return f"{seconds:.1f} s"
    whole = round(seconds)
    parts = [(whole // 86400, "d"), (whole % 86400 // 3600, "h"), (whole % 3600 // 60, "min"), (whole % 60, "s")]
    first = next(index for index, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count)


def write_left(length: timedelta) -> str:
    """Writes how long something still lives, in whole seconds as it is counted down: `41 s`, `under 1 s`."""
    whole = timedelta(seconds=round(length.total_seconds()))
    return write_duration(whole) if whole else "under 1 s"


def _short(length: timedelta) -> str:
    seconds = length.total_seconds()
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{int(seconds // size)}{unit}"
    return f"{seconds:.6f}".rstrip("0").rstrip(".") + "s"  # never as 1e-05, which is no duration


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(_short, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?(ms|s|m|h|d)$", "examples": ["30s", "5m"]}),
]
