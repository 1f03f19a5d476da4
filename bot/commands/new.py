"""`backstop new …`."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from bot.catalog import Catalog
from bot.commands.frame import fail
from bot.commands.paper import out
from bot.errors import BackstopError
from bot.settings import Settings
from bot.skeletons import Skeletons, begin
from bot.wiring import registry

cli = typer.Typer(no_args_is_help=True, help="Write a commented skeleton of something that you add.")
Name = Annotated[str, typer.Argument(help="Its name, which is the name of its file.")]
Family = Annotated[str, typer.Option(help="The family of systems.")]
Folder = Annotated[Path | None, typer.Option(help="The project, if it is another one than the settings say.")]

_CHECK = "Run `backstop check`."
_REFERENCE = "Run `backstop check`, and `backstop reference` so that the pages list it."


@cli.command("project")
def project(
    folder: Annotated[Path, typer.Argument(help="The folder, which BACKSTOP_FOLDER names from then on.")],
    system: Annotated[str, typer.Option(help="The name of the first system.")],
) -> None:
    """A folder of your own: policies, a first system, and its first runbook."""
    try:
        for path in begin(folder, system, registry()):
            out.print(str(path), markup=False)
    except BackstopError as error:
        fail(error)
    out.print(f"Set BACKSTOP_FOLDER={folder.absolute()}, and run `backstop check`.", markup=False)


@cli.command("system")
def system(name: Name, family: Family = "", folder: Folder = None) -> None:
    """A supported system; with --family, one for which that family's runbooks are carried out."""
    _write(folder, lambda skeletons: skeletons.system(name, family), _CHECK)


@cli.command("runbook")
def runbook(name: Name, family: Family = "", folder: Folder = None) -> None:
    """The knowledge about one issue, with the cases that rehearse it."""
    _write(folder, lambda skeletons: skeletons.runbook(name, family), f"{_CHECK} It rehearses the cases as well.")


@cli.command("probe")
def probe(name: Name, folder: Folder = None) -> None:
    """One look at a system, in Python."""
    _write(folder, lambda skeletons: skeletons.probe(name), _REFERENCE)


@cli.command("action")
def action(name: Name, folder: Folder = None) -> None:
    """One thing that the bot can change, in Python."""
    _write(folder, lambda skeletons: skeletons.action(name), _REFERENCE)


def _write(folder: Path | None, make: Callable[[Skeletons], list[Path]], then: str) -> None:
    settings, declared = Settings(), registry()
    where = folder or settings.folder
    try:
        catalog = Catalog.read(where, declared, settings.policies, settings.systems)
        for path in make(Skeletons(where, catalog, declared, settings.systems)):
            out.print(str(path), markup=False)
    except BackstopError as error:
        fail(error)
    out.print(then)
