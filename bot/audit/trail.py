"""The audit trail as people search it, and as it is checked."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import structlog

from bot.audit.deciders import who_could
from bot.audit.figures import LOOK_BACK, VERBS, Figures, figures
from bot.audit.filters import spoken, told, understand
from bot.audit.keys import Folder
from bot.audit.sheet import Format, sheet
from bot.audit.verifying import verify
from bot.audit.walk import Verified
from bot.errors import Unrecordable
from bot.model.audit import Event, Filters, Recorded
from bot.model.people import BACKSTOP, Person
from bot.model.policy import Policy
from bot.model.request import Request
from bot.model.values import Clock
from bot.redaction import redact
from bot.settings import Settings
from bot.store import Store, trail

log = structlog.get_logger()

_LONG = 1_200  # characters


class AuditTrail:
    """Reads the trail; it is written in the transactions of the changes, and here only where nothing is changed."""

    def __init__(self, store: Store, folder: Path | None = None) -> None:
        self._store = store
        self._folder = Folder(folder) if folder is not None else None
        self._policies: set[str] = set()

    async def of_request(self, request: Request) -> list[Recorded]:
        """The trail of a request from the diagnosis that it came from to its verification, oldest first."""
        async with self._store.work() as work:
            return await trail.about(work, self.subjects_of(request))

    @staticmethod
    def subjects_of(request: Request) -> tuple[str, ...]:
        """What the events of a request are about: itself, and the diagnosis that it came from."""
        return (f"request {request.id}", *([f"diagnosis {request.diagnosis}"] if request.diagnosis else []))

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

    understand = staticmethod(understand)
    spoken = staticmethod(spoken)
    told = staticmethod(told)
    who_could = staticmethod(who_could)

    async def sheet(
        self, person: Person, rows: Sequence[Recorded], given: Filters, format: Format, clock: Clock
    ) -> str:
        """Events as the text of a file; that somebody took them along is an event itself."""
        await self.note(
            Event(
                verb="audit.exported", person=person, at=clock(), says=f"Took {len(rows)} events along as {format}",
                system=given.system, tenant=given.tenant, detail={"filters": given.given, "events": len(rows)},
            )
        )  # fmt: skip
        return await asyncio.to_thread(sheet, rows, format)

    async def count(self, since: datetime, until: datetime) -> Figures:
        """What happened in a period, counted."""
        async with self._store.work() as work:
            events = await trail.of_verbs(work, VERBS, since - LOOK_BACK, until)
        return await asyncio.to_thread(figures, events, since, until)

    async def verify(self, *others: Path, after: int = 0) -> Verified:
        """Hashes the chain anew and compares it with what is stored, the head, and the signed checkpoints.

        `others` are further files of checkpoints, such as one copied from a channel.
        """
        if self._folder is None:
            return await verify(self._store, after=after)
        checkpoints = await asyncio.to_thread(self._folder.checkpoints, *others)
        keys = await asyncio.to_thread(self._folder.public_keys)
        return await verify(self._store, checkpoints, keys, after=after)

    async def is_writable(self) -> bool:
        """Whether an event can be written now: tried, and taken back. Without that, nothing is done."""
        # As long as what is written otherwise: on a full disk a short one may still find room where others do not.
        room = {"room": "." * _LONG}
        event = Event(verb="audit.tried", person=BACKSTOP, at=datetime(2000, 1, 1, tzinfo=UTC), detail=room)
        try:
            await trail.try_to_write(self._store, event)
        except Unrecordable as error:
            log.warning("audit.not_writable", exc_info=error)
            return False
        return True

    async def note(self, event: Event) -> None:
        """Records something that changes nothing: a start, an export. Raises Unrecordable."""
        async with self._store.work() as work:
            work.record(event)

    async def note_policy(self, policy: Policy, clock: Clock) -> None:
        """Records a policy the first time that it is in force, whole, so that its digest can be looked up later."""
        if policy.digest in self._policies:
            return
        subject = f"policy {policy.digest}"
        if not await self.find(subject=subject, limit=1):
            await self.note(
                Event(
                    verb="policy.in_force", person=BACKSTOP, at=clock(), subject=subject, policy=policy.digest,
                    says=f"Policy {policy.digest[:12]} is in force",
                    detail={"policy": policy.model_dump(mode="json", exclude={"digest"})},
                )
            )  # fmt: skip
        self._policies.add(policy.digest)

    async def note_start(
        self, replica: str, policy: Policy, settings: Settings, clock: Clock, catalog: str = ""
    ) -> None:
        """Records that a replica started, with the policy and the settings in force; secrets are stars there.

        `catalog` is the digest of the systems and runbooks that it read.
        """
        await self.note_policy(policy, clock)
        await self.note(
            Event(
                verb="bot.started", person=BACKSTOP, at=clock(), says=f"{replica} started", policy=policy.digest,
                detail={"replica": replica, "catalog": catalog, "settings": redact(settings.model_dump(mode="json"))},
            )
        )  # fmt: skip
