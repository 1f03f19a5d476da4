"""Carries out diagnoses in a process of their own, as `backstop run` does, but with nobody to show them to.

`python -m benchmarks.diagnosing USER NAME TEXT TIMES` prints one line of JSON: for each diagnosis the seconds from its
resolved inputs to its record, and those of its slowest check.
"""

import gc
import json
import os
import sys
import time

import uvloop

from benchmarks.people import People
from benchmarks.without_slack import joined
from bot import logs
from bot.app import Resolved
from bot.model.people import Person
from bot.settings import Settings
from bot.wiring import Built

_WARMING = 3


async def main(person: Person, text: str, times: int) -> None:
    """Carries out and prints; the first ones pay for what is made once, and do not count."""
    settings = Settings(_env_file=None)
    directory = People({person.name: person})
    async with joined(settings, settings.database, directory, os.environ) as made:
        for _ in range(_WARMING):
            await _diagnosed(made, person, text)
        gc.freeze()
        gc.set_threshold(700, 10, 100)  # as `backstop run` has it
        taken = [await _diagnosed(made, person, text) for _ in range(times)]
    sys.stdout.write(json.dumps(taken) + "\n")


async def _diagnosed(made: Built, person: Person, text: str) -> tuple[float, float]:
    found = await made.bot.intake.resolve(person, "backend-support", text)
    if not isinstance(found, Resolved):
        raise TypeError(f"{text} is not whole")
    started = time.perf_counter()
    _, task = await made.bot.diagnose(person, found.runbook, found.system, found.inputs)
    done = await task
    whole = time.perf_counter() - started
    return whole, max(finding.took.total_seconds() for finding in done.findings)


if __name__ == "__main__":
    id, name, said, count = sys.argv[1:]
    logs.for_machines()
    uvloop.run(main(Person(id=id, name=name.title(), email=f"{name}@example.com"), said, int(count)))
