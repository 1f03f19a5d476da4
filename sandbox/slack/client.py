"""Drives a local workspace from Python: `sam = await client.person("sam")`, `await sam.says("/help", …)`."""

# ruff: noqa: ASYNC109 - these are deadlines for what the app does, and say what was seen instead

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Self, TypeVar

import httpx

from sandbox.slack.acting import Person
from sandbox.slack.seen import Json

T = TypeVar("T")

# What changes without a notice (the log, connections) is looked at this often, in seconds.
LONGEST_POLL = 0.25
LATELY = 25


class Refused(AssertionError):
    """The workspace did not let a person do something; `error` is its code, e.g. `unknown_command`."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(f"{error}: {message}")
        self.error = error


class Client:
    """A connection to the control API at `address`. Use it as an async context manager, or close it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._http = httpx.AsyncClient(base_url=address, trust_env=False, timeout=60.0)
        self._names: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        """The client itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connection."""
        await self.close()

    async def close(self) -> None:
        """Close the connection."""
        await self._http.aclose()

    async def person(self, name: str) -> Person:
        """Somebody in the workspace, to act as them. Raises Refused when there is nobody of that name."""
        workspace = await self.workspace()
        for person in workspace["people"]:
            if name in (person["name"], person["id"]):
                return Person(self, person["id"], person["name"], workspace["app"]["bot_user_id"])
        names = ", ".join(person["name"] for person in workspace["people"])
        raise Refused("unknown_person", f"There is no {name!r}; there are {names}.")

    async def workspace(self) -> Json:
        """Everybody and everything in the workspace."""
        workspace: Json = await self.get("workspace")
        for thing in (*workspace["people"], *workspace["channels"]):
            self._names[thing["id"]] = thing["name"]
        for group in workspace["groups"]:
            self._names[group["id"]] = group["handle"]
        return workspace

    async def faults(self, **wishes: Any) -> None:
        """Let Slack misbehave, e.g. `rate_limit={"method": "chat.update", "times": 2}`; `clear=True` ends it."""
        await self.post("faults", **wishes)

    async def log(self) -> list[Json]:
        """Every call of the app and every delivery to it, newest last."""
        entries: list[Json] = await self.get("log")
        return entries

    async def calls(self, method: str) -> list[Json]:
        """The app's calls of one Web API method, newest last."""
        return [entry for entry in await self.log() if entry.get("method") == method]

    async def deliveries(self, of: str) -> list[Json]:
        """What was delivered to the app of one command, event or interaction type, newest last."""
        return [entry for entry in await self.log() if entry.get("of") == of]

    async def opens_channel(self, name: str, *members: str, is_private: bool = False) -> str:
        """Open a channel with these people (names); returns its id."""
        answer = await self.post("channel", name=name, members=members, is_private=is_private)
        return str(answer["id"])

    async def changes_person(self, name: str, **fields: Any) -> None:
        """Add or change somebody: `deleted=True`, `is_restricted=True`, `team_id="T0OTHER"`, `email=…`."""
        await self.post("person", name=name, **fields)

    async def until_connected(self, timeout: float = 10.0) -> None:
        """Wait until the app has a WebSocket open. Raises AssertionError after `timeout` seconds."""

        async def is_connected() -> bool | None:
            return bool((await self.workspace())["connections"]) or None

        await self.wait_for(is_connected, lambda: "The app did not connect.", timeout)

    # For Person

    def name_of(self, thing_id: str) -> str:
        """The name of a person, channel or group with this id, or the id if it is not known."""
        return self._names.get(thing_id, thing_id)

    async def get(self, what: str, **parameters: Any) -> Any:
        """Read from the control API. Raises Refused."""
        wanted = {name: value for name, value in parameters.items() if value is not None}
        return _content(await self._http.get(f"/control/{what}", params=wanted))

    async def post(self, what: str, **fields: Any) -> Any:
        """Do something through the control API. Raises Refused."""
        wanted = {name: value for name, value in fields.items() if value is not None}
        return _content(await self._http.post(f"/control/{what}", json=wanted))

    async def wait_for(
        self, look: Callable[[], Awaitable[T | None]], complaint: Callable[[], str], timeout: float
    ) -> T:
        """Look until there is something, again after every change. Raises AssertionError after `timeout` seconds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while True:
            version = (await self.get("changes", version=0, seconds=0))["version"]
            found = await look()
            if found is not None:
                return found
            left = deadline - loop.time()
            if left <= 0:
                waited = f"waited {timeout:g} s, until {datetime.now(UTC):%H:%M:%S}; before that:"
                raise AssertionError(f"{complaint()}\n({waited}\n{await self._lately()})")
            await self.get("changes", version=version, seconds=min(left, LONGEST_POLL))

    async def _lately(self) -> str:
        """What went to and fro at last, a line each, for whoever has to find out why something did not come."""
        return "\n".join(_line(entry) for entry in (await self.log())[-LATELY:])


def _line(entry: Json) -> str:
    at = f"  {datetime.fromtimestamp(entry['at'], UTC):%H:%M:%S.%f}"
    if entry["direction"] == "call":
        said = str(entry["arguments"].get("text", ""))[:100]
        return f"{at} {entry['method']}: {'ok' if entry.get('ok') else entry.get('error')} {said!r}"
    return f"{at} {entry['of']} delivered: {'acknowledged' if entry.get('acknowledged') else 'not acknowledged'}"


def _content(response: httpx.Response) -> Any:
    if not response.headers.get("content-type", "").startswith("application/json"):
        raise AssertionError(f"{response.request.url} answered {response.status_code}: {response.text}")
    content = response.json()
    if response.is_error:
        raise Refused(content["error"], content["message"])
    return content
