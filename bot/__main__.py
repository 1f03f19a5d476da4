"""The command line: `python -m bot …` or `backstop …`; each word is a module in `bot/commands`, and is listed here."""

import gc
import importlib
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from bot import lean

_WORDS = (
    "demo", "run", "check", "doctor", "manifest", "migrate", "diagnose", "audit", "policy", "runbook", "new",
    "schema", "reference",
)  # fmt: skip


class _Words(TyperGroup):
    """Reads only the module of the word that was said, so that nobody waits for what the others need."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # Click's signature
        """The words, in the order in which help shows them."""
        return list(_WORDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  # Click's signature
        """What a word does."""
        if cmd_name not in _WORDS:
            return None
        # What is imported stays: to look through it for garbage meanwhile takes a fifth of the time to start.
        gc.disable()
        with lean.imports():
            command = get_command(importlib.import_module(f"bot.commands.{cmd_name}").cli)
        gc.freeze()
        gc.enable()
        command.name = cmd_name
        # Each word is an app of its own to Typer, which would offer to install completion for it.
        command.params = [one for one in command.params if one.name not in {"install_completion", "show_completion"}]
        return command


cli = typer.Typer(cls=_Words, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@cli.callback()
def backstop() -> None:
    """Backstop, a support bot."""


def main() -> None:
    """Runs the command line."""
    cli()


if __name__ == "__main__":
    main()
