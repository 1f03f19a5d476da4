"""The command line: `python -m bot …` or `backstop …`."""

import asyncio
import importlib
import logging
import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn

import structlog
import typer
from rich.console import Console

from bot.catalog import Catalog
from bot.catalog.schemas import write
from bot.errors import BackstopError, CatalogError, ConfigurationError
from bot.reference import write as write_reference
from bot.settings import Settings
from bot.store import migrate as migrate_store
from bot.terminal import Nobody, show
from bot.terminal import diagnose as diagnose_here
from bot.wiring import build, make_store, own_database, registry
from bot.wiring import run as run_bot

cli = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help="Backstop, a support bot."
)
audit = typer.Typer(no_args_is_help=True, help="The audit trail.")
cli.add_typer(audit, name="audit")
out, err = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False, soft_wrap=True)


@cli.command()
def demo(
    port: Annotated[int, typer.Option(help="The page's port on 127.0.0.1; 0 takes a free one.")] = 0,
) -> None:
    """Start a local Slack workspace, a system to break, and the bot: everything needed to try it."""
    _quiet()
    _run(lambda: importlib.import_module("sandbox.demo").run(Settings(), out, port))


@cli.command()
def run() -> None:
    """Run the bot in a real workspace."""
    _structured()
    settings = Settings()

    async def forever() -> None:
        async with own_database(settings) as database, run_bot(settings, database):
            out.print("Backstop is connected.")
            await asyncio.Event().wait()

    _run(forever)


@cli.command()
def check(
    folder: Annotated[Path | None, typer.Option(help="The folder with systems/, runbooks/, policies/.")] = None,
) -> None:
    """Check that every name in systems/, runbooks/ and policies/ exists and every code is handled."""
    settings = Settings()
    try:
        catalog = Catalog.read(folder or settings.folder, registry(), settings.policies)
    except CatalogError as error:
        for problem in error.problems:
            err.print(f"✖ {problem}", markup=False)
        err.print(f"{len(error.problems)} problems")
        raise typer.Exit(1) from error
    rules = len(catalog.policies.current().approvals.rules)
    out.print(f"✔ {len(catalog.systems)} systems, {len(catalog.runbooks)} runbooks and {rules} rules hold together.")


@cli.command()
def migrate() -> None:
    """Bring the bot's database to the present shape, as its owner."""
    settings = Settings()
    if settings.migration_url is None:
        _fail(ConfigurationError("BACKSTOP_MIGRATION_URL is not set: the database's address as its owner."))
    try:
        revision = migrate_store(settings.migration_url.get_secret_value(), settings.running_role)
        out.print(f"The database is at revision {revision}.")
    except BackstopError as error:
        _fail(error)


@cli.command()
def diagnose(
    words: Annotated[list[str], typer.Argument(help="A runbook and its inputs, as in Slack.")],
    env: Annotated[Path | None, typer.Option(help="A file of settings, such as the one that the demo names.")] = None,
) -> None:
    """Carry out a runbook from the terminal, for when Slack is down. Looks only; recorded as your OS account."""
    _quiet()
    settings = Settings(_env_file=env) if env else Settings()
    environment = {**os.environ, **_pairs(env)} if env else os.environ

    async def once() -> None:
        async with own_database(settings) as database:
            built = build(settings, make_store(database), Nobody(), environment=environment)
            try:
                show(await diagnose_here(built.bot, " ".join(_quoted(word) for word in words)), out)
            finally:
                await built.bot.stop()

    _run(once)


@audit.command("verify")
def verify(env: Annotated[Path | None, typer.Option(help="A file of settings.")] = None) -> None:
    """Hash the whole trail anew and say whether it is as it was written."""
    _quiet()
    settings = Settings(_env_file=env) if env else Settings()

    async def once() -> None:
        async with own_database(settings) as database:
            built = build(settings, make_store(database), Nobody())
            try:
                found = await built.bot.audit.verify()
            finally:
                await built.bot.stop()
            out.print(found.says)
            if found.broken is not None:
                raise typer.Exit(1)

    _run(once)


@cli.command()
def schema(
    folder: Annotated[Path, typer.Argument(help="Where to write them.")] = Path("docs/reference/schemas"),
) -> None:
    """Write JSON Schemas of the YAML files, for editors."""
    for path in write(registry(), folder):
        out.print(str(path))


@cli.command()
def reference(
    folder: Annotated[Path, typer.Argument(help="Where to write the pages.")] = Path("docs/reference"),
) -> None:
    """Write the reference pages and the schemas anew, from the code and the YAML."""
    declared, settings = registry(), Settings()
    catalog = Catalog.read(settings.folder, declared, settings.policies)
    for path in (*write_reference(declared, catalog, folder), *write(declared, folder / "schemas")):
        out.print(str(path))


def main() -> None:
    """Runs the command line."""
    cli()


def _run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    try:
        asyncio.run(work())
    except KeyboardInterrupt:
        out.print("Stopped.")
    except BackstopError as error:
        _fail(error)


def _fail(error: BackstopError) -> NoReturn:
    err.print(error.sentence, markup=False)
    raise typer.Exit(1)


def _quoted(word: str) -> str:
    """The shell has taken the quotes of `action="edit agents"`; the parser wants them back."""
    name, equals, value = word.partition("=")
    return f'{name}="{value}"' if equals and " " in value else word


def _pairs(path: Path) -> dict[str, str]:
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def _quiet() -> None:
    """A person watches: warnings only, and to the error stream."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _structured() -> None:
    """A machine reads: JSON lines."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )


if __name__ == "__main__":
    main()
