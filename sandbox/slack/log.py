"""What went to and fro between the workspace and the app, for tests to look at."""

from collections import deque
from collections.abc import Callable
from typing import Any

ENTRIES_KEPT = 10_000
HIDDEN = frozenset({"token", "client_secret"})


class Log:
    """Web API calls that came in and deliveries that went out, newest last."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entries: deque[dict[str, Any]] = deque(maxlen=ENTRIES_KEPT)

    def call(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Write down a call before it is answered; the caller sets `ok` and `error` on the entry."""
        shown = {name: value for name, value in arguments.items() if name not in HIDDEN}
        return self._add({"direction": "call", "method": method, "arguments": shown})

    def delivery(self, kind: str, payload: dict[str, Any], attempt: int = 0) -> dict[str, Any]:
        """Write down a delivery before it is acknowledged; the caller sets `acknowledged` on the entry."""
        kind_of_payload = payload.get("event", {}).get("type") or payload.get("type") or payload.get("command")
        return self._add(
            {"direction": "delivery", "type": kind, "of": kind_of_payload, "attempt": attempt, "payload": payload}
        )

    def entries(self) -> list[dict[str, Any]]:
        """Everything that is still known."""
        return list(self._entries)

    def _add(self, entry: dict[str, Any]) -> dict[str, Any]:
        entry = {"at": self._clock(), **entry}
        self._entries.append(entry)
        return entry
