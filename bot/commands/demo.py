"""`backstop demo`."""

import importlib
from typing import Annotated

import typer

from bot import logs
from bot.commands.frame import finish, settings_of
from bot.commands.paper import out

cli = typer.Typer()


@cli.command()
def demo(
    port: Annotated[int, typer.Option(help="The page's port on 127.0.0.1; 0: the usual one, or any.")] = 0,
) -> None:
    """Start a local Slack workspace, a system to break, and the bot: everything needed to try it."""
    logs.for_people()
    finish(lambda: importlib.import_module("sandbox.demo").run(settings_of(), out, port))
