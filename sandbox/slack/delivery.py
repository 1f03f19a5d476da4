"""Brings payloads to the app and waits for its acknowledgement; events that get none are brought again."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from sandbox.slack.payloads import event_callback
from sandbox.slack.records import Json
from sandbox.slack.workspace import Workspace

COMMANDS = "slash_commands"
INTERACTIONS = "interactive"
EVENTS = "events_api"
RETRY_REASONS = {"operation_timeout": "http_timeout", "dispatch_failed": "connection_failed"}
SOCKET_RETRY_REASONS = {**RETRY_REASONS, "operation_timeout": "timeout"}
FAULT_KINDS = {COMMANDS: "commands", INTERACTIONS: "interactions", EVENTS: "events"}


@dataclass(frozen=True)
class Parcel:
    """One payload on its way. `attempt` counts the repetitions of an event, `reason` says why it is repeated."""

    kind: str
    payload: Json
    takes_answer: bool = False
    attempt: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Answer:
    """What came back: whether the app acknowledged, with which payload, else why not (Slack's word for it)."""

    is_acknowledged: bool
    payload: Any = None
    failure: str = ""


class Carrier(Protocol):
    """A way to the app: Socket Mode or signed HTTP."""

    async def carry(self, parcel: Parcel, seconds: float) -> Answer:
        """Bring the parcel and wait for its acknowledgement, at most so many seconds."""


class Delivery:
    """Everything that the workspace sends to the app goes through here. Close it to end what is still under way."""

    def __init__(self, workspace: Workspace, *, sockets: Carrier, http: Carrier) -> None:
        self._workspace = workspace
        self._sockets = sockets
        self._http = http
        self._tasks: set[asyncio.Task[Answer]] = set()
        self._is_closed = False

    async def send_command(self, payload: Json) -> Answer:
        """Bring a slash command. It is never repeated."""
        return await self._send_with_faults(Parcel(COMMANDS, payload, takes_answer=True))

    async def send_interaction(self, payload: Json) -> Answer:
        """Bring a press, a submission, a shortcut or a question for options. It is never repeated."""
        takes_answer = payload["type"] in ("view_submission", "block_suggestion")
        return await self._send_with_faults(Parcel(INTERACTIONS, payload, takes_answer=takes_answer))

    def notify(self, payload: Json) -> None:
        """Bring an interaction that nobody waits for (`view_closed`)."""
        self._start(self._send_with_faults(Parcel(INTERACTIONS, payload)))

    def tell(self, event: Json) -> None:
        """Bring an event in the background, again and again until it is acknowledged or the schedule is over."""
        self._start(self._send_event(event_callback(self._workspace, event)))

    async def close(self) -> None:
        """End every delivery that is still under way, and begin no other."""
        self._is_closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, sending: Coroutine[Any, Any, Answer]) -> None:
        if self._is_closed:
            sending.close()
            return
        task = asyncio.get_running_loop().create_task(sending)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send_event(self, payload: Json) -> Answer:
        answer = await self._send_with_faults(Parcel(EVENTS, payload))
        for attempt, delay in enumerate(self._workspace.retry_delays, start=1):
            if answer.is_acknowledged:
                break
            await asyncio.sleep(delay)
            reason = self._reason(answer.failure)
            answer = await self._send(Parcel(EVENTS, payload, attempt=attempt, reason=reason))
        return answer

    async def _send_with_faults(self, parcel: Parcel) -> Answer:
        faults = self._workspace.faults
        repetitions = faults.take_repetitions(FAULT_KINDS[parcel.kind])
        await faults.delay_delivery()
        for attempt in range(1, repetitions + 1):
            if parcel.kind == EVENTS:
                self._start(
                    self._send(
                        Parcel(EVENTS, parcel.payload, attempt=attempt, reason=self._reason("operation_timeout"))
                    )
                )
            else:
                self._start(self._send(parcel))
        return await self._send(parcel)

    def _reason(self, failure: str) -> str:
        reasons = SOCKET_RETRY_REASONS if self._workspace.request_url is None else RETRY_REASONS
        return reasons.get(failure, failure)

    async def _send(self, parcel: Parcel) -> Answer:
        entry = self._workspace.log.delivery(parcel.kind, parcel.payload, parcel.attempt)
        carrier = self._sockets if self._workspace.request_url is None else self._http
        answer = await carrier.carry(parcel, self._workspace.ack_seconds)
        entry["acknowledged"] = answer.is_acknowledged
        if answer.failure:
            entry["failure"] = answer.failure
        return answer
