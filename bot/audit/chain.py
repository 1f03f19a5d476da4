"""How the trail is hashed: each event's hash covers the one before it. `audit_append` in the database does the same."""

import hashlib

from pydantic_core import from_json

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
    if not (is_plainly_found_by(row) or is_found_by(row)):
        return f"Broken at event {expected}: the columns that are searched do not say what its text says"
    return ""


def is_found_by(row: Row) -> bool:
    """Whether a search for what its text says would find a row."""
    try:
        event = from_json(row.body)
        who = event["person"]
        return bool(
            row.verb == event["verb"]
            and row.person == who["id"]
            and row.system == event["system"]
            and row.tenant == event["tenant"]
            and row.subject == event["subject"]
            and row.outcome == event["outcome"]
            and row.action == str(event["detail"].get("action") or "")
            # Made small by the database, whose locale decides about letters outside ASCII.
            and row.email.casefold() == str(who.get("email") or "").casefold()
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


def is_plainly_found_by(row: Row) -> bool:
    """The same in a fifth of the time, for a million events; False where only parsing can tell.

    In canonical JSON names are in order, and in a text without any backslash each quotation mark begins or ends a
    string: so these parts stand where they stand.
    """
    body = row.body
    end = f'","subject":"{row.subject}","system":"{row.system}","tenant":"{row.tenant}","verb":"{row.verb}"}}'
    if "\\" in body or not body.endswith(end):
        return False
    outcome = body.rfind(',"outcome":"')
    lead = f',"outcome":"{row.outcome}","person":{{"email":"'
    if outcome < 0 or not body.startswith(lead, outcome) or f'],"id":"{row.person}","name":"' not in body[outcome:]:
        return False
    email = body[outcome + len(lead) : body.find('"', outcome + len(lead))]
    if email.casefold() != row.email.casefold():
        return False
    if not row.action:
        return '"action":' not in body[:outcome]
    return body.startswith(f'"detail":{{"action":"{row.action}"', body.find('"detail":'))
