"""What an interaction gives the app for a short while: a trigger to open a modal, an address to respond to."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.slack.identifiers import Identifiers
from sandbox.slack.refusals import SlackRefusal

TRIGGER_SECONDS = 3.0
RESPONSE_SECONDS = 30 * 60.0
RESPONSE_USES = 5


@dataclass
class Trigger:
    """The right to open one modal for one person; `view_id` is the modal it came from, if it came from one."""

    person: str
    expires_at: float
    view_id: str | None = None
    is_used: bool = False


class Triggers:
    """The triggers that were handed out. Each lives three seconds and is used once."""

    def __init__(self, clock: Callable[[], float], ids: Identifiers) -> None:
        self._clock = clock
        self._ids = ids
        self._triggers: dict[str, Trigger] = {}

    def hand_out(self, person: str, view_id: str | None = None) -> str:
        """A new trigger id for this person."""
        number = self._ids.ts().replace(".", "")
        trigger_id = f"{number}.{number[:10]}.{self._ids.ticket()}"
        self._triggers[trigger_id] = Trigger(person, self._clock() + TRIGGER_SECONDS, view_id)
        return trigger_id

    def check(self, trigger_id: str) -> Trigger:
        """The trigger, if it can still be used; `use` it once the view proved to be right. Raises SlackRefusal."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise SlackRefusal("invalid_trigger_id")
        if trigger.is_used:
            raise SlackRefusal("exchanged_trigger_id")
        if self._clock() > trigger.expires_at:
            raise SlackRefusal("expired_trigger_id")
        return trigger


@dataclass
class ResponseAddress:
    """A response_url: where answers go that are not calls of the Web API."""

    channel: str
    person: str
    expires_at: float
    message_ts: str | None = None
    thread_ts: str | None = None
    uses: int = 0


class ResponseAddresses:
    """The response addresses that were handed out. Each can be used five times in thirty minutes."""

    def __init__(self, clock: Callable[[], float], ids: Identifiers) -> None:
        self._clock = clock
        self._ids = ids
        self._addresses: dict[str, ResponseAddress] = {}

    def hand_out(
        self, channel: str, person: str, *, message_ts: str | None = None, thread_ts: str | None = None
    ) -> str:
        """A new key; `message_ts` is the message that may be replaced through it."""
        key = self._ids.ticket()
        expires_at = self._clock() + RESPONSE_SECONDS
        self._addresses[key] = ResponseAddress(channel, person, expires_at, message_ts, thread_ts)
        return key

    def use(self, key: str) -> ResponseAddress:
        """The address of this key, one use less. Raises SlackRefusal when it is worn out, too old or unknown."""
        address = self._addresses.get(key)
        if address is None:
            raise SlackRefusal("invalid_url", status=404)
        if self._clock() > address.expires_at:
            raise SlackRefusal("expired_url", status=404)
        if address.uses >= RESPONSE_USES:
            raise SlackRefusal("used_url", status=404)
        address.uses += 1
        return address
