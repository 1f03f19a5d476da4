"""A walk along the chain, event by event, past the signed checkpoints."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.audit.chain import fault
from bot.audit.checkpoint import Checkpoint
from bot.store import Store, trail
from bot.store.trail import Row


@dataclass(frozen=True)
class Verified:
    """What a check proved; `says` is one line with that, and with what is not proven."""

    events: int
    broken: int | None  # number of the first event that does not fit
    says: str


@dataclass
class Walk:
    """How far the chain was followed, and the hash there; `signed` are the checkpoints by their number."""

    previous: bytes
    count: int
    signed: Mapping[int, Checkpoint]

    async def to(self, store: Store, last: int) -> Verified | None:
        """Follows the chain to this event; what is wrong on the way, if something is."""
        async for page in trail.pages(store, after=self.count, last=last):
            # In a thread, so that the next page comes in meanwhile.
            if wrong := await asyncio.to_thread(self.over, page):
                return wrong
        return None

    def over(self, page: Sequence[Row]) -> Verified | None:
        """Follows the chain over these rows; what is wrong, if something is."""
        previous, count = self.previous, self.count
        for row in page:
            if wrong := fault(previous, count + 1, row):
                return Verified(count, count + 1, f"{wrong}. What stands before it is whole.")
            previous, count = row.hash, count + 1
            if (one := self.signed.get(count)) is not None and one.hash != previous.hex():
                sure = max((number for number in self.signed if number < count), default=0)
                return Verified(sure, sure + 1, _rewritten(sure, one))
        self.previous, self.count = previous, count
        return None


def _rewritten(sure: int, one: Checkpoint) -> str:
    where = f"between event {sure + 1} and event {one.number}"
    return f"Broken {where}: the chain was written anew, for the checkpoint of {one.written} names another hash."
