"""Brings the bot's database to the present shape, as its owner; the running bot has another, weaker role."""

from pathlib import Path

import alembic.command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import ConfigurationError

FOLDER = Path(__file__).parents[2] / "migrations"
_TURN = 7_206_501  # an advisory lock, so that two replicas that start at once migrate one after the other


def migrate(address: str, running_role: str) -> str:
    """Applies what is missing and grants `running_role` what the bot needs; returns the revision.

    Blocking: call it before the loop starts, or in a thread. Raises ConfigurationError when it cannot be done.
    """
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    engine = create_engine(make_url(address).set(drivername="postgresql+psycopg"))
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})
            config.attributes["connection"] = connection
            config.attributes["running_role"] = running_role
            alembic.command.upgrade(config, "head")
    except SQLAlchemyError as error:
        first = str(error.__cause__ or error).strip().splitlines()[0]
        raise ConfigurationError(f"The bot's database could not be migrated: {first}.") from error
    finally:
        engine.dispose()
    return newest()


def newest() -> str:
    """The revision that this code expects."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return ScriptDirectory.from_config(config).get_current_head() or ""
