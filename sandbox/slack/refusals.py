"""How the local workspace says no: to the app in Slack's error names, to the control API in codes with a sentence."""

from collections.abc import Sequence
from typing import Any


class SlackRefusal(Exception):
    """A Web API answer `{"ok": false, "error": …}`.

    `error` is Slack's name for it; `messages` go to `response_metadata`; `extra` are further top-level fields;
    `retry_after` (seconds) makes it a 429; `status` is the HTTP status otherwise.
    """

    def __init__(
        self,
        error: str,
        *,
        messages: Sequence[str] = (),
        retry_after: int | None = None,
        status: int = 200,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(error, *messages)
        self.error = error
        self.messages = list(messages)
        self.retry_after = retry_after
        self.status = 429 if retry_after is not None else status
        self.extra = extra or {}

    def body(self) -> dict[str, Any]:
        """The JSON that Slack would answer."""
        answer: dict[str, Any] = {"ok": False, "error": self.error, **self.extra}
        if self.messages:
            answer["response_metadata"] = {"messages": self.messages}
        return answer


class ControlRefusal(Exception):
    """A control API answer with HTTP status 4xx: the person cannot do that, and why."""

    def __init__(self, error: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.error = error
        self.message = message
        self.status = status

    def body(self) -> dict[str, Any]:
        """The JSON of the answer."""
        return {"error": self.error, "message": self.message}
