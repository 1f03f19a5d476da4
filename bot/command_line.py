"""The reference page of the command line, made from what Typer knows of it."""

from collections.abc import Iterable, Iterator
from typing import Any

import typer
from typer.core import TyperArgument, TyperGroup, TyperOption

_TITLE = (
    "# What can be said at a terminal\n\n`backstop` stands for `.venv/bin/python -m bot` in a checkout, and for the "
    "image's entry point in a container. Each command says what it takes with `--help`."
)


def page(root: TyperGroup) -> str:
    """The page: each command with its arguments and options."""
    return "\n\n".join([_TITLE, *_parts(root, "backstop")])


def _parts(group: TyperGroup, above: str) -> Iterator[str]:
    context = typer.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, TyperGroup):
            yield from _parts(command, f"{above} {name}")
        elif command is not None:
            yield _part(command, f"{above} {name}")


def _part(command: Any, called: str) -> str:
    arguments = [one for one in command.params if isinstance(one, TyperArgument)]
    options = [one for one in command.params if isinstance(one, TyperOption) and not one.hidden]
    names = [(one.name or "").upper() for one in arguments]
    words = [name if one.required else f"[{name}]" for name, one in zip(names, arguments, strict=True)]
    rows = [(f"`{name}`", one.help or "–") for name, one in zip(names, arguments, strict=True)]
    rows += [(", ".join(f"`{name}`" for name in (*one.opts, *one.secondary_opts)), one.help or "–") for one in options]
    text = f"## {called}\n\n`{' '.join([called, *words])}`\n\n{(command.help or '').strip()}"
    return f"{text}\n\n{_table(rows)}" if rows else text


def _table(rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"| {name} | {says.replace('|', chr(92) + '|')} |" for name, says in rows]
    return "\n".join(["| given | what it is |", "| --- | --- |", *lines])
