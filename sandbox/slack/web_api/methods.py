"""The register of Web API methods, and how they read their arguments."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sandbox.slack.records import Json
from sandbox.slack.refusals import SlackRefusal
from sandbox.slack.switchboard import Switchboard

TRUE = frozenset({True, "1", "true", "True"})


class Arguments:
    """The arguments of one call, whether they came as a form, in the address, or as JSON."""

    def __init__(self, values: Json) -> None:
        self.values = values

    def text(self, name: str, default: str = "") -> str:
        """A string; `default` if it was not given."""
        value = self.values.get(name)
        return default if value is None else str(value)

    def required(self, name: str, error: str = "invalid_arguments") -> str:
        """A string that must be given. Raises SlackRefusal `error`."""
        value = self.text(name)
        if not value:
            raise SlackRefusal(error, messages=[f"[ERROR] missing required field: {name}"])
        return value

    def flag(self, name: str) -> bool:
        """True or false; false if it was not given."""
        value = self.values.get(name)
        return isinstance(value, bool | str) and value in TRUE

    def number(self, name: str, default: int) -> int:
        """A whole number. Raises SlackRefusal `invalid_arguments`."""
        try:
            return int(self.values.get(name) or default)
        except (TypeError, ValueError):
            raise SlackRefusal("invalid_arguments", messages=[f"[ERROR] must be an integer: {name}"]) from None

    def structure(self, name: str, error: str = "invalid_arguments") -> Any:
        """A list or an object, perhaps written as a JSON string; None if it was not given. Raises SlackRefusal."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except json.JSONDecodeError:
            raise SlackRefusal(error) from None

    def names(self, name: str) -> list[str]:
        """A list of strings, perhaps written with commas between them."""
        value = self.values.get(name)
        if isinstance(value, list):
            return [str(item) for item in value]
        return [part.strip() for part in str(value or "").split(",") if part.strip()]


Answering = Callable[[Switchboard, Arguments], Awaitable[Json]]


@dataclass(frozen=True)
class Method:
    """One method: its code, the scopes of which the app needs one, and whether it takes the app-level token."""

    name: str
    answer: Answering
    scopes: tuple[str, ...]
    takes_app_token: bool


METHODS: dict[str, Method] = {}


def method(name: str, *scopes: str, takes_app_token: bool = False) -> Callable[[Answering], Answering]:
    """Register a Web API method under its name."""

    def register(answer: Answering) -> Answering:
        METHODS[name] = Method(name, answer, scopes, takes_app_token)
        return answer

    return register


def page_of(items: list[Any], arguments: Arguments, default: int = 100) -> tuple[list[Any], Json]:
    """One page of a list, as `limit` and `cursor` ask for it, and the metadata that leads to the next."""
    limit = arguments.number("limit", default)
    cursor = arguments.text("cursor")
    try:
        start = int(cursor) if cursor else 0
    except ValueError:
        raise SlackRefusal("invalid_cursor") from None
    following = str(start + limit) if start + limit < len(items) else ""
    return items[start : start + limit], {"next_cursor": following}
