"""The same first path with Slack coming by signed HTTP instead of Socket Mode."""

from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr

from bot.settings import Settings
from bot.store.provisioning import Addresses
from bot.wiring import run
from sandbox.aiops import AiOps
from sandbox.slack import Client, Workspace, serve
from sandbox.stage import MANIFEST


async def _drops() -> AsyncIterator[bytes]:
    """A body whose length is not said beforehand."""
    for _ in range(12):
        yield b"x" * 100_000


@pytest.mark.parametrize("age", [0, 301])
async def test_what_was_signed_long_ago_is_not_believed(addresses: Addresses, system: AiOps, age: int) -> None:
    workspace = Workspace(manifest=MANIFEST, ack_seconds=1.0)
    async with serve(workspace) as served, Client(served.address) as client:
        settings = Settings(_env_file=None).model_copy(
            update={
                "slack_bot_token": SecretStr(served.bot_token), "slack_api_url": served.api_url, "http_port": 0,
                "slack_signing_secret": SecretStr(served.signing_secret),
            }
        )  # fmt: skip
        async with run(settings, addresses.running, environment=system.environment) as running:
            now = workspace.clock
            workspace.clock = lambda: now() - age  # somebody recorded it then, and sends it again
            workspace.request_url = f"http://127.0.0.1:{running.port}/slack/events"
            sam = await client.person("sam")
            said = await sam.says("/backstop help", heard=age == 0)
            assert said.is_acknowledged == (age == 0)


@pytest.mark.parametrize("is_forged", [False, True])
async def test_a_diagnosis_over_signed_http(addresses: Addresses, system: AiOps, is_forged: bool) -> None:
    workspace = Workspace(manifest=MANIFEST, ack_seconds=1.0)
    async with serve(workspace) as served, Client(served.address) as client:
        settings = Settings(_env_file=None).model_copy(
            update={
                "slack_bot_token": SecretStr(served.bot_token), "slack_api_url": served.api_url, "http_port": 0,
                "slack_signing_secret": SecretStr("another" if is_forged else served.signing_secret),
            }
        )  # fmt: skip
        async with (
            run(settings, addresses.running, environment=system.environment) as running,
            httpx.AsyncClient() as http,
        ):
            door = f"http://127.0.0.1:{running.port}"
            workspace.request_url = f"{door}/slack/events"
            assert (await http.get(f"{door}/readyz")).json() == {"ready": True, "wrong": {}}
            assert (await http.post(f"{door}/slack/events", content=b"x" * 1_000_001)).status_code == 413
            assert (await http.post(f"{door}/slack/events", content=_drops())).status_code != 200
            sam = await client.person("sam")
            if is_forged:
                said = await sam.says("/diagnose stale-data tenant=tenant-abc", heard=False)
                assert not said.is_acknowledged
                audit = running.built.bot.audit
                assert await audit.find(verb="diagnosis.started") == []
                (refused,) = await audit.find(verb="delivery.unverifiable")  # one a minute, however many there were
                assert refused.event.says.endswith("at /slack/events could not be verified, and nothing was done")
            else:
                await system.faults.break_("never-expires")
                await sam.says("/diagnose stale-data tenant=tenant-abc")
                card = await sam.sees(containing="Fault found")
                await sam.presses(card, "Clear cache…")
                await sam.submits(await sam.modal(containing="Reason"), {"Reason": "please"})
                await sam.sees(thread=card, containing="Approval needed")
                await system.faults.heal_all()
