"""Slack's pace: how many calls of a method are answered in a time. Off unless asked for, so that tests are quick."""

import math
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.slack.records import Json
from sandbox.slack.refusals import SlackRefusal


@dataclass(frozen=True)
class Rate:
    """So many calls in so many seconds, for the workspace or (`is_per_channel`) for each channel."""

    calls: int
    seconds: float = 60.0
    is_per_channel: bool = False


# One message a second for each channel, short bursts forgiven.
POSTING = Rate(5, 5.0, is_per_channel=True)
SELDOM = Rate(20)
USUAL = Rate(50)
OFTEN = Rate(100)
RATES = {
    "chat.postMessage": POSTING,
    "chat.update": USUAL,
    "chat.postEphemeral": OFTEN,
    "views.open": OFTEN,
    "views.push": OFTEN,
    "views.update": OFTEN,
    "views.publish": OFTEN,
    "files.getUploadURLExternal": OFTEN,
    "files.completeUploadExternal": OFTEN,
    "files.info": OFTEN,
    "users.info": OFTEN,
    "conversations.members": OFTEN,
    "users.list": SELDOM,
    "usergroups.list": SELDOM,
    "usergroups.users.list": SELDOM,
    "conversations.list": SELDOM,
}


class Pace:
    """Counts calls and refuses those that come too fast."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.is_kept = False
        self._clock = clock
        self._calls: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)

    def check(self, method: str, arguments: Json) -> None:
        """Count a call. Raises SlackRefusal `ratelimited`, with the seconds to wait, when it is one too many."""
        if not self.is_kept:
            return
        rate = RATES.get(method, USUAL)
        place = str(arguments.get("channel", "")) if rate.is_per_channel else ""
        calls = self._calls[method, place]
        now = self._clock()
        while calls and calls[0] <= now - rate.seconds:
            calls.popleft()
        if len(calls) >= rate.calls:
            raise SlackRefusal("ratelimited", retry_after=math.ceil(calls[0] + rate.seconds - now))
        calls.append(now)
