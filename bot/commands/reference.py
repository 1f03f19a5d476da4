"""`backstop reference`."""

from pathlib import Path
from typing import Annotated

import typer

from bot.catalog import Catalog
from bot.catalog.schemas import write
from bot.commands.frame import out, settings_of
from bot.reference import write as write_reference
from bot.wiring import registry

cli = typer.Typer()


@cli.command()
def reference(
    folder: Annotated[Path, typer.Argument(help="Where to write the pages.")] = Path("docs/reference"),
) -> None:
    """Write the reference pages and the schemas anew, from the code and the YAML."""
    declared, settings = registry(), settings_of()
    catalog = Catalog.read(settings.folder, declared, settings.policies)
    for path in (*write_reference(declared, catalog, folder), *write(declared, folder / "schemas")):
        out.print(str(path))
