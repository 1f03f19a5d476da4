"""The AI-agents platform of the sandbox as the tests of probes and actions see it: breakable, and real."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.access.access import Access
from bot.access.readers import Look, Sleep
from bot.catalog.files import read
from bot.model.finding import Seen
from bot.model.inputs import Inputs
from bot.model.people import Person
from bot.model.request import Outcome, Permit, Preview, Request, State
from bot.model.runbook import Runbook
from bot.model.system import System
from bot.registry import load
from sandbox.accuracy import found_inputs
from sandbox.aiops import AiOps
from sandbox.zenamanage.standin import ZenaManage

ROOT = Path(__file__).parents[1]
REGISTRY = load("probes", "actions")
ABC = "tenant-abc"
SAM = Person(id="U1", name="Sam", email="sam@example.com")


def read_system(name: str, folder: Path = ROOT / "systems") -> System:
    """A shipped system file, or one of another folder."""
    problems: list[str] = []
    system = read(folder / f"{name}.yml", System, problems, name)
    assert system is not None, problems
    return system


def read_runbook(family: str, name: str) -> Runbook:
    """A shipped runbook."""
    problems: list[str] = []
    runbook = read(ROOT / "runbooks" / family / f"{name}.yml", Runbook, problems, name)
    assert runbook is not None, problems
    return runbook


class Way:
    """The bot's way to a system."""

    def __init__(self, system: System, environment: Mapping[str, str], sleep: Sleep = asyncio.sleep) -> None:
        self.system = system
        self.access = Access({system.name: system}, environment, lambda: datetime.now(UTC), sleep)

    async def inputs(self, **texts: str) -> Inputs:
        """Inputs as they are looked up in the system."""
        return await found_inputs(self.access, self.system, texts)

    async def look(self, **texts: str) -> Look:
        """A look for these inputs."""
        return self.access.look(self.system.name, await self.inputs(**texts))

    async def seen(self, probe: str, params: Mapping[str, Any], **texts: str) -> Seen:
        """What a probe sees; its code is one that it declared."""
        made = REGISTRY.probes[probe]
        seen = await made.look(await self.look(**texts), made.params.model_validate(params))
        assert isinstance(seen, Seen)
        assert seen.code in made.codes
        return seen

    async def check(self, runbook: str, check: str, **texts: str) -> Seen:
        """What a check of a shipped runbook sees."""
        use = read_runbook(self.system.family, runbook).checks[check]
        return await self.seen(use.probe, use.params, **texts)

    async def preview(self, action: str, params: Mapping[str, Any], **texts: str) -> Preview:
        """What an action would do."""
        made = REGISTRY.actions[action].params.model_validate(params)
        preview: Preview = await made.preview(await self.look(**texts))  # type: ignore[attr-defined]  # the registry saw to it
        return preview

    async def apply(self, action: str, params: Mapping[str, Any], preview: Preview, **texts: str) -> Outcome:
        """Carries out an approved preview."""
        inputs = await self.inputs(**texts)
        permit = permit_of(self.system.name, action, params, preview, inputs)
        made = REGISTRY.actions[action].params.model_validate(params)
        outcome: Outcome = await made.apply(self.access.change(permit, inputs))  # type: ignore[attr-defined]  # the registry saw to it
        return outcome


class Supported(Way):
    """The running platform, and the bot's way to it."""

    def __init__(self, platform: AiOps, system: System) -> None:
        super().__init__(system, platform.environment)
        self.platform = platform


class Product(Way):
    """The running ZenaManage, and the bot's way to it; while the bot waits its users go on."""

    def __init__(self, product: ZenaManage, system: System) -> None:
        super().__init__(system, product.environment, product.users.step)
        self.product = product

    async def breaks(self, fault: str) -> None:
        """Breaks something; it is healed after the test."""
        await self.product.faults.set(fault, broken=True)

    async def heals(self, fault: str) -> None:
        """Heals it before."""
        await self.product.faults.set(fault, broken=False)


def permit_of(system: str, action: str, params: Mapping[str, Any], preview: Preview, inputs: Inputs) -> Permit:
    """A permit for an approved request."""
    now = datetime.now(UTC)
    request = Request(
        id="01", action=action, label=action, system=system, system_title=system, scope=REGISTRY.actions[action].scope,
        inputs=inputs,
        params=params, subject="test", asker=SAM, asker_roles=("viewer",), reason="test", preview=preview, rule="test",
        why="test", approvals=1, by=("operator",), state=State.RUNNING, created=now, changed=now, expires=now,
    )  # fmt: skip
    return Permit(request=request, owner="test", fence=1)


@pytest.fixture
async def system(system: AiOps) -> AsyncIterator[Supported]:
    """The platform of the suite with an empty metrics cache, and whole again afterwards."""
    for pattern in ("metrics:*", "llm-costs:*", "tenant-config:*"):
        async for key in system.world.cache.scan_iter(match=pattern):
            await system.world.cache.delete(key)
    made = Supported(system, read_system("aiops"))
    yield made
    await made.access.close()
    await system.faults.heal_all()
