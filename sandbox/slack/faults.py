"""Misbehaviour of Slack itself that tests and the curious can switch on: rate limits, errors, delays, repetitions."""

import asyncio
from dataclasses import dataclass
from typing import Any

from sandbox.slack.refusals import ControlRefusal, SlackRefusal

DELIVERIES = "deliveries"


@dataclass
class CallFault:
    """The next `times` calls of `method` (`*`: any) are answered with `refusal`."""

    method: str
    times: int
    refusal: SlackRefusal


class Faults:
    """The faults that are switched on now."""

    def __init__(self) -> None:
        self._calls: list[CallFault] = []
        self._delays: dict[str, float] = {}
        self._repetitions: dict[str, int] = {}

    def clear(self) -> None:
        """Behave again."""
        self._calls.clear()
        self._delays.clear()
        self._repetitions.clear()

    def set(self, wishes: dict[str, Any]) -> None:
        """Switch faults on, as the control API describes them. Raises ControlRefusal when a wish makes no sense."""
        known = {"clear", "rate_limit", "error", "delay_seconds", "redeliver", "drop_socket", "keep_pace"}
        if unknown := sorted(set(wishes) - known):
            raise ControlRefusal("unknown_fault", f"There is no fault {', '.join(unknown)}; there are {sorted(known)}.")
        if wishes.get("clear"):
            self.clear()
        if limit := wishes.get("rate_limit"):
            refusal = SlackRefusal("ratelimited", retry_after=int(limit.get("retry_after", 1)))
            self._calls.append(CallFault(limit["method"], int(limit.get("times", 1)), refusal))
        if error := wishes.get("error"):
            refusal = SlackRefusal(error["error"], status=int(error.get("status", 200)))
            self._calls.append(CallFault(error["method"], int(error.get("times", 1)), refusal))
        for method, seconds in (wishes.get("delay_seconds") or {}).items():
            self._delays[method] = float(seconds)
        if repetition := wishes.get("redeliver"):
            kind = repetition.get("kind", "events")
            self._repetitions[kind] = self._repetitions.get(kind, 0) + int(repetition.get("times", 1))

    async def befall(self, method: str) -> None:
        """Let a call suffer what was wished for: wait, then perhaps raise SlackRefusal."""
        delay = self._delays.get(method, self._delays.get("*", 0.0))
        if delay:
            await asyncio.sleep(delay)
        for fault in self._calls:
            if fault.times > 0 and fault.method in (method, "*"):
                fault.times -= 1
                raise fault.refusal

    async def delay_delivery(self) -> None:
        """Keep a delivery back for as long as was wished for."""
        if delay := self._delays.get(DELIVERIES, 0.0):
            await asyncio.sleep(delay)

    def take_repetitions(self, kind: str) -> int:
        """How many times the next delivery of this kind (`events`, `commands`, `interactions`) is to be repeated."""
        return self._repetitions.pop(kind, 0)
