"""Signs checkpoints of the trail on a schedule, so that what was cut off or written anew shows."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.audit.chain import GENESIS, TrailBroken, fault
from bot.audit.checkpoint import Checkpoint, PublicKey, public_of, sign
from bot.audit.keys import Folder
from bot.errors import BackstopError
from bot.model.audit import Event
from bot.model.people import BACKSTOP, Person
from bot.model.values import Clock
from bot.store import Store, trail

log = structlog.get_logger()

Publish = Callable[[Checkpoint], Awaitable[None]]


class _Outrun(Exception):
    """Another process made the first key a moment ago."""


class Notary:
    """Signs what it has checked: each checkpoint only after everything since the one before was hashed anew."""

    def __init__(self, store: Store, folder: Folder, clock: Clock, publish: Publish | None = None) -> None:
        self._store, self._folder, self._clock, self._publish = store, folder, clock, publish
        self._published = -1

    async def stamp(self) -> Checkpoint:
        """The checkpoint of the end of the trail as it is now; signed anew only if there are events since the last.

        Raises TrailBroken when the trail since the last checkpoint is not whole, and Unrecordable.
        """
        private = await self._key()
        last = await asyncio.to_thread(self._folder.last)
        async with self._store.work() as work:
            end, top = await trail.head(work)
        await self._check(last, end, top)
        if last is None or last.number != end:
            last = sign(private, end, top, self._clock())
            await asyncio.to_thread(self._folder.add, last)
        if self._publish is not None and self._published < last.number:
            await self._publish(last)
            self._published = last.number
        return last

    async def rotate(self, person: Person) -> PublicKey:
        """Signs with the old key a last time, and has a new one take its place; the old one introduces it."""
        old = await self._key()
        await self.stamp()
        new = Ed25519PrivateKey.generate()
        public = public_of(new, self._clock(), old)
        async with self._store.work() as work:
            work.record(self._event("audit.key_rotated", person, public))
            await work.append()
            await asyncio.to_thread(self._folder.keep, new, public, replace=True)
        await self.stamp()
        return public

    async def _key(self) -> Ed25519PrivateKey:
        """The signing key; the first one is made here, and that is on record."""
        found = await asyncio.to_thread(self._folder.private)
        if found is not None:
            return found
        new = Ed25519PrivateKey.generate()
        public = public_of(new, self._clock())
        try:
            async with self._store.work() as work:
                work.record(self._event("audit.key_made", BACKSTOP, public))
                await work.append()
                if not await asyncio.to_thread(self._folder.keep, new, public, replace=False):
                    raise _Outrun
        except _Outrun:
            return await self._key()
        return new

    async def _check(self, last: Checkpoint | None, end: int, top: bytes) -> None:
        count, previous = (last.number, bytes.fromhex(last.hash)) if last else (0, GENESIS)
        if count > end:
            raise TrailBroken(f"The audit trail ends at event {end}, and a signed checkpoint names event {count}.")
        if last is not None and count:
            async with self._store.work() as work:
                stored, first = await trail.hash_of(work, count), await trail.first(work)
            # Where it was archived with everything before it, the event after it tells.
            if stored != previous and (stored is not None or first < count):
                raise TrailBroken(f"Event {count} of the audit trail is not the one that a signed checkpoint names.")
        async for row in trail.rows(self._store, after=count, last=end):
            if wrong := fault(previous, count + 1, row):
                raise TrailBroken(f"{wrong}; run `backstop audit verify`, and tell an auditor.")
            previous, count = row.hash, count + 1
        if (count, previous) != (end, top):
            raise TrailBroken(f"The end of the audit trail was cut off after event {count}.")

    def _event(self, verb: str, person: Person, public: PublicKey) -> Event:
        then = f", introduced by {public.introduced_by}" if public.introduced_by else ""
        return Event(
            verb=verb, person=person, at=self._clock(), subject=f"key {public.id}",
            says=f"Checkpoints are signed with the key {public.id}{then}", detail=public.model_dump(),
        )  # fmt: skip


async def checkpoint_always(
    notary: Notary, *, every: float = 300.0, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> None:
    """Signs a checkpoint now and every so many seconds, until cancelled; what fails is logged, and tried again."""
    while True:
        try:
            await notary.stamp()
        except TrailBroken as error:
            log.critical("audit.broken", sentence=error.sentence)
        except BackstopError as error:
            log.warning("audit.no_checkpoint", sentence=error.sentence)
        except Exception:
            log.exception("audit.no_checkpoint")
        await sleep(every)
