"""Laravel's job payloads: what they are, whose they are, and how they are put back as PHP would write them."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.access.fields import ABSENT, field_of
from bot.model.values import Json

UNKNOWN = "unknown"
_BORN = ("createdAt", "pushedAt")
_MILLISECONDS = 1e11  # beyond it a number of seconds would be thousands of years from now


@dataclass(frozen=True)
class Payload:
    """One job that can be read: its class, its tenant where it names one, and when it was queued where it says so."""

    uuid: str
    job: str
    tenant: str
    born: datetime | None
    value: dict[str, Json]


def read_payload(raw: str | bytes, tenant_fields: Sequence[str]) -> Payload | None:
    """A payload; None when it cannot be read, so that a worker could not read it either."""
    try:
        value = json.loads(raw)
    except ValueError:  # also when it is no text at all
        return None
    if not isinstance(value, dict) or not isinstance(value.get("job"), str):
        return None
    name = value.get("displayName") or field_of(value, "data.commandName")
    job = str(name) if isinstance(name, str) and name else str(value["job"])
    return Payload(str(value.get("uuid") or ""), job, _tenant(value, tenant_fields), _born(value), value)


def why_not_native(value: dict[str, Json]) -> str:
    """Why only the application itself can put this job back; empty when that can be done without it."""
    command = field_of(value, "data.command")
    if not isinstance(command, str) or not command.startswith("O:"):
        return "its command is encrypted"
    if value.get("retryUntil") is not None or re.search(r'"retryUntil";[^N]', command):
        return "it has a time until which it is retried"
    batch = field_of(value, "data.batchId")
    if batch not in {ABSENT, None} or re.search(r'"batchId";s:', command):
        return "it belongs to a batch"
    return ""


def renewed(value: dict[str, Json]) -> str:
    """The payload without its attempts, written as PHP's json_encode does: slashes and non-ASCII escaped, no spaces."""
    written = json.dumps({**value, "attempts": 0}, ensure_ascii=True, separators=(",", ":"))
    return written.replace("/", "\\/")


def _tenant(value: dict[str, Json], fields: Sequence[str]) -> str:
    command = field_of(value, "data.command")
    for name in fields:
        for place in (name, f"data.{name}"):
            found = field_of(value, place)
            if isinstance(found, (str, int)) and not isinstance(found, bool):
                return str(found)
        if isinstance(command, str):
            # A property of the serialized object; a protected one has its name after `\0*\0`.
            match = re.search(rf'"(?:\x00[^\x00]*\x00)?{re.escape(name)}";(?:s:\d+:"([^"]*)"|i:(\d+))', command)
            if match:
                return match[1] or match[2] or UNKNOWN
    return UNKNOWN


def _born(value: dict[str, Json]) -> datetime | None:
    found: Any = next((value[name] for name in _BORN if name in value), None)
    try:
        seconds = float(found)
        return datetime.fromtimestamp(seconds / 1000 if seconds > _MILLISECONDS else seconds, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
