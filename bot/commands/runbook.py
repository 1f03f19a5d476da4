"""`backstop runbook …`."""

from pathlib import Path
from typing import Annotated

import typer

from bot.catalog import Catalog
from bot.commands.paper import err, out
from bot.diagnosis import rehearsals, rehearse
from bot.errors import CatalogError
from bot.settings import Settings
from bot.wiring import registry

cli = typer.Typer(no_args_is_help=True, help="Runbooks: rehearse them without a system.")


@cli.callback()
def runbook() -> None:
    """Keeps `test` a word of its own."""


@cli.command("test")
def test(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files of cases; all of runbooks/*/tests/, if none.")
    ] = None,
) -> None:
    """Hold runbooks against findings that were written down, and say which causes no case ends in."""
    settings = Settings()
    try:
        catalog = Catalog.read(settings.folder, registry(), settings.policies, settings.systems)
        found = [rehearse(catalog, path) for path in files or rehearsals(settings.folder)]
    except CatalogError as error:
        for problem in error.problems:
            err.print(f"✖ {problem}", markup=False)
        raise typer.Exit(1) from error
    wrong = [line for one in found for line in one.wrong]
    for line in wrong:
        err.print(f"✖ {line}", markup=False)
    for one in found:
        if one.untried:
            out.print(f"▲ {one.runbook}: no case ends in {', '.join(one.untried)}", markup=False)
    if wrong:
        raise typer.Exit(1)
    out.print(f"✔ {sum(one.cases for one in found)} cases of {len(found)} runbooks come out as they say.")
