"""Brings the bot's database to the present shape, as its owner; the running bot has another, weaker role."""

from pathlib import Path

from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError

from bot.errors import ConfigurationError

FOLDER = Path(__file__).parents[2] / "migrations"
_TURN = 7_206_501  # an advisory lock, so that two replicas that start at once migrate one after the other


def migrate(address: str, running_role: str) -> str:
    """Applies what is missing and grants `running_role` what the bot needs; returns the revision.

    Blocking: call it before the loop starts, or in a thread. Raises ConfigurationError when it cannot be done.
    """
    engine = create_engine(make_url(address).set(drivername="postgresql+psycopg"))
    try:
        with engine.connect() as connection:
            is_current = _revision(connection) == newest()
        if not is_current:
            with engine.begin() as connection:
                connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})
                _upgrade(connection, running_role)
    except SQLAlchemyError as error:
        first = str(error.__cause__ or error).strip().splitlines()[0]
        raise ConfigurationError(f"The bot's database could not be migrated: {first}.") from error
    finally:
        engine.dispose()
    return newest()


def newest() -> str:
    """The revision that this code expects: migrations are files that begin with their number."""
    return max(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))


def _revision(connection: Connection) -> str:
    """The revision of the database; empty before the first migration."""
    try:
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none() or "")
    except ProgrammingError:
        return ""


def _upgrade(connection: Connection, running_role: str) -> None:
    # Alembic takes half a second to import, and most starts find nothing to do.
    import alembic.command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["running_role"] = running_role
    alembic.command.upgrade(config, "head")
