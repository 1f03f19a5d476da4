"""Makes the bot's database and its two roles on a server of which we hold the superuser, such as the embedded one."""

from dataclasses import dataclass

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from bot.errors import ConfigurationError

OWNER, RUNNING = "backstop_owner", "backstop_app"


@dataclass(frozen=True)
class Addresses:
    """Where the bot's database is: as its owner, who migrates, and as the role that the running bot has."""

    owner: str
    running: str


def provision(superuser: str, passwords: tuple[str, str], database: str = "backstop") -> Addresses:
    """Makes what is missing and sets the passwords (owner's, running role's). Blocking, like `migrate`.

    Raises ConfigurationError when the server refuses.
    """
    try:
        with psycopg.connect(superuser, autocommit=True, connect_timeout=10) as connection:
            for role, password in zip((OWNER, RUNNING), passwords, strict=True):
                known = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is not None
                verb = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}" if known else "CREATE ROLE {} LOGIN PASSWORD {}")
                connection.execute(verb.format(sql.Identifier(role), sql.Literal(password)))
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", (database,)).fetchone() is None:
                make = sql.SQL("CREATE DATABASE {} OWNER {}")
                connection.execute(make.format(sql.Identifier(database), sql.Identifier(OWNER)))
            connection.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
            grant = sql.SQL("GRANT CONNECT ON DATABASE {} TO {}, {}")
            connection.execute(grant.format(sql.Identifier(database), sql.Identifier(OWNER), sql.Identifier(RUNNING)))
    except psycopg.Error as error:
        raise ConfigurationError(f"The bot's database could not be made: {str(error).splitlines()[0]}.") from error
    base = make_url(superuser).set(database=database)
    owner, running = (
        base.set(username=role, password=password).render_as_string(hide_password=False)
        for role, password in zip((OWNER, RUNNING), passwords, strict=True)
    )
    return Addresses(owner, running)
