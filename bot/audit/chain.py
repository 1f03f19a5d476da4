"""How the trail is hashed: each event's hash covers the one before it. `audit_append` in the database does the same."""

import hashlib
import json

from bot.errors import BackstopError
from bot.store.trail import Row

GENESIS = hashlib.sha256(b"backstop audit trail").digest()


class TrailBroken(BackstopError):
    """The trail is not what it was; nothing is signed or exported over it."""


def digest(salt: bytes, body: str) -> bytes:
    """What stands for an event's text in the chain, and in exports that leave the text out."""
    return hashlib.sha256(salt + body.encode()).digest()


def link(previous: bytes, number: int, at: str, digest: bytes) -> bytes:
    """The hash of an event: over the hash before it, its number, its time as text, and its digest."""
    return hashlib.sha256(previous + f"{number}\n{at}\n{digest.hex()}".encode()).digest()


def fault(previous: bytes, expected: int, row: Row) -> str:
    """What is wrong with the row that stands where event `expected` should; empty when nothing is."""
    if row.number != expected:
        return f"Broken at event {expected}: it was removed"
    if link(previous, row.number, row.at, digest(row.salt, row.body)) != row.hash:
        return f"Broken at event {expected}: its text, its time or its place is not what was written"
    if _searched(row.body) != _folded(row.searched):
        return f"Broken at event {expected}: the columns that are searched do not say what its text says"
    return ""


def _searched(body: str) -> tuple[str, ...]:
    event = json.loads(body)
    person, detail = event["person"], event["detail"]
    return _folded(
        (
            event["verb"], person["id"], str(person.get("email") or ""), event["system"], event["tenant"],
            event["subject"], str(detail.get("action") or ""), event["outcome"],
        )
    )  # fmt: skip


def _folded(searched: tuple[str, ...]) -> tuple[str, ...]:
    # The address is written in small letters by the database, whose locale decides about letters outside ASCII.
    return (*searched[:2], searched[2].casefold(), *searched[3:])
