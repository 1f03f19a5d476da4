"""A bot without its connection to Slack, for what is measured behind that."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from benchmarks.ground import Ground
from benchmarks.people import People, people
from bot.settings import Settings
from bot.wiring import Built, build, make_store


@contextlib.asynccontextmanager
async def built(on: Ground, policies: Path | None = None) -> AsyncIterator[Built]:
    """A bot on the ground, in this process, with Dana and Olga."""
    settings = Settings(_env_file=None).model_copy(update={"state": on.folder / "state", "policies": policies})
    directory = await people(on.client, "dana", "olga")
    async with joined(settings, on.database, directory, on.system.environment) as made:
        yield made


@contextlib.asynccontextmanager
async def joined(
    settings: Settings, database: str, directory: People, environment: Mapping[str, str]
) -> AsyncIterator[Built]:
    """A bot with these settings, which find its systems in this environment."""
    made = build(settings, make_store(database), directory, environment=environment)
    try:
        yield made
    finally:
        await made.bot.stop()


def directory_of(made: Built) -> People:
    """The people of a bot that was made here."""
    directory = made.bot.directory
    if not isinstance(directory, People):
        raise TypeError("this bot was not made here")
    return directory
