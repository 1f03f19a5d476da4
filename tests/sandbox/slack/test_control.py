"""The control API and what the page needs: reading, arranging, live notices, the panel, and who is kept out."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import httpx
import pytest

from sandbox.slack import Client, Fault, FaultGroup, Served, Workspace, serve
from sandbox.slack.acting import Person
from sandbox.slack.client import Refused
from tests.sandbox.slack.conftest import MANIFEST, Scene
from tests.sandbox.slack.parrot import JSON


class BreakableSystem:
    """A panel with one fault."""

    def __init__(self) -> None:
        self.is_broken = False

    async def faults(self) -> list[FaultGroup]:
        """The one."""
        fault = Fault("never-expires", "The dashboard never refreshes", "Try /diagnose", self.is_broken)
        return [FaultGroup("AI agents platform", (fault,))]

    async def set(self, name: str, broken: bool) -> None:
        """Break or heal it."""
        if name != "never-expires":
            raise KeyError(name)
        self.is_broken = broken


@pytest.fixture(scope="module")
async def paneled() -> AsyncIterator[Client]:
    """A workspace with a panel."""
    workspace = Workspace(manifest=MANIFEST)
    async with serve(workspace, panel=BreakableSystem()) as served, Client(served.address) as client:
        yield client


async def test_workspace_is_described(scene: Scene) -> None:
    workspace = await scene.client.workspace()
    assert workspace["app"] == {"id": "A0BACKSTOP", "name": "Parrot", "bot_user_id": "U0BACKSTOP"}
    names = {person["name"]: person for person in workspace["people"]}
    assert {"sam", "dana", "olga", "tom", "ada", "oscar", "parrot"} <= set(names)
    assert names["tom"]["title"] == "Tenant admin of tenant-abc; super admin of ZenaManage"
    assert (names["parrot"]["is_bot"], names["sam"]["is_bot"]) == (True, False)
    channels = {channel["name"]: channel for channel in workspace["channels"]}
    assert "U0OSCAR" in channels["backend-support"]["members"]
    assert "U0SAM" not in channels["database-support"]["members"]
    assert "U0BACKSTOP" not in channels["random"]["members"]
    assert {"command": "/echo", "description": "Says it again", "usage_hint": "[text]"} in workspace["commands"]
    assert {"callback_id": "repeat", "name": "Repeat", "type": "message"} in workspace["shortcuts"]


async def test_channels_count_what_was_not_read(scene: Scene, sam: Person) -> None:
    async def unread() -> int:
        view = await scene.client.get("view", person="olga")
        return int(next(channel["unread"] for channel in view["channels"] if channel["name"] == "random"))

    olga = await scene.client.person("olga")
    await olga.messages("random")
    said = await sam.says("one", "random")
    await sam.says("two", "random")
    await sam.says("a reply does not count", thread=said)
    assert await unread() == 2
    assert [message.text for message in await olga.messages("random")][-2:] == ["one", "two"]
    assert await unread() == 0


async def test_person_sees_their_own_conversations_alone(scene: Scene) -> None:
    view = await scene.client.get("view", person="oscar")
    names = [(channel["name"], channel["is_im"]) for channel in view["channels"]]
    assert ("parrot", True) in names
    assert "database-support" not in [name for name, _ in names]
    channel = scene.workspace.channel_named("database-support")
    assert channel is not None
    with pytest.raises(Refused, match="oscar is in no channel"):
        await scene.client.get("messages", person="oscar", channel=channel.id)


async def test_joining_and_leaving_change_who_may_read(scene: Scene) -> None:
    oscar = await scene.client.person("oscar")
    await scene.client.post("member", channel="database-support", person="oscar")
    assert await oscar.messages("database-support") == []
    assert (await scene.heard.until("joined"))[0]["user"] == "U0OSCAR"
    await scene.client.post("member", channel="database-support", person="oscar", joined=False)
    with pytest.raises(Refused):
        await oscar.messages("database-support")


async def test_people_channels_and_groups_are_arranged(scene: Scene) -> None:
    await scene.client.changes_person("zoe", real_name="Zoe Zed", email="zoe@example.com")
    channel = await scene.client.opens_channel("night-shift", "zoe", "parrot")
    zoe = await scene.client.person("zoe")
    await zoe.says("quiet here", "night-shift")
    assert [message.channel for message in await zoe.messages("night-shift")] == [channel]
    await scene.client.post("group", handle="night-watch", name="Night watch", users=["zoe", "ada"])
    group = (await scene.client.workspace())["groups"][-1]
    assert (group["handle"], group["users"]) == ("night-watch", [zoe.id, "U0ADA"])
    await scene.client.post("group", handle="night-watch", users=["zoe"])
    assert (await scene.client.workspace())["groups"][-1]["users"] == [zoe.id]
    with pytest.raises(Refused, match="A person has no nonsense"):
        await scene.client.changes_person("zoe", nonsense=True)


async def test_log_shows_calls_and_deliveries_in_order(scene: Scene, sam: Person) -> None:
    said = await sam.says("/echo for the log")
    await sam.sees(containing="for the log", after=said)
    log = await scene.client.log()
    # Other tests' calls may still come in.
    delivered, called = [one for one in log if "for the log" in str(one)]
    assert (delivered["direction"], delivered["type"], delivered["of"]) == ("delivery", "slash_commands", "/echo")
    assert delivered["acknowledged"] is True
    assert (called["direction"], called["method"], called["ok"]) == ("call", "chat.postMessage", True)
    assert "xoxb" not in str(log)


async def test_page_is_told_what_to_read_again(scene: Scene, sam: Person) -> None:
    address = f"{scene.served.address.replace('http', 'ws')}/control/live?person="
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{address}U0OLGA") as page:
        said = await sam.says("one")
        await sam.says("two")
        await sam.says("three", thread=said)
        await sam.says_directly("not for olga")
        notices: list[JSON] = []
        while len(notices) < 2:
            notices.append(await page.receive_json(timeout=2))
        assert notices == [
            {"type": "changed", "channel": said.channel, "thread_ts": None},
            {"type": "changed", "channel": said.channel, "thread_ts": said.ts},
        ]
        await scene.client.changes_person("olga", title="Operator")
        assert await page.receive_json(timeout=2) == {"type": "workspace"}
        with pytest.raises(TimeoutError):
            await page.receive_json(timeout=0.2)


async def test_page_is_told_of_modals_and_home(scene: Scene, sam: Person) -> None:
    address = f"{scene.served.address.replace('http', 'ws')}/control/live?person=U0SAM"
    async with aiohttp.ClientSession() as session, session.ws_connect(address) as page:
        await sam.says("/form")
        assert await page.receive_json(timeout=2) == {"type": "modal"}
        await sam.home()
        assert await page.receive_json(timeout=2) == {"type": "home"}


async def test_other_pages_are_kept_out(served_address: str) -> None:
    socket = f"{served_address.replace('http', 'ws')}/control/live?person=U0SAM"
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(socket, origin="https://evil.example")
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"{socket}NOBODY")
        async with session.ws_connect(socket, origin=served_address):
            pass
    async with httpx.AsyncClient(base_url=served_address, trust_env=False) as http:
        assert (await http.get("/control/view?person=sam", headers={"Host": "evil.example"})).status_code == 400
        form = await http.post("/control/say", data={"person": "sam", "text": "x"})
        assert (form.status_code, form.json()["error"]) == (415, "not_json")
        broken = await http.post("/control/say", content=b"{", headers={"Content-Type": "application/json"})
        assert (broken.status_code, broken.json()["error"]) == (400, "not_json")
        assert (await http.post("/control/nonsense", json={})).status_code == 404


@pytest.fixture
def served_address(scene: Scene) -> str:
    """Where the shared workspace is."""
    return scene.served.address


async def test_page_is_served_with_a_strict_policy(served_address: str) -> None:
    async with httpx.AsyncClient(base_url=served_address, trust_env=False) as http:
        page = await http.get("/")
        assert page.status_code == 200
        assert page.headers["content-security-policy"].startswith("default-src 'self'")
        assert page.headers["x-content-type-options"] == "nosniff"
        assert (await http.get("/../server.py")).status_code == 404
        assert (await http.get("/%2e%2e/server.py")).status_code == 404


async def test_panel_breaks_and_heals(paneled: Client) -> None:
    (group,) = (await paneled.get("panel"))["groups"]
    assert group["faults"][0]["broken"] is False
    await paneled.post("panel", name="never-expires", broken=True)
    (group,) = (await paneled.get("panel"))["groups"]
    assert group["faults"][0] == {
        "name": "never-expires",
        "title": "The dashboard never refreshes",
        "hint": "Try /diagnose",
        "broken": True,
    }
    with pytest.raises(Refused, match="There is no fault 'nonsense'"):
        await paneled.post("panel", name="nonsense", broken=True)
    await paneled.post("heal")
    (group,) = (await paneled.get("panel"))["groups"]
    assert group["faults"][0]["broken"] is False


async def test_workspace_without_systems_has_an_empty_panel(scene: Scene) -> None:
    assert await scene.client.get("panel") == {"groups": []}
    with pytest.raises(Refused, match="no systems to break"):
        await scene.client.post("panel", name="x", broken=True)
    with pytest.raises(Refused, match="no systems to heal"):
        await scene.client.post("heal")


async def test_address_that_is_taken_is_refused(scene: Scene) -> None:
    port = int(scene.served.address.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        async with serve(Workspace(manifest=MANIFEST), port=port):
            pass


async def test_served_workspace_tells_what_an_app_needs() -> None:
    async with serve(Workspace(manifest=MANIFEST)) as served:
        assert isinstance(served, Served)
        assert served.api_url == f"{served.address}/api/"
        assert served.bot_token.startswith("xoxb-")
        assert served.app_token.startswith("xapp-")
        assert served.team_id.startswith("T")
        assert len(served.signing_secret) == 32
        assert served.bot_token not in repr(served)


async def test_changes_are_waited_for_no_longer_than_asked(scene: Scene, sam: Person) -> None:
    version = (await scene.client.get("changes", version=0, seconds=0))["version"]
    waiting = asyncio.create_task(scene.client.get("changes", version=version, seconds=5))
    await asyncio.sleep(0.01)
    await sam.says("a change")
    assert (await waiting)["version"] > version
    version = (await scene.client.get("changes", version=0, seconds=0))["version"]
    assert (await scene.client.get("changes", version=version, seconds=0.01))["version"] == version
