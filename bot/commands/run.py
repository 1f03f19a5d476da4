"""`backstop run`."""

import asyncio

import typer

from bot import logs
from bot.commands.frame import finish, out
from bot.settings import Settings
from bot.wiring import own_database
from bot.wiring import run as run_bot

cli = typer.Typer()


@cli.command()
def run() -> None:
    """Run the bot in a real workspace."""
    logs.for_machines()
    settings = Settings()

    async def forever() -> None:
        async with own_database(settings) as database, run_bot(settings, database):
            out.print("Backstop is connected.")
            await asyncio.Event().wait()

    finish(forever)
