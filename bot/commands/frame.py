"""What the commands share: how they end, and the bot's database for the time of a command."""

import os
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import uvloop

from bot import logs
from bot.app import Bot
from bot.errors import BackstopError, ConfigurationError
from bot.settings import Settings, read_settings
from bot.store import Store
from bot.wiring import build, make_store, own_database

SettingsFile = Annotated[Path | None, typer.Option("--env", help="A file of settings.")]


def finish(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Runs the work to its end; what goes wrong is one sentence and exit code 1."""
    try:
        uvloop.run(work())
    except KeyboardInterrupt:
        typer.echo("Stopped.")
    except BackstopError as error:
        fail(error)


def with_store(env: Path | None, work: Callable[[Settings, Store], Coroutine[Any, Any, None]]) -> None:
    """For what has to work also while the YAML files do not."""
    logs.for_people()
    settings = settings_of(env)

    async def once() -> None:
        async with own_database(settings, join=True, make=False) as database:
            store = make_store(database)
            try:
                await work(settings, store)
            finally:
                await store.close()

    finish(once)


def as_staff(env: Path | None, work: Callable[[Settings, Bot], Coroutine[Any, Any, None]]) -> None:
    """For what somebody is named for in the trail."""
    # What shows things in a terminal is not for the bot that runs, which is ready sooner without it.
    from bot.terminal import Nobody  # noqa: PLC0415

    logs.for_people()
    settings = settings_of(env)

    async def once() -> None:
        async with own_database(settings, join=True, make=False) as database:
            built = build(settings, make_store(database), Nobody())
            try:
                await work(settings, built.bot)
            finally:
                await built.bot.stop()

    finish(once)


def settings_of(env: Path | None = None) -> Settings:
    """The settings of the environment, or of the environment and this file; wrong ones end the command."""
    try:
        settings = read_settings(env)
    except ConfigurationError as error:
        fail(error)
    logs.never_show(settings.secrets())
    return settings


def environment_of(env: Path | None) -> Mapping[str, str]:
    """Where the secrets of systems are: the environment, and this file of settings."""
    if env is None:
        return os.environ
    lines = (line.strip() for line in env.read_text(encoding="utf-8").splitlines())
    return {**os.environ, **dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))}


def fail(error: BackstopError) -> NoReturn:
    """Says what is wrong on the error stream, and ends with exit code 1."""
    typer.echo(error.sentence, err=True)
    raise typer.Exit(1)
