"""Checks the whole trail: the chain, the signed checkpoints that were kept outside the database, and the end."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor

from bot.audit.chain import GENESIS
from bot.audit.checkpoint import Checkpoint, PublicKey
from bot.audit.spans import SPAN, advance, processes
from bot.audit.walk import Verified, Walk
from bot.errors import InputError
from bot.store import Store, trail

_ALONE = "that nobody who rules the database wrote the whole chain anew, for there is no signed checkpoint"


async def verify(
    store: Store, checkpoints: Sequence[Checkpoint] = (), keys: Sequence[PublicKey] = (), *, after: int = 0,
    span: int = SPAN, workers: Callable[[], Executor] = processes,
) -> Verified:  # fmt: skip
    """Hashes the trail anew and compares it with what is stored, with the head, and with the checkpoints.

    `after` is the number of a checkpoint to begin at, where older events were archived. A trail of more than two
    spans (events) is followed by several workers. Raises InputError when there is no such checkpoint.
    """
    known = {key.id: key for key in keys}
    for given in checkpoints:
        if given.key not in known or not given.is_signed_by(known[given.key]):
            says = f"The checkpoint of event {given.number} ({given.written}) is not signed by a known key."
            return Verified(0, given.number, f"{says} Either it was forged, or the file of keys is not whole.")
    signed: dict[int, Checkpoint] = {one.number: one for one in checkpoints}
    walk = Walk(_start(checkpoints, after), after, signed)
    # Read first: what is appended while this runs comes after it.
    async with store.work() as work:
        end, top = await trail.head(work)
    await advance(store, walk, end, span, workers)
    if wrong := await walk.to(store, end):
        return wrong
    count = walk.count
    if (count, walk.previous) != (end, top):
        return Verified(count, count + 1, f"Broken after event {count}: the end was cut off, for the head says {end}.")
    if signed and (last := max(signed)) > count:
        says = f"Broken after event {count}: the end was cut off, for a signed checkpoint names event {last}."
        return Verified(count, count + 1, says)
    return Verified(count, None, _whole(after, count, signed))


def _start(checkpoints: Sequence[Checkpoint], after: int) -> bytes:
    if not after:
        return GENESIS
    for one in checkpoints:
        if one.number == after:
            return bytes.fromhex(one.hash)
    raise InputError(f"There is no signed checkpoint of event {after}; begin at one that there is.")


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
