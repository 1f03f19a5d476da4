"""Checks the whole trail: the chain, the signed checkpoints that were kept outside the database, and the end."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.audit.chain import GENESIS, fault
from bot.audit.checkpoint import Checkpoint, PublicKey
from bot.errors import InputError
from bot.store import Store, trail
from bot.store.trail import Row

_ALONE = "that nobody who rules the database wrote the whole chain anew, for there is no signed checkpoint"


@dataclass(frozen=True)
class Verified:
    """What a check proved; `says` is one line with that, and with what is not proven."""

    events: int
    broken: int | None  # number of the first event that does not fit
    says: str


async def verify(
    store: Store, checkpoints: Sequence[Checkpoint] = (), keys: Sequence[PublicKey] = (), *, after: int = 0
) -> Verified:
    """Hashes the trail anew and compares it with what is stored, with the head, and with the checkpoints.

    `after` is the number of a checkpoint to begin at, where older events were archived. Raises InputError when there
    is no such checkpoint.
    """
    known = {key.id: key for key in keys}
    for given in checkpoints:
        if given.key not in known or not given.is_signed_by(known[given.key]):
            says = f"The checkpoint of event {given.number} ({given.written}) is not signed by a known key."
            return Verified(0, given.number, f"{says} Either it was forged, or the file of keys is not whole.")
    signed: dict[int, Checkpoint] = {one.number: one for one in checkpoints}
    walk = _Walk(_start(checkpoints, after), after, after, signed)
    # Read first: what is appended while this runs comes after it.
    async with store.work() as work:
        end, top = await trail.head(work)
    async for page in trail.pages(store, after=after, last=end):
        # In a thread, so that the next page comes in meanwhile.
        if wrong := await asyncio.to_thread(walk.over, page):
            return wrong
    count = walk.count
    if (count, walk.previous) != (end, top):
        return Verified(count, count + 1, f"Broken after event {count}: the end was cut off, for the head says {end}.")
    if signed and (last := max(signed)) > count:
        says = f"Broken after event {count}: the end was cut off, for a signed checkpoint names event {last}."
        return Verified(count, count + 1, says)
    return Verified(count, None, _whole(after, count, signed))


@dataclass
class _Walk:
    """How far the chain was followed: the hash there, and the last event that a checkpoint is sure of."""

    previous: bytes
    count: int
    sure: int
    signed: Mapping[int, Checkpoint]

    def over(self, page: Sequence[Row]) -> Verified | None:
        """Follows the chain over these rows; what is wrong, if something is."""
        previous, count, sure = self.previous, self.count, self.sure
        for row in page:
            if wrong := fault(previous, count + 1, row):
                return Verified(count, count + 1, f"{wrong}. What stands before it is whole.")
            previous, count = row.hash, count + 1
            if (one := self.signed.get(count)) is not None:
                if one.hash != previous.hex():
                    return Verified(sure, sure + 1, _rewritten(sure, one))
                sure = count
        self.previous, self.count, self.sure = previous, count, sure
        return None


def _start(checkpoints: Sequence[Checkpoint], after: int) -> bytes:
    if not after:
        return GENESIS
    for one in checkpoints:
        if one.number == after:
            return bytes.fromhex(one.hash)
    raise InputError(f"There is no signed checkpoint of event {after}; begin at one that there is.")


def _rewritten(sure: int, one: Checkpoint) -> str:
    where = f"between event {sure + 1} and event {one.number}"
    return f"Broken {where}: the chain was written anew, for the checkpoint of {one.written} names another hash."


def _events(count: int) -> str:
    return "event" if count == 1 else f"{count} events"


def _whole(after: int, count: int, signed: Mapping[int, Checkpoint]) -> str:
    events = f"Events {after + 1} to {count} are" if after else f"All {count} events are"
    proven = f"{events} as they were written, in order, up to the head"
    if not signed:
        return f"{proven}. Not proven: {_ALONE}."
    last = signed[max(signed)]
    rest = count - last.number
    fit = "1 signed checkpoint fits" if len(signed) == 1 else f"{len(signed)} signed checkpoints fit"
    since = f"the same for the {_events(rest)} since" if rest else "what was never written"
    return (
        f"{proven}; {fit}, the last at event {last.number} of {last.written}. "
        f"Not proven: {since}, and nothing against somebody who holds the signing key too."
    )
