"""What may be run for a supported system: argument vectors from its file, with typed inputs and a declared success."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from pydantic import Field, model_validator

from bot.model.connections import Secret
from bot.model.inputs import places
from bot.model.values import Duration, Value


class Transport(Value):
    """How a command gets to where it runs: a prefix such as `[ssh, web1, --]`, or none for the bot's own machine.

    `quoting: shell` says that a shell reads the words at the other end, as with ssh: then each of them is quoted.
    `folder` is the working directory of what is started here. `environment` lists the variables that it gets of the
    bot's own, besides PATH, HOME and the language; all others stay with the bot.
    """

    prefix: tuple[str, ...] = ()
    quoting: Literal["none", "shell"] = "none"
    folder: Secret | None = None
    environment: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _quoted(self) -> "Transport":
        if self.prefix and self.prefix[0].rpartition("/")[2] == "ssh" and self.quoting != "shell":
            raise ValueError("ssh hands the words to a shell; say `quoting: shell`")
        return self


class CommandInput(Value):
    """What may be put into a place of a command: a UUID (or ULID), a whole number, or one of some choices."""

    type: Literal["uuid", "number", "choice"]
    choices: tuple[str, ...] = ()
    minimum: int = 0
    maximum: int = 1_000_000_000

    @model_validator(mode="after")
    def _complete(self) -> "CommandInput":
        if (self.type == "choice") != bool(self.choices):
            raise ValueError("choices belong to the type choice, which needs them")
        return self


class Success(Value):
    """What success looks like; exit codes alone are not believed unless the file says that they are enough.

    `says` is a regular expression that must be found in the output, `fails` one that must not.
    """

    exit: tuple[int, ...] = (0,)
    says: str = ""
    fails: str = ""
    exit_is_enough: bool = False

    @model_validator(mode="after")
    def _declared(self) -> "Success":
        for pattern in (self.says, self.fails):
            try:
                re.compile(pattern)
            except re.error as problem:
                raise ValueError(f"{pattern} is no regular expression: {problem}") from problem
        if not (self.says or self.fails or self.exit_is_enough):
            raise ValueError("say what success looks like: `says`, `fails`, or `exit_is_enough: true`")
        return self


class Command(Value):
    """One allow-listed command: an argument vector, in which `{name}` stands for a typed input; never a shell.

    `safe` says that it only reads, so that a look may run it. With `secret_output` nothing of what it says is kept.
    """

    transport: str = "app"
    run: tuple[str, ...] = Field(min_length=1)
    inputs: Mapping[str, CommandInput] = Field(default_factory=dict)
    timeout: Duration = timedelta(seconds=30)
    output_cap: int = Field(default=20_000, ge=100, le=5_000_000)  # bytes of output that are kept: its end
    success: Success
    safe: bool = False
    secret_output: bool = False
    says: str = ""

    @model_validator(mode="after")
    def _places(self) -> "Command":
        used = {name for word in self.run for name in places(word)}
        if missing := used ^ set(self.inputs):
            raise ValueError(f"{sorted(missing)[0]} must be both a place of the command and one of its inputs")
        if places(self.run[0]):
            raise ValueError("the program itself cannot be an input")
        return self


class Service(Value):
    """Something that can be restarted: the command that does it, and how to see that it is up again.

    `check` is the name of a connection or of a safe command.
    """

    title: str
    restart: str
    check: str = ""
    up_within: Duration = timedelta(seconds=20)
    says: str = ""  # what people feel while it restarts
