"""Evidence lives outside the trail, which holds its digest only: so it can be removed, and the chain stays whole."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from bot.errors import InputError
from bot.model.audit import Event, Filters
from bot.model.diagnosis import Diagnosis
from bot.model.finding import Finding
from bot.model.people import BACKSTOP, Person
from bot.model.policy import Policy
from bot.model.values import Clock, write_duration
from bot.store import Store, Work, bundles, diagnoses, evidence, trail
from bot.store.database import writable

_SHORTEST = timedelta(days=1)
_PAGE = 500
_SAME, _REMOVED, _DIFFERS = "same", "removed", "differs"


def evidence_digest(findings: Iterable[Finding]) -> str:
    """The SHA-256 of what the checks saw, so that it can be told later whether the evidence is still the same."""
    seen = {one.check: writable(one.model_dump(mode="json", include={"evidence", "tables"})) for one in findings}
    return hashlib.sha256(json.dumps(_plain(seen), sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True)
class Compared:
    """How the stored evidence of diagnoses and escalations compares with the digests in the trail."""

    same: int
    removed: int
    differs: tuple[str, ...]  # ids of diagnoses, and of bundles of escalations

    @property
    def says(self) -> str:
        """One sentence for people."""
        told = (
            f"Evidence of {self.same} diagnoses and escalations is as it was recorded, of {self.removed} it was removed"
        )
        wrong = f"; of {len(self.differs)} it was changed: {', '.join(self.differs[:5])}" if self.differs else ""
        return f"{told}{wrong}."


class Purged(NamedTuple):
    """Of how many the evidence was removed; `files` were attached to escalations."""

    diagnoses: int = 0
    requests: int = 0
    files: int = 0

    @property
    def says(self) -> str:
        """What was done, in words."""
        found = f"{self.diagnoses} diagnoses, {self.requests} requests and {self.files} files of escalations"
        return f"Removed the evidence of {found}"


async def compare(store: Store) -> Compared:
    """Compares the evidence of every finished diagnosis and every escalation with its digest in the trail."""
    counted: Counter[str] = Counter()
    differs: list[str] = []
    for verb, stands in (("diagnosis.finished", _of_diagnosis), ("escalation.collected", _of_bundle)):
        before = None
        while True:
            async with store.work() as work:
                rows = await trail.find(work, Filters(verb=verb), before=before, limit=_PAGE)
                for row in rows:
                    id, how = await stands(work, row.event)
                    counted[how] += 1
                    differs += [id] if how == _DIFFERS else []
            if len(rows) < _PAGE:
                break
            before = rows[-1].number
    return Compared(counted[_SAME], counted[_REMOVED], tuple(differs))


async def purge(store: Store, person: Person, older_than: timedelta, clock: Clock) -> Purged:
    """Removes evidence that is older than that: of diagnoses, requests that ended, and escalations that are resolved.

    What was asked, found and decided stays, and so do the digests. Each batch is one transaction with its event.
    Raises InputError for less than a day, and Unrecordable.
    """
    if older_than < _SHORTEST:
        raise InputError("Evidence of the last day is still needed; name a day or more, such as 90d.")
    before = clock() - older_than
    whole = Purged()
    while True:
        async with store.work() as work:
            now = Purged(
                await evidence.remove_from_diagnoses(work, before), await evidence.remove_from_requests(work, before),
                await evidence.remove_from_escalations(work, before),
            )  # fmt: skip
            if not any(now):
                return whole
            work.record(
                Event(
                    verb="evidence.purged", person=person, at=clock(),
                    says=f"{now.says} older than {write_duration(older_than)}",
                    detail={"before": before.isoformat(), **now._asdict()},
                )
            )  # fmt: skip
        whole = Purged(*(sum(both) for both in zip(whole, now, strict=True)))


async def purge_by(policy: Policy, store: Store, clock: Clock) -> Purged:
    """The same by the policy in force; where it does not say how long evidence is kept, nothing is removed."""
    keep = policy.approvals.keep_evidence
    return Purged() if keep is None else await purge(store, BACKSTOP, keep, clock)


async def _of_diagnosis(work: Work, event: Event) -> tuple[str, str]:
    id = event.subject.partition(" ")[2]
    digest = event.detail.get("evidence_digest")
    diagnosis = await diagnoses.get(work, id)
    if diagnosis is not None and digest in {"", None, evidence_digest(diagnosis.findings)}:
        return id, _SAME
    return id, _REMOVED if diagnosis is None or _is_bare(diagnosis) else _DIFFERS


async def _of_bundle(work: Work, event: Event) -> tuple[str, str]:
    id = str(event.detail.get("bundle"))
    recorded = {str(one["name"]): str(one["sha256"]) for one in event.detail.get("files") or ()}
    bundle = await bundles.get(work, id)
    held = {one.name: one for one in bundle.files} if bundle else {}
    wrong = [
        name
        for name, digest in recorded.items()
        if name not in held or hashlib.sha256(held[name].content).hexdigest() != digest
    ]
    if not wrong:
        return id, _SAME
    return id, _REMOVED if all(name in held and held[name].is_removed for name in wrong) else _DIFFERS


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
