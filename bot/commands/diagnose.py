"""`backstop diagnose`: a runbook from the terminal, for when Slack is down."""

from pathlib import Path
from typing import Annotated

import typer

from bot import logs
from bot.commands.frame import environment_of, finish, settings_of
from bot.commands.paper import out
from bot.terminal import Nobody, show
from bot.terminal import diagnose as diagnose_here
from bot.wiring import build, make_store, own_database

cli = typer.Typer()


@cli.command()
def diagnose(
    words: Annotated[list[str], typer.Argument(help="A runbook and its inputs, as in Slack.")],
    env: Annotated[Path | None, typer.Option(help="A file of settings, such as the one that the demo names.")] = None,
) -> None:
    """Carry out a runbook from the terminal, for when Slack is down. Looks only; recorded as your OS account."""
    logs.for_people()
    settings = settings_of(env)

    async def once() -> None:
        async with own_database(settings, join=True) as database:
            built = build(settings, make_store(database), Nobody(), environment=environment_of(env))
            try:
                show(await diagnose_here(built.bot, " ".join(_quoted(word) for word in words)), out)
            finally:
                await built.bot.stop()

    finish(once)


def _quoted(word: str) -> str:
    """The shell has taken the quotes of `action="edit agents"`; the parser wants them back."""
    name, equals, value = word.partition("=")
    return f'{name}="{value}"' if equals and " " in value else word
