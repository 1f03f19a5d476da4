"""`backstop reference`."""

from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from bot import command_line
from bot.catalog import Catalog
from bot.catalog.schemas import write
from bot.commands.paper import out
from bot.reference import write as write_reference
from bot.settings import Settings
from bot.wiring import registry

cli = typer.Typer()


@cli.command()
def reference(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where to write the pages.")] = Path("docs/reference"),
) -> None:
    """Write the reference pages and the schemas anew, from the code and the YAML."""
    declared, settings = registry(), Settings()
    catalog = Catalog.read(settings.folder, declared, settings.policies, settings.systems)
    root = ctx.find_root().command
    more = {"command-line.md": command_line.page(root)} if isinstance(root, TyperGroup) else {}
    for path in (*write_reference(declared, catalog, folder, more), *write(declared, folder / "schemas")):
        out.print(str(path))
