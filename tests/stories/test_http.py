"""The same first path with Slack coming by signed HTTP instead of Socket Mode."""

import httpx
import pytest
from pydantic import SecretStr

from bot.settings import Settings
from bot.store.provisioning import Addresses
from bot.wiring import run
from sandbox.aiops import AiOps
from sandbox.slack import Client, Workspace, serve
from sandbox.stage import MANIFEST


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
            sam = await client.person("sam")
            if is_forged:
                said = await sam.says("/diagnose stale-data tenant=tenant-abc", heard=False)
                assert not said.is_acknowledged
                assert await running.built.bot.audit.find(verb="diagnosis.started") == []
            else:
                await system.faults.break_("never-expires")
                await sam.says("/diagnose stale-data tenant=tenant-abc")
                card = await sam.sees(containing="Fault found")
                await sam.presses(card, "Clear cache…")
                await sam.submits(await sam.modal(containing="Reason"), {"Reason": "please"})
                await sam.sees(thread=card, containing="Approval needed")
                await system.faults.heal_all()
