"""What is measured stands on this: durable servers, the platform, a local workspace, and the bot as `backstop run`."""

import asyncio
import contextlib
import secrets
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.child import child, line
from bot.embedded import PostgresServer, ValkeyServer, postgres, valkey
from bot.store import migrate
from bot.store.provisioning import RUNNING, Addresses, provision
from sandbox.aiops import AiOps, aiops
from sandbox.slack.client import Client
from sandbox.slack.server import Served, serve
from sandbox.slack.workspace import Workspace
from sandbox.stage import MANIFEST


@dataclass(frozen=True)
class Ground:
    """Everything but the bot; `addresses` are those of the bot's database, migrated, on a server of its own."""

    folder: Path
    postgres: PostgresServer
    valkey: ValkeyServer
    addresses: Addresses
    system: AiOps
    served: Served
    client: Client

    @property
    def database(self) -> str:
        """The address of the bot's database as the running role."""
        return self.addresses.running

    @property
    def superuser(self) -> str:
        """The superuser's address of the bot's database."""
        return self.postgres.url(Path(urlsplit(self.database).path).name)

    def past_gates(self) -> "Ground":
        """The same, where bot and commands ask the platform directly: its gates are there for pulling plugs."""
        gates = {f":{gate.port}": f":{gate.target}" for gate in self.system.world.gates.values()}
        direct = {
            name: next((address.replace(gate, behind) for gate, behind in gates.items() if gate in address), address)
            for name, address in self.system.environment.items()
        }
        return replace(self, system=replace(self.system, environment=direct))

    def environment(self, port: int = 0) -> Mapping[str, str]:
        """The settings of a bot on this ground; with a port it listens to signed HTTP, else it uses Socket Mode."""
        doors = (
            {"BACKSTOP_SLACK_SIGNING_SECRET": self.served.signing_secret, "BACKSTOP_HTTP_PORT": str(port)}
            if port
            else {"BACKSTOP_SLACK_APP_TOKEN": self.served.app_token}
        )
        return {
            "BACKSTOP_DATABASE_URL": self.database, "BACKSTOP_STATE": str(self.folder / "state"),
            "BACKSTOP_SLACK_BOT_TOKEN": self.served.bot_token, "BACKSTOP_SLACK_API_URL": self.served.api_url,
            **doors, **self.system.environment,
        }  # fmt: skip


@contextlib.asynccontextmanager
async def ground() -> AsyncIterator[Ground]:
    """Servers that keep what they promise (fsync is on), for the time of the block."""
    async with contextlib.AsyncExitStack() as stack:
        made = await asyncio.to_thread(tempfile.TemporaryDirectory, prefix="backstop-bench-")
        stack.push_async_callback(asyncio.to_thread, made.cleanup)
        folder = Path(made.name)
        server = await stack.enter_async_context(postgres(folder / "postgres", settings={"max_connections": "200"}))
        cache = await stack.enter_async_context(valkey(folder / "valkey"))
        passwords = (secrets.token_hex(12), secrets.token_hex(12))
        addresses = await asyncio.to_thread(provision, server.url(), passwords)
        await asyncio.to_thread(migrate, addresses.owner, RUNNING)
        theirs = await stack.enter_async_context(postgres(folder / "theirs"))
        system = await stack.enter_async_context(aiops(theirs, cache, traffic_seconds=None))
        served = await stack.enter_async_context(serve(Workspace(manifest=MANIFEST)))
        client = await stack.enter_async_context(Client(served.address))
        yield Ground(folder, server, cache, addresses, system, served, client)


@contextlib.asynccontextmanager
async def bot(
    on: Ground, port: int = 0, more: Mapping[str, str] | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`backstop run` on this ground, connected, in a process of its own; `more` are other settings."""
    async with child("bot", "run", environment={**on.environment(port), **(more or {})}) as process:
        await line(process)
        yield process


@contextlib.asynccontextmanager
async def bare(on: Ground, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """The app that only acknowledges."""
    served = on.served
    arguments = (served.signing_secret, served.api_url, served.bot_token, str(port))
    async with child("benchmarks.bare_app", *arguments) as process:
        await line(process)
        yield process
