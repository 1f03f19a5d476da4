"""The audit trail as people search it, and as `backstop audit verify` checks it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from bot.model.audit import Recorded
from bot.model.people import Person
from bot.model.request import Request
from bot.store import Store, trail

GENESIS = hashlib.sha256(b"backstop audit trail").digest()


@dataclass(frozen=True)
class Verified:
    """What a check of the whole chain proved."""

    events: int
    broken: int | None  # number of the first event that does not fit
    says: str


class AuditTrail:
    """Reads the trail; it is written in the transactions of the changes alone."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of_request(self, request: Request) -> list[Recorded]:
        """The trail of a request from the diagnosis that it came from to its verification, oldest first."""
        subjects = [f"request {request.id}"] + ([f"diagnosis {request.diagnosis}"] if request.diagnosis else [])
        async with self._store.work() as work:
            return await trail.about(work, subjects)

    async def find(
        self, *, subject: str = "", person: Person | None = None, system: str = "", tenant: str = "", verb: str = "",
        outcome: str = "", since: datetime | None = None, before: int | None = None, limit: int = 15,
    ) -> list[Recorded]:  # fmt: skip
        """Events that fit all that is given, newest first."""
        async with self._store.work() as work:
            return await trail.find(
                work, subject=subject, person=person.id if person else "", system=system, tenant=tenant, verb=verb,
                outcome=outcome, since=since, before=before, limit=limit,
            )  # fmt: skip

    async def verify(self) -> Verified:
        """Hashes the whole chain anew and compares it with what is stored, and with the head."""
        previous, count = GENESIS, 0
        async for number, at, stored, body in trail.rows(self._store):
            count += 1
            expected = hashlib.sha256(previous + f"{number}\n{at}\n{body}".encode()).digest()
            if number != count or expected != stored:
                says = f"Broken at event {number}: it is not what was written, or one before it is missing."
                return Verified(count - 1, number, says)
            previous = stored
        async with self._store.work() as work:
            head = await trail.head(work)
        if head != (count, previous):
            return Verified(count, count + 1, f"Broken after event {count}: the end was cut off.")
        return Verified(count, None, f"All {count} events are as they were written, in order, up to the head.")
