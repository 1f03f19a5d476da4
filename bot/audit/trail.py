"""The audit trail as people search it."""

from datetime import datetime

from bot.audit.verifying import Verified, verify
from bot.model.audit import Filters, Recorded
from bot.model.people import Person
from bot.model.request import Request
from bot.store import Store, trail


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
        filters = Filters(
            subjects=(subject,) if subject else (), person=person.id if person else "", system=system, tenant=tenant,
            verb=verb, outcome=outcome, since=since,
        )  # fmt: skip
        return await self.search(filters, before=before, limit=limit)

    async def search(self, filters: Filters, *, before: int | None = None, limit: int = 15) -> list[Recorded]:
        """Events that fit, newest first; `before` is the number where the page before this one ended."""
        async with self._store.work() as work:
            return await trail.find(work, filters, before=before, limit=limit)

    async def verify(self) -> Verified:
        """Hashes the whole chain anew and compares it with what is stored, and with the head."""
        return await verify(self._store)
