"""`backstop migrate`."""

import typer

from bot.commands.frame import fail, settings_of
from bot.commands.paper import out
from bot.errors import BackstopError, ConfigurationError
from bot.store import migrate as migrate_store

cli = typer.Typer()


@cli.command()
def migrate() -> None:
    """Bring the bot's database to the present shape, as its owner."""
    settings = settings_of()
    if settings.migration_url is None:
        fail(ConfigurationError("BACKSTOP_MIGRATION_URL is not set: the database's address as its owner."))
    try:
        revision = migrate_store(settings.migration_url.get_secret_value(), settings.running_role)
        out.print(f"The database is at revision {revision}.")
    except BackstopError as error:
        fail(error)
