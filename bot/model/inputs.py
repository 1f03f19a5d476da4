"""What a runbook or an action is asked about: typed, looked up in the system, and bound, never pasted into text."""

import re
from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from bot.errors import InputError
from bot.model.values import Scalar, Value

_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")


class InputType(StrEnum):
    """What an input may be; tenant, user and permission are looked up in the system that is asked about."""

    TENANT = "tenant"
    USER = "user"
    PERMISSION = "permission"
    EMAIL = "email"
    UUID = "uuid"
    JOB = "job"
    CHOICE = "choice"
    NUMBER = "number"
    DURATION = "duration"
    TEXT = "text"


class InputSpec(Value):
    """One input of a runbook: its type, whether it may be left out, and the choices where there are some."""

    type: InputType
    optional: bool = False
    choices: tuple[str, ...] = ()
    says: str = ""


class Input(Value):
    """One input as given: how it is shown, and the names that SQL parameters and `{name}` places may use.

    `binds` holds the plain name (`tenant`) and, for what was looked up, one entry per column (`tenant_name`).
    """

    type: InputType
    shown: str
    binds: Mapping[str, Scalar]


class Inputs(Value):
    """All inputs of one diagnosis or request, by name."""

    given: Mapping[str, Input] = Field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.given

    def shown(self, name: str) -> str:
        """The input as people read it; an empty text when it was not given."""
        return self.given[name].shown if name in self.given else ""

    @property
    def binds(self) -> dict[str, Scalar]:
        """Every name that a bound parameter or a `{name}` place may use, with its value."""
        return {name: value for one in self.given.values() for name, value in one.binds.items()}

    def only(self, *names: str) -> "Inputs":
        """The inputs of these names alone."""
        return Inputs(given={name: one for name, one in self.given.items() if name in names})


def places(template: str) -> tuple[str, ...]:
    """The `{name}` places of a template, in order."""
    return tuple(_PLACE.findall(template))


def fill(template: str, binds: Mapping[str, Scalar]) -> str:
    """Puts values into `{name}` places in one pass, so that a value is never read as a template.

    Raises InputError when a value is missing.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if binds.get(name) is None:
            raise InputError(f"{name} is needed here and was not given; say {name}=… as well.")
        return str(binds[name])

    return _PLACE.sub(value, template)
