"""`backstop doctor`."""

import asyncio
from pathlib import Path

import typer
from rich.markup import escape
from rich.table import Table

from bot import logs
from bot.app.doctor import (
    examine_database,
    examine_files,
    examine_secrets,
    examine_state,
    examine_systems,
    missing_database,
    unreachable_database,
)
from bot.commands.frame import SettingsFile, environment_of, finish, settings_of
from bot.commands.paper import out
from bot.errors import BackstopError
from bot.model.checkup import Health, Line
from bot.redaction import redact_text
from bot.settings import Settings
from bot.slack.checkup import examine_slack
from bot.wiring import has_database, make_store, now, own_database, registry

cli = typer.Typer()

_LOOKS = {Health.GOOD: ("✔ good", "green"), Health.NOTICE: ("▲ notice", "yellow"), Health.BAD: ("✖ bad", "red")}


@cli.command()
def doctor(env: SettingsFile = None) -> None:
    """Look at everything that the bot needs, and say what to do about what is missing; exit code 1 for red lines."""
    logs.for_people()
    settings = settings_of(env)

    async def look() -> None:
        lines = await examine(settings, env)
        show(lines)
        if any(line.health is Health.BAD for line in lines):
            raise typer.Exit(1)

    finish(look)


async def examine(settings: Settings, env: Path | None) -> list[Line]:
    """Every line. Nothing is changed: what is tried is taken back."""
    lines, catalog = await asyncio.to_thread(examine_files, settings, registry())
    lines += [*examine_secrets(env or Path(".env")), *examine_state(settings)]
    policy = catalog.policies.current() if catalog else None
    systems = list(catalog.systems.values()) if catalog else []

    async def nothing() -> list[Line]:
        return []

    found = await asyncio.gather(
        examine_slack(settings, systems, policy, now),
        _database(settings),
        examine_systems(catalog, environment_of(env)) if catalog else nothing(),
    )
    return [*lines, *(line for some in found for line in some)]


async def _database(settings: Settings) -> list[Line]:
    if not has_database(settings):
        return [missing_database(settings)]
    try:
        async with own_database(settings, join=True) as address:
            store = make_store(address)
            try:
                return await examine_database(store, now, is_embedded=not settings.database)
            finally:
                await store.close()
    except BackstopError as error:
        return [unreachable_database(error)]


def show(lines: list[Line]) -> None:
    """The lines as a table, with the fix beside what is not good. Nothing in it is a secret."""
    table = Table(show_edge=False, pad_edge=False)
    for title, least in (("", 8), ("What", 16), ("Found", 30), ("What to do", 24)):
        table.add_column(title, overflow="fold", min_width=least)
    for line in lines:
        word, colour = _LOOKS[line.health]
        what, says, fix = (escape(redact_text(part)) for part in (f"{line.area} · {line.what}", line.says, line.fix))
        table.add_row(f"[{colour}]{word}[/{colour}]", what, says, fix)
    out.print(table)
    counted = {health: sum(line.health is health for line in lines) for health in Health}
    notices = "1 notice" if counted[Health.NOTICE] == 1 else f"{counted[Health.NOTICE]} notices"
    out.print(f"\n{counted[Health.GOOD]} good, {notices}, {counted[Health.BAD]} bad.")
