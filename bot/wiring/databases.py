"""Where the bot keeps its data: the PostgreSQL that the settings name, or an embedded one in the state folder."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

from bot.embedded import PostgresServer, port_of_running, postgres
from bot.embedded.folder import keep_secret
from bot.errors import ConfigurationError
from bot.settings import Settings
from bot.store import migrate
from bot.store.provisioning import provision


def has_database(settings: Settings) -> bool:
    """Whether the settings name a database, or a bot has made an embedded one in the state folder."""
    return bool(settings.database) or (settings.state / "postgres").is_dir()


@asynccontextmanager
async def own_database(settings: Settings, *, join: bool = False, make: bool = True) -> AsyncIterator[str]:
    """The address of the bot's database for the time of the block; an embedded one is started and migrated.

    With `join` one that a running bot has started is used as well, for as long as that runs. Raises ConfigurationError
    when there is none and it is not to `make` one.
    """
    if settings.database:
        yield settings.database
        return
    if not make and not has_database(settings):
        raise ConfigurationError(
            f"No bot has kept anything in {settings.state} yet, and BACKSTOP_DATABASE_URL is not set; "
            "name the file of its settings with --env."
        )
    if join and (address := await asyncio.to_thread(_running_address, settings)):
        yield address
        return
    async with postgres(settings.state / "postgres") as server:
        yield await prepared_database(server, settings.state, settings.running_role)


def _running_address(settings: Settings) -> str:
    port = port_of_running(settings.state / "postgres")
    if port is None:
        return ""
    password = quote(keep_secret(settings.state / "running.password"), safe="")
    return f"postgresql://{settings.running_role}:{password}@127.0.0.1:{port}/backstop"


async def prepared_database(server: PostgresServer, folder: Path, running_role: str) -> str:
    """The bot's database on an embedded server, made and migrated; its passwords are kept in `folder`."""
    passwords = (
        await asyncio.to_thread(keep_secret, folder / "owner.password"),
        await asyncio.to_thread(keep_secret, folder / "running.password"),
    )
    addresses = await asyncio.to_thread(provision, server.url(), passwords)
    await asyncio.to_thread(migrate, addresses.owner, running_role)
    return addresses.running
