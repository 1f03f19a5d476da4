"""The same first path with Slack coming by signed HTTP instead of Socket Mode."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.audit import AuditTrail
from bot.http import serve as serve_http
from bot.settings import Settings
from bot.store import Store
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


class Balancer:
    """Hands each request to the next replica; while `repeats`, the same request to the one after it as well."""

    def __init__(self, doors: list[str], http: httpx.AsyncClient) -> None:
        self._doors, self._http = doors, http
        # The number of the replica, for each thing that people did; and for what the workspace tells besides.
        self.handed: list[int] = []
        self._told: list[int] = []
        self.repeats = False

    async def hand(self, request: Request) -> Response:
        """Answers what the first of them answered."""
        body = await request.body()
        answers = [await self._send(request, body) for _ in range(2 if self.repeats else 1)]
        kind = answers[0].headers.get("content-type")
        return Response(answers[0].content, answers[0].status_code, media_type=kind)

    async def _send(self, request: Request, body: bytes) -> httpx.Response:
        turns = self._told if request.headers["content-type"] == "application/json" else self.handed
        number = len(turns) % len(self._doors)
        turns.append(number)
        kept = {name: value for name, value in request.headers.items() if name.startswith(("x-slack", "content-type"))}
        return await self._http.post(f"{self._doors[number]}/slack/events", content=body, headers=kept)


@asynccontextmanager
async def _balanced(workspace: Workspace, settings: Settings, database: str, system: AiOps) -> AsyncIterator[Balancer]:
    """Two replicas on one database behind a balancer, which is the app's request URL."""
    async with AsyncExitStack() as stack:
        replicas = [
            await stack.enter_async_context(run(settings, database, environment=system.environment)) for _ in range(2)
        ]
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
        balancer = Balancer([f"http://127.0.0.1:{one.port}" for one in replicas], http)
        app = Starlette(routes=[Route("/slack/events", balancer.hand, methods=["POST"])])
        port = await stack.enter_async_context(serve_http(app, "127.0.0.1", 0))
        workspace.request_url = f"http://127.0.0.1:{port}/slack/events"
        yield balancer


async def test_two_replicas_behind_a_balancer(addresses: Addresses, system: AiOps, tmp_path: Path) -> None:
    workspace = Workspace(manifest=MANIFEST, ack_seconds=2.0)
    async with serve(workspace) as served, Client(served.address) as client:
        settings = Settings(_env_file=None, state=tmp_path).model_copy(
            update={
                "slack_bot_token": SecretStr(served.bot_token), "slack_api_url": served.api_url, "http_port": 0,
                "slack_signing_secret": SecretStr(served.signing_secret),
            }
        )  # fmt: skip
        async with _balanced(workspace, settings, addresses.running, system) as balancer:
            sam, olga = await client.person("sam"), await client.person("olga")
            await system.faults.break_("never-expires")
            balancer.repeats = True  # each is handed to the one, and then to the other as well
            await sam.says("/diagnose stale-data tenant=tenant-abc")
            card = await sam.sees(containing="Fault found")
            await sam.presses(card, "Clear cache…")
            await sam.submits(await sam.modal(containing="Reason"), {"Reason": "please"})
            request = await olga.sees(thread=card, containing="Approval needed")
            balancer.repeats = False
            before = len(balancer.handed)
            await sam.presses(card, "Look again")
            again = await sam.sees(containing="Fault found", after=card)
            await sam.presses(again, "Look again")  # the other one drew this card
            await sam.sees(containing="Fault found", after=again)
            first, second = balancer.handed[before:]
            assert first != second
            await olga.presses(request, "Approve")
            await olga.watches(request, containing=["Done, and it helped"])
            store = Store(addresses.running)
            try:
                events = await AuditTrail(store).find(limit=100)
            finally:
                await store.close()
                await system.faults.heal_all()
            verbs = Counter(row.event.verb for row in events)
            once = ("request.asked", "request.approved", "action.started", "action.finished")
            assert {verb: verbs[verb] for verb in once} == dict.fromkeys(once, 1)
            assert (verbs["diagnosis.started"], verbs["delivery.repeated"]) == (3, 3)
            assert sorted(Counter(balancer.handed)) == [0, 1]
            seen = [one for one in await sam.messages() if "Dashboard or agent list" in one.all_text]
            assert len(seen) == 3
