"""A bot without Slack whose pagers lead to a local double, and a diagnosis to escalate."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from bot.app import Bot
from bot.model.audit import Event
from bot.model.diagnosis import Diagnosis
from bot.model.escalation import Escalation
from bot.model.runbook import Severity
from bot.settings import Settings
from bot.store.provisioning import Addresses
from bot.wiring import Built, build, make_store
from sandbox.aiops import AiOps
from tests.bot.escalation.double import KEY, Double, double
from tests.bot.test_path import SAM, People, Watch, diagnosed

ROOT = Path(__file__).parents[3]
SECRET = "what PagerDuty signs with"


@dataclass
class Scene:
    """What an escalation needs."""

    built: Built
    watch: Watch
    pager: Double
    system: AiOps
    people: People

    @property
    def bot(self) -> Bot:
        """The services."""
        return self.built.bot

    async def diagnose(self, fault: str = "never-expires") -> Diagnosis:
        """Breaks something and finds it."""
        await self.system.faults.break_(fault)
        return await diagnosed(self.built, SAM, "stale-data tenant=tenant-abc")

    async def opened(self, severity: Severity = Severity.MEDIUM) -> Escalation:
        """An escalation of a diagnosis."""
        escalation, is_new = await self.bot.escalations.open(SAM, await self.diagnose(), severity=severity)
        assert is_new
        return escalation

    async def passes(self, **time: float) -> None:
        """Time passes, and everything that is due is done."""
        self.watch.ahead += timedelta(**time)
        await self.built.escalating.sweep()
        await self.built.escalating.sweep()  # a rung that is called at once follows in the next round

    async def events(self, prefix: str = "escalation.") -> list[Event]:
        """What the trail says, oldest first."""
        rows = await self.bot.audit.find(limit=200)
        return [row.event for row in reversed(rows) if row.event.verb.startswith(prefix)]


@pytest.fixture
async def pager() -> AsyncIterator[Double]:
    """The double of the services that call people."""
    async with double() as made:
        yield made


@pytest.fixture
def policies(tmp_path: Path, pager: Double) -> Path:
    """The shipped policies, with pagers that lead to the double."""
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    path = tmp_path / "policies" / "escalation.yml"
    held = yaml.safe_load(path.read_text(encoding="utf-8"))
    held["pagers"]["pagerduty"]["url"] = f"{pager.address}/v2/enqueue"
    held["pagers"]["others"] = {
        "kind": "webhook", "title": "Others", "url": f"{pager.address}/hook", "key": {"env": "OTHERS_SECRET"}
    }  # fmt: skip
    held["routes"]["on-call"]["ladder"] = [
        {"page": "pagerduty"}, {"page": "others"}, {"tell": "backend-oncall", "after": "5m"}
    ]  # fmt: skip
    path.write_text(yaml.safe_dump(held), encoding="utf-8")
    return tmp_path / "policies"


@pytest.fixture
async def scene(
    addresses: Addresses, system: AiOps, policies: Path, pager: Double
) -> AsyncIterator[Scene]:  # fmt: skip
    """A bot, healthy and unused."""
    watch, people = Watch(), People()
    environment = {
        **system.environment, "PAGERDUTY_INTEGRATION_KEY": KEY, "PAGERDUTY_WEBHOOK_SECRET": SECRET,
        "OTHERS_SECRET": "shared with others",
    }  # fmt: skip
    settings = Settings(_env_file=None).model_copy(update={"policies": policies})
    built = build(settings, make_store(addresses.running), people, environment=environment, clock=watch)
    await built.presence.hold()
    try:
        yield Scene(built, watch, pager, system, people)
    finally:
        await built.presence.release()
        await built.bot.stop()
        await system.faults.heal_all()
