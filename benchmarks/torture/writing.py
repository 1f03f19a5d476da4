"""Ten thousand YAML files that somebody spoiled: each is refused in words, or taken, and none brings anything down."""

import asyncio
import random
from pathlib import Path

from benchmarks.child import ROOT
from benchmarks.ground import Ground
from benchmarks.torture.hostile import changed
from benchmarks.torture.tried import Tried
from bot.catalog.files import read
from bot.model.policy import ApprovalsFile, PeopleFile
from bot.model.runbook import Runbook
from bot.model.system import System
from bot.model.values import Value


async def writing(on: Ground, count: int, seed: int) -> Tried:
    """Spoils what is shipped, one file at a time."""
    return await asyncio.to_thread(_spoil, on.folder / "spoilt.yml", count, seed)


def _spoil(path: Path, count: int, seed: int) -> Tried:
    tried, dice = Tried("spoilt YAML files"), random.Random(seed)  # noqa: S311  # repeatable, not secret
    models: list[tuple[Path, type[Value]]] = [
        *((one, System) for one in sorted((ROOT / "systems").glob("*.yml"))),
        *((one, Runbook) for one in sorted((ROOT / "runbooks").glob("*/*.yml"))),
        (ROOT / "policies" / "approvals.yml", ApprovalsFile),
        (ROOT / "policies" / "people.yml", PeopleFile),
    ]
    texts = [(one.read_text(encoding="utf-8"), model) for one, model in models]
    small = [pair for pair in texts if len(pair[0]) < 6_000]  # the large ones take long to read
    for number in range(count):
        written, model = dice.choice(texts if number % 20 == 0 else small)
        path.write_text(changed(dice, written), encoding="utf-8", errors="surrogatepass")
        problems: list[str] = []
        tried.count("read")
        try:
            found = read(path, model, problems)
        except Exception as problem:  # whatever it is, it is a loss
            tried.lose(f"{model.__name__}, file {number} of seed {seed}: {type(problem).__name__}: {problem}")
            continue
        if found is None and not problems:
            tried.lose(f"{model.__name__}, file {number} of seed {seed}: refused without a word")
        tried.count("taken" if found is not None else "refused in words")
    return tried
