"""`backstop check`."""

from pathlib import Path
from typing import Annotated

import typer

from bot.catalog import Catalog
from bot.commands.frame import settings_of
from bot.commands.paper import err, out
from bot.diagnosis import rehearsals, rehearse
from bot.errors import CatalogError
from bot.wiring import registry

cli = typer.Typer()


@cli.command()
def check(
    folder: Annotated[Path | None, typer.Option(help="The folder with systems/, runbooks/, policies/.")] = None,
) -> None:
    """Check that every name in systems/, runbooks/ and policies/ exists, and that every code is handled."""
    settings = settings_of()
    where = folder or settings.folder
    try:
        catalog = Catalog.read(where, registry(), settings.policies, settings.systems)
        rehearsed = [rehearse(catalog, path) for path in rehearsals(where)]
        if wrong := [line for one in rehearsed for line in one.wrong]:
            raise CatalogError(wrong)
    except CatalogError as error:
        for problem in error.problems:
            err.print(f"✖ {problem}", markup=False)
        err.print(f"{len(error.problems)} problems")
        raise typer.Exit(1) from error
    rules = len(catalog.policies.current().approvals.rules)
    out.print(f"✔ {len(catalog.systems)} systems, {len(catalog.runbooks)} runbooks and {rules} rules hold together.")
    if cases := sum(one.cases for one in rehearsed):
        out.print(f"✔ {cases} cases of {len(rehearsed)} runbooks come out as they say.")
