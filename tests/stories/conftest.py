"""The stage of the stories: one system for all of them, and for each story a workspace and a bot of its own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.store.provisioning import Addresses
from sandbox.aiops import AiOps
from sandbox.slack.acting import Person
from sandbox.slack.client import Client
from sandbox.stage import Stage, stage
from sandbox.zenamanage.overlay import write_systems
from sandbox.zenamanage.sessions import Kind
from sandbox.zenamanage.standin import ZenaManage
from tests.supported import ROOT


class Watch:
    """A clock that a story can put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Story:
    """Who and what a story is about."""

    stage: Stage
    client: Client
    watch: Watch
    addresses: Addresses
    sam: Person
    dana: Person
    olga: Person
    tom: Person
    ada: Person
    oscar: Person

    @property
    def system(self) -> AiOps:
        """The system that can be broken."""
        return self.stage.system


@pytest.fixture
def policies() -> Path | None:
    """A folder of policies in place of the shipped one, for stories that need it."""
    return None


@pytest.fixture
def audit_channel() -> str:
    """The channel for checkpoints and figures, for stories that are about it."""
    return ""


@pytest.fixture
async def story(
    addresses: Addresses, system: AiOps, tmp_path: Path, policies: Path | None, audit_channel: str
) -> AsyncIterator[Story]:
    """A workspace with a bot that is connected, and its people."""
    watch = Watch()
    settings = Settings(_env_file=None, state=tmp_path, http_port=0, policies=policies, audit_channel=audit_channel)
    async with (
        stage(settings, addresses.running, system, clock=watch) as staged,
        Client(staged.served.address) as client,
    ):
        await client.until_connected()
        people = [await client.person(name) for name in ("sam", "dana", "olga", "tom", "ada", "oscar")]
        try:
            yield Story(staged, client, watch, addresses, *people)
        finally:
            await system.faults.heal_all()


@pytest.fixture
async def zena_story(addresses: Addresses, system: AiOps, zena: ZenaManage, tmp_path: Path) -> AsyncIterator[Story]:
    """A workspace whose bot supports ZenaManage as well."""
    systems = write_systems(ROOT / "systems", tmp_path / "systems", Kind.MARIADB)
    settings = Settings(_env_file=None, state=tmp_path, systems=systems, http_port=0)
    watch = Watch()
    async with (
        stage(settings, addresses.running, system, zena, clock=watch) as staged,
        Client(staged.served.address) as client,
    ):
        await client.until_connected()
        people = [await client.person(name) for name in ("sam", "dana", "olga", "tom", "ada", "oscar")]
        try:
            yield Story(staged, client, watch, addresses, *people)
        finally:
            await zena.faults.heal_all()
