"""How many diagnoses a minute one PostgreSQL takes down, by the number of replicas: `python -m benchmarks.scale`.

Each diagnosis is what the bot writes for one: the delivery, its start and its end with an audit event each, a drawing
that is claimed and noted twice, and a task. Slack and the systems are left out: they are not what PostgreSQL carries.
"""

import asyncio
import multiprocessing
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bot.embedded import postgres
from bot.model.audit import Event
from bot.model.diagnosis import Diagnosis, Verdict
from bot.model.inputs import Inputs
from bot.model.people import Person
from bot.model.talk import Subject, SubjectKind
from bot.store import Store, diagnoses, migrate
from bot.store.drawings import Drawings
from bot.store.memory import Deliveries
from bot.store.presence import Presence
from bot.store.provisioning import RUNNING, provision
from bot.wiring import new_id, now

_SECONDS = 6.0
_AT_ONCE = 8  # in each replica
_SAM = Person(id="U0SAM", name="Sam")


async def one(store: Store, drawings: Drawings, deliveries: Deliveries, replica: str) -> None:
    """What is written for one diagnosis."""
    id = new_id()
    subject = Subject(kind=SubjectKind.DIAGNOSIS, id=id)
    begun = Diagnosis(
        id=id, runbook="stale-data", title="Stale data", system="aiops", system_title="AI agents platform",
        inputs=Inputs(), asked_by=_SAM, started=datetime.now(UTC),
    )  # fmt: skip
    await deliveries.is_new(f"command {id}")
    for diagnosis, verb in ((begun, "diagnosis.started"), (None, "diagnosis.finished")):
        written = diagnosis or begun.model_copy(update={"verdict": Verdict.NO_FAULT})
        async with store.work() as work:
            await diagnoses.save(work, written, replica)
            work.record(
                Event(
                    verb=verb,
                    person=_SAM,
                    at=now(),
                    subject=f"diagnosis {id}",
                    detail={"verdict": written.verdict.value},
                )
            )
            if diagnosis is None:
                await work.redraw(subject)
        drawing = await drawings.add(subject, channel="C1")
        async with drawings.claimed(drawing) as mine:
            if mine is not None:
                await drawings.drawn(mine.model_copy(update={"ts": "1.0"}), mine.wanted)


async def replica(address: str, name: str) -> tuple[int, list[float]]:
    """As many as this process gets done; how many, and how long each took."""
    store, presence = Store(address), Presence(address, name)
    await presence.hold()
    drawings, deliveries = Drawings(store, now, presence), Deliveries(store, now)
    took: list[float] = []
    end = time.monotonic() + _SECONDS

    async def work() -> None:
        while time.monotonic() < end:
            started = time.monotonic()
            await one(store, drawings, deliveries, name)
            took.append(time.monotonic() - started)

    await asyncio.gather(*(work() for _ in range(_AT_ONCE)))
    await presence.release()
    await store.close()
    return len(took), took


def _run(address: str, name: str) -> tuple[int, list[float]]:
    return asyncio.run(replica(address, name))


async def main() -> None:
    """Prints a line for each number of replicas."""
    folder = Path(tempfile.mkdtemp())
    async with postgres(folder / "postgres") as server:
        addresses = await asyncio.to_thread(provision, server.url(), ("owner-password", "running-password"))
        await asyncio.to_thread(migrate, addresses.owner, RUNNING)
        for count in (1, 2, 4):
            with multiprocessing.get_context("spawn").Pool(count) as pool:
                tasks = [(addresses.running, f"replica{number}") for number in range(count)]
                found = await asyncio.to_thread(pool.starmap, _run, tasks)
            took = sorted(one for _, some in found for one in some)
            done = len(took)
            sys.stdout.write(
                f"{count} replicas: {done / _SECONDS * 60:.0f} diagnoses a minute, "
                f"median {took[done // 2] * 1000:.0f} ms, 99 % within {took[done * 99 // 100] * 1000:.0f} ms\n"
            )


if __name__ == "__main__":
    asyncio.run(main())
