"""`backstop schema`."""

from pathlib import Path
from typing import Annotated

import typer

from bot.catalog.schemas import write
from bot.commands.paper import out
from bot.wiring import registry

cli = typer.Typer()


@cli.command()
def schema(
    folder: Annotated[Path, typer.Argument(help="Where to write them.")] = Path("docs/reference/schemas"),
) -> None:
    """Write JSON Schemas of the YAML files, for editors."""
    for path in write(registry(), folder):
        out.print(str(path))
