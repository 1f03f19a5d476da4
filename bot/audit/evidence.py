"""Evidence lives outside the trail, which holds its digest only: so it can be removed, and the chain stays whole."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from bot.errors import InputError
from bot.model.audit import Event, Filters
from bot.model.diagnosis import Diagnosis
from bot.model.finding import Finding
from bot.model.people import Person
from bot.model.values import Clock, write_duration
from bot.store import Store, diagnoses, evidence, trail
from bot.store.database import writable

_SHORTEST = timedelta(days=1)
_PAGE = 500


def evidence_digest(findings: Iterable[Finding]) -> str:
    """The SHA-256 of what the checks saw, so that it can be told later whether the evidence is still the same."""
    seen = {one.check: writable(one.model_dump(mode="json", include={"evidence", "tables"})) for one in findings}
    return hashlib.sha256(json.dumps(_plain(seen), sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True)
class Compared:
    """How the stored evidence compares with the digests in the trail."""

    same: int
    removed: int
    differs: tuple[str, ...]  # ids of diagnoses

    @property
    def says(self) -> str:
        """One sentence for people."""
        told = f"Evidence of {self.same} diagnoses is as it was recorded, of {self.removed} it was removed"
        wrong = f"; of {len(self.differs)} it was changed: {', '.join(self.differs[:5])}" if self.differs else ""
        return f"{told}{wrong}."


async def compare(store: Store) -> Compared:
    """Compares the evidence of every finished diagnosis with its digest in the trail."""
    same, removed, before = 0, 0, None
    differs: list[str] = []
    while True:
        async with store.work() as work:
            rows = await trail.find(work, Filters(verb="diagnosis.finished"), before=before, limit=_PAGE)
            held = [(row, await diagnoses.get(work, row.event.subject.partition(" ")[2])) for row in rows]
        for row, diagnosis in held:
            digest = row.event.detail.get("evidence_digest")
            if not digest:
                continue
            if diagnosis is None or _is_bare(diagnosis):
                is_same = digest == evidence_digest(diagnosis.findings) if diagnosis else False
                same, removed = same + is_same, removed + (not is_same)
            elif digest == evidence_digest(diagnosis.findings):
                same += 1
            else:
                differs.append(diagnosis.id)
        if len(rows) < _PAGE:
            return Compared(same, removed, tuple(differs))
        before = rows[-1].number


async def purge(store: Store, person: Person, older_than: timedelta, clock: Clock) -> tuple[int, int]:
    """Removes the evidence of diagnoses and requests older than that; returns how many of each were changed.

    What was asked, found and decided stays, and so do the digests. Each batch is one transaction with its event.
    Raises InputError for less than a day, and Unrecordable.
    """
    if older_than < _SHORTEST:
        raise InputError("Evidence of the last day is still needed; name a day or more, such as 90d.")
    before = clock() - older_than
    whole = (0, 0)
    while True:
        async with store.work() as work:
            looked_at = await evidence.remove_from_diagnoses(work, before)
            asked = await evidence.remove_from_requests(work, before)
            if not looked_at and not asked:
                return whole
            says = f"Removed the evidence of {looked_at} diagnoses and {asked} requests older than"
            work.record(
                Event(
                    verb="evidence.purged", person=person, at=clock(), says=f"{says} {write_duration(older_than)}",
                    detail={"before": before.isoformat(), "diagnoses": looked_at, "requests": asked},
                )
            )  # fmt: skip
        whole = (whole[0] + looked_at, whole[1] + asked)


def _is_bare(diagnosis: Diagnosis) -> bool:
    return not any(one.evidence or one.tables for one in diagnosis.findings)


def _plain(value: Any) -> Any:
    # The database gives numbers back by value: 1e16 as 10000000000000000. The digest must not depend on that.
    if isinstance(value, float) and value.is_integer():
        return int(Decimal(repr(value)))
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value
