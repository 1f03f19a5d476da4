"""How soon Slack has its acknowledgement, held against an app that does nothing else."""

import json
from dataclasses import dataclass

import httpx
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.child import child, free_port, line
from benchmarks.figure import Figure, median, percentile
from benchmarks.ground import Ground, bare, bot

_BURST = 500
_ROUNDS = 3
_WARMING, _STEADY, _PER_SECOND = 100, 500, 50.0
_TEXT = "stale-data tenant=tenant-abc"
_COUNT = "backstop_deliveries_total"


@dataclass(frozen=True)
class Load:
    """What the sender of commands saw; seconds."""

    took: tuple[float, ...]
    unanswered: int
    last: float
    at: float  # when the first was said, in seconds of the epoch


async def acks(on: Ground) -> list[Figure]:
    """A steady stream, and bursts; each to the bare app and to the bot, one after the other, in the same run."""
    found: dict[str, tuple[list[Load], Load]] = {}
    for name, start in (("bare", bare), ("bot", bot)):
        port = free_port()
        async with start(on, port):
            await send(on, port, _WARMING, _PER_SECOND)  # the first commands pay for what is made once
            steady = await send(on, port, _STEADY, _PER_SECOND)  # before the bursts, which leave work behind
            found[name] = ([await send(on, port, _BURST, 0) for _ in range(_ROUNDS)], steady)
            busy = await _told_busy(port) if name == "bot" else 0
    bare_bursts, bare_steady = found["bare"]
    bursts, steady = found["bot"]
    lost = sum(load.unanswered for load in (*bursts, steady))
    p99, slowest = percentile(steady.took, 0.99), max(steady.took)
    return [
        Figure(
            f"burst of {_BURST} commands: the last acknowledgement", median([one.last for one in bursts]) * 1000, "ms",
            1.5, "a bare Bolt app", median([one.last for one in bare_bursts]) * 1000,
            note=f"of {_WARMING + _STEADY + _BURST * _ROUNDS} in all, {busy} were told to try again, {lost} were lost",
        ),
        Figure(
            f"acknowledgement p99 at {_PER_SECOND:g} commands a second", p99 * 1000, "ms", 2, "a bare Bolt app",
            percentile(bare_steady.took, 0.99) * 1000,
        ),
        Figure("slowest acknowledgement of these", slowest * 1000, "ms", 1000),
        Figure("commands that were not acknowledged", lost, "commands", 0),
    ]  # fmt: skip


async def _told_busy(port: int) -> int:
    """How many were told to try again, as the bot counts them."""
    async with httpx.AsyncClient(trust_env=False) as client:
        metrics = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
    counts = (one for family in text_string_to_metric_families(metrics) for one in family.samples)
    return int(sum(one.value for one in counts if one.name == _COUNT and one.labels["outcome"] == "busy"))


async def send(
    on: Ground, port: int, count: int, per_second: float, text: str = _TEXT, *, person: str = "olga"
) -> Load:
    """Has commands said from a process of its own; `per_second` 0 is all at once."""
    served = on.served
    who = await on.client.person(person)
    channel = next(one["id"] for one in (await on.client.workspace())["channels"] if one["name"] == "backend-support")
    arguments = (
        f"http://127.0.0.1:{port}/slack/events", served.signing_secret, served.team_id, who.id, channel, text,
        f"{served.address}/response/bench", str(count), str(per_second),
    )  # fmt: skip
    async with child("benchmarks.load", *arguments) as process:
        said = json.loads(await line(process, 120))
    took = tuple(one for one in said["took"] if one is not None)
    return Load(took, count - len(took), max(took, default=0.0) if not per_second else said["whole"], said["at"])
