"""A small language for the rules that Slack's blocks follow, and the check of a value against them.

Every problem is told as Slack tells it: `[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass
class Problems:
    """What is wrong with a value, in Slack's words."""

    messages: list[str] = field(default_factory=list)

    def add(self, what: str, at: str) -> None:
        """Note that something is wrong at this JSON pointer."""
        self.messages.append(f"[ERROR] {what} [json-pointer:{at}]")


class Rule(Protocol):
    """Something that a value must satisfy."""

    def check(self, value: Any, at: str, problems: Problems) -> None:
        """Add to `problems` whatever is wrong with `value`, which stands at the JSON pointer `at`."""


@dataclass(frozen=True)
class Anything:
    """No rule."""

    def check(self, value: Any, at: str, problems: Problems) -> None:
        """Everything is right."""


@dataclass(frozen=True)
class Text:
    """A string of at least `min` and at most `max` characters, perhaps one of `choices` or of the form `pattern`."""

    max: int | None = None
    min: int = 1
    choices: tuple[str, ...] = ()
    pattern: str = ""

    def check(self, value: Any, at: str, problems: Problems) -> None:
        """See Rule."""
        if not isinstance(value, str):
            problems.add("must be a string", at)
        elif self.max is not None and len(value) > self.max:
            problems.add(f"must be less than {self.max + 1} characters", at)
        elif len(value) < self.min:
            problems.add(f"must be more than {self.min - 1} characters", at)
        elif self.choices and value not in self.choices:
            problems.add(f"value must be one of: {', '.join(self.choices)}", at)
        elif self.pattern and not re.fullmatch(self.pattern, value):
            problems.add(f"does not match the form {self.pattern}", at)


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def check(self, value: Any, at: str, problems: Problems) -> None:
        """See Rule."""
        if not isinstance(value, bool):
            problems.add("must be a boolean", at)


@dataclass(frozen=True)
class Number:
    """A whole number in a range."""

    min: int = 0
    max: int | None = None

    def check(self, value: Any, at: str, problems: Problems) -> None:
        """See Rule."""
        if not isinstance(value, int) or isinstance(value, bool):
            problems.add("must be an integer", at)
        elif value < self.min:
            problems.add(f"must be at least {self.min}", at)
        elif self.max is not None and value > self.max:
            problems.add(f"must be at most {self.max}", at)


@dataclass(frozen=True)
class Items:
    """A list of at least `min` and at most `max` things that follow one rule."""

    of: Rule
    max: int
    min: int = 1

    def check(self, value: Any, at: str, problems: Problems) -> None:
        """See Rule."""
        if not isinstance(value, list):
            problems.add("must be an array", at)
            return
        if len(value) > self.max:
            problems.add(f"no more than {self.max} items allowed", at)
        if len(value) < self.min:
            problems.add(f"no fewer than {self.min} items allowed", at)
        for number, item in enumerate(value):
            self.of.check(item, f"{at}/{number}", problems)


class Shape:
    """An object: its fields and their rules (those named `required` must be there), one at least of `either`."""

    def __init__(self, fields: Mapping[str, Rule], required: Sequence[str] = (), either: Sequence[str] = ()) -> None:
        self.fields = fields
        self.required = required
        self.either = either

    def check(self, value: Any, at: str, problems: Problems) -> None:
        """See Rule."""
        if not isinstance(value, dict):
            problems.add("must be an object", at)
            return
        for name in self.required:
            if value.get(name) is None:
                problems.add(f"missing required field: {name}", at)
        if self.either and not any(value.get(name) is not None for name in self.either):
            problems.add(f"must provide one of: {', '.join(self.either)}", at)
        for name, part in value.items():
            if name in self.fields:
                if part is not None:
                    self.fields[name].check(part, f"{at}/{name}", problems)
            elif name != "type":
                problems.add(f"invalid additional property: {name}", at)


class OneOf:
    """An object whose `type` says which shape it has."""

    def __init__(self, shapes: Mapping[str, Rule], what: str = "type") -> None:
        self.shapes = shapes
        self.what = what

    def check(self, value: Any, at: str, problems: Problems) -> None:
        """See Rule."""
        if not isinstance(value, dict):
            problems.add("must be an object", at)
            return
        kind = value.get("type")
        if not isinstance(kind, str):
            problems.add("missing required field: type", at)
        elif kind not in self.shapes:
            problems.add(f"unsupported {self.what}: {kind}", f"{at}/type")
        else:
            self.shapes[kind].check(value, at, problems)
