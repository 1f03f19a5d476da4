"""`backstop run`."""

import asyncio
import gc
import importlib
import signal

import structlog
import typer

from bot import logs
from bot.commands.frame import finish, settings_of
from bot.wiring import own_database
from bot.wiring import run as run_bot

# Not needed to be ready, and read then, so that nobody who asks for something waits for it.
_SOON = ("bot.access.http", "rapidfuzz.fuzz", "rapidfuzz.process")

cli = typer.Typer()
log = structlog.get_logger()


@cli.command()
def run() -> None:
    """Run the bot in a real workspace."""
    logs.for_whoever_reads()
    settings = settings_of()

    async def until_stopped() -> None:
        gc.disable()  # until it is connected: what is built now stays, so there is nothing to find
        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        async with own_database(settings) as database, run_bot(settings, database) as running:
            log.info("run.connected", replica=running.built.presence.replica, port=running.port)
            typer.echo("Backstop is connected.")
            # A whole search for garbage holds up acknowledgements for a tenth of a second: not in what was built, for
            # that stays, and ten times more rarely than by default.
            gc.freeze()
            gc.set_threshold(700, 10, 100)
            gc.enable()
            await asyncio.to_thread(_import_the_rest)
            await stopped.wait()
            running.say_stopping()
            typer.echo("Stopping: what was begun is finished or handed over …")

    finish(until_stopped)


def _import_the_rest() -> None:
    for name in _SOON:
        importlib.import_module(name)
