"""The whole stage: a local Slack workspace, systems to break, and the bot; for the demo and for the tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from pydantic import SecretStr

from bot.embedded import PostgresServer, ValkeyServer
from bot.model.values import Clock
from bot.settings import Settings
from bot.wiring import Running, now, run
from sandbox.aiops import AiOps, aiops
from sandbox.breakable import Breakable
from sandbox.slack.panel import Fault, FaultGroup
from sandbox.slack.server import Served, serve
from sandbox.slack.workspace import Workspace
from sandbox.zenamanage.standin import ZenaManage

MANIFEST = Path(__file__).parents[1] / "manifest.yml"


class Panel:
    """The panel “Break something” of the page: the faults of every system on the stage, by symptom."""

    def __init__(self, *systems: Breakable) -> None:
        self._systems = {system.name: system for system in systems}

    async def faults(self) -> list[FaultGroup]:
        """Every fault, and whether it is there now."""
        groups = []
        for system in self._systems.values():
            for symptom, some in groupby(await system.panel(), key=lambda one: one.group):
                faults = tuple(Fault(f"{system.name}/{one.name}", one.title, one.hint, one.broken) for one in some)
                groups.append(FaultGroup(symptom or system.title, faults, system.title))
        return groups

    async def set(self, name: str, broken: bool) -> None:
        """Break or heal one thing, as `<system>/<fault>`. Raises KeyError when there is no fault of that name."""
        system, _, fault = name.partition("/")
        await self._systems[system].set(fault, broken)


@dataclass(frozen=True)
class Stage:
    """Everything that runs."""

    served: Served
    system: AiOps
    bot: Running
    settings: Settings


@asynccontextmanager
async def system_to_break(
    postgres: PostgresServer, valkey: ValkeyServer, *, traffic_seconds: float | None = 5
) -> AsyncIterator[AiOps]:
    """The AI-agents platform, seeded and served."""
    async with aiops(postgres, valkey, traffic_seconds=traffic_seconds) as system:
        yield system


def connected(settings: Settings, served: Served) -> Settings:
    """The settings of a bot that is an app of the local workspace."""
    return settings.model_copy(
        update={
            "slack_bot_token": SecretStr(served.bot_token),
            "slack_app_token": SecretStr(served.app_token),
            "slack_api_url": served.api_url,
        }
    )


@asynccontextmanager
async def stage(
    settings: Settings,
    database: str,
    system: AiOps,
    zena: ZenaManage | None = None,
    *,
    port: int = 0,
    clock: Clock = now,
) -> AsyncIterator[Stage]:
    """A workspace with the bot in it, which supports these systems and keeps its data in `database`."""
    panel = Panel(system.faults, *([zena.faults] if zena else []))
    environment = {**system.environment, **(zena.environment if zena else {})}
    async with serve(Workspace(manifest=MANIFEST), panel, port) as served:
        wired = connected(settings, served)
        async with run(wired, database, environment=environment, clock=clock) as running:
            yield Stage(served, system, running, wired)
