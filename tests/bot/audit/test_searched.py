"""The columns that are searched are held against the text: quickly where that is certain, else by parsing."""

from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from bot.audit.chain import is_found_by, is_plainly_found_by
from bot.model.audit import Event
from bot.model.people import Person
from bot.store.trail import Row

_WORDS = some.sampled_from(
    ["", "a", "clear_cache", 'x","verb":"y', "Öl", "tenant-abc", "\\", '"', '"action":"a"', "\n"]
)


def row_of(event: Event, **changed: str) -> Row:
    """The row that the database makes of an event."""
    body = rfc8785.dumps(event.model_dump(mode="json")).decode()
    columns = {
        "verb": event.verb, "person": event.person.id, "email": event.person.email.lower(), "system": event.system,
        "tenant": event.tenant, "subject": event.subject, "action": str(event.detail.get("action") or ""),
        "outcome": event.outcome, **changed,
    }  # fmt: skip
    return Row._make((1, "2026-11-24T12:00:00.000000Z", b"", b"", body, *columns.values(), True))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)  # machines may be busy
@given(
    words=some.fixed_dictionaries(dict.fromkeys(("verb", "system", "tenant", "subject", "outcome", "says"), _WORDS)),
    person=some.builds(Person, id=_WORDS, name=_WORDS, email=_WORDS, groups=some.frozensets(_WORDS, max_size=2)),
    detail=some.dictionaries(some.sampled_from(["action", "about", "outcome", "person", "detail"]), _WORDS, max_size=3),
    changed=some.dictionaries(some.sampled_from(["verb", "person", "email", "action", "outcome"]), _WORDS, max_size=1),
)
def test_what_is_plain_is_true(words: dict[str, str], person: Person, detail: Any, changed: dict[str, str]) -> None:
    event = Event(person=person, at=datetime(2026, 11, 24, tzinfo=UTC), detail=detail, **words)
    assert is_found_by(row_of(event))
    row = row_of(event, **changed)
    if is_plainly_found_by(row):
        assert is_found_by(row)


@pytest.mark.parametrize("action", ["", "clear_cache"])
def test_ordinary_events_are_plain(action: str) -> None:
    detail: dict[str, Any] = {"action": action, "params": {"caches": ["a"]}} if action else {"runbook": "stale-data"}
    person = Person(id="U1", name="Olga", email="Olga@Example.com")
    event = Event(verb="request.asked", person=person, at=datetime.now(UTC), tenant="tenant-abc", detail=detail)
    assert is_plainly_found_by(row_of(event))
    for name in ("verb", "person", "email", "system", "tenant", "subject", "action", "outcome"):
        row = row_of(event, **{name: "other"})
        assert not is_plainly_found_by(row) and not is_found_by(row)


def test_a_text_that_is_no_event_is_found_by_nothing() -> None:
    event = Event(verb="a.b", person=Person(id="U1", name=""), at=datetime.now(UTC))
    for body in ("", "null", "{}", "[]", '{"person": 1, "detail": {}}', "no json"):
        assert not is_found_by(row_of(event)._replace(body=body))
