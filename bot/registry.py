"""How probes, actions and handlers are declared, and held: by decorator, as frozen values, loaded by package name."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any, Literal, TypeVar

from pydantic import ConfigDict

from bot.errors import ConfigurationError
from bot.model.finding import ALWAYS, Status
from bot.model.policy import Scope
from bot.model.values import Value

NAME = re.compile(r"[a-z][a-z0-9_]*(-[a-z0-9_]+)*")


@dataclass(frozen=True)
class NameOf:
    """Marks a param as the name of something in the system's file, so that `backstop check` can look it up."""

    section: Literal[
        "queries", "statements", "caches", "endpoints", "permissions", "connections", "roles", "logs", "exports",
        "commands", "services", "queues",
    ]  # fmt: skip


QueryName = Annotated[str, NameOf("queries")]
StatementName = Annotated[str, NameOf("statements")]
CacheName = Annotated[str, NameOf("caches")]
EndpointName = Annotated[str, NameOf("endpoints")]
ConnectionName = Annotated[str, NameOf("connections")]
RoleName = Annotated[str, NameOf("roles")]
LogName = Annotated[str, NameOf("logs")]
ExportName = Annotated[str, NameOf("exports")]
CommandName = Annotated[str, NameOf("commands")]
ServiceName = Annotated[str, NameOf("services")]
QueueName = Annotated[str, NameOf("queues")]


class Params(Value):
    """Base of the params of a probe, and of an action, which is its params with methods."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


@dataclass(frozen=True)
class Probe:
    """A declared probe. `look` is called with a `Look` of `bot.access.readers` and the params."""

    name: str
    says: str
    label: str
    codes: Mapping[str, Status]
    needs: tuple[str, ...]
    source: str
    params: type[Params]
    look: Callable[[Any, Any], Awaitable[Any]]  # Look is declared above this layer

    def status(self, code: str) -> Status:
        """The status of a code; raises KeyError for one that was not declared."""
        return self.codes[code] if code in self.codes else ALWAYS[code]


@dataclass(frozen=True)
class Action:
    """A declared action. Its class holds the params and the methods `preview(look)` and `apply(change)`."""

    name: str
    says: str
    label: str
    scope: Scope
    needs: tuple[str, ...]
    about: tuple[str, ...]  # the inputs and params that make its subject: at most one open request for each
    idempotent: bool
    unit: str
    source: str
    danger: bool
    benefits: str  # the input that names the person whom it favours
    grants: str  # the param that names a role which it gives; nobody grants above their own
    asks: Mapping[str, str]  # params that the asker chooses in the form, each with its label
    takes: tuple[str, ...]  # params that may be given when it is asked for by name; all others are the runbook's
    limit: timedelta  # how long a run may take
    is_fix: bool  # whether it is to cure something, so that it is looked at whether it helped
    params: type[Params]

    @property
    def choices(self) -> Callable[[Any], Awaitable[Mapping[str, tuple[tuple[str, str], ...]]]] | None:
        """What can sensibly be chosen for the params in `asks`, seen with read-only access, if the class says so."""
        return getattr(self.params, "choices", None)


@dataclass(frozen=True)
class Handler:
    """A declared handler: something that people can say, press, submit or open."""

    kind: Literal["command", "button", "form", "shortcut", "suggestion", "home"]
    name: str
    says: str
    call: Callable[..., Awaitable[Any]]
    usage: str = ""
    alias: str = ""  # the slash command that means the same as `/backstop <name>`
    opens_form: str = ""  # title of the waiting modal that the door opens at once, for its trigger lives 3 s
    check: Callable[[Any], Mapping[str, str]] | None = None


@dataclass
class Registry:
    """Everything that was declared."""

    probes: dict[str, Probe] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)
    handlers: dict[tuple[str, str], Handler] = field(default_factory=dict)

    def commands(self) -> list[Handler]:
        """The command handlers in order of their names."""
        return sorted((one for one in self.handlers.values() if one.kind == "command"), key=lambda one: one.name)


_declared = Registry()
F = TypeVar("F", bound=Callable[..., Awaitable[Any]])
A = TypeVar("A", bound=type[Params])


def probe(*, label: str, codes: Mapping[str, Status], source: str, needs: tuple[str, ...] = ()) -> Callable[[F], F]:
    """Declares an async function `(look, params) -> Seen` as a probe under its own name.

    `codes` are all that it can end in, besides those of `ALWAYS`; `needs` are the inputs that it reads; `source` is
    the section of the runbook or the page of the vendor's manual that it implements.
    """

    def declare(function: F) -> F:
        params = list(inspect.signature(function, eval_str=True).parameters.values())[1].annotation
        if clash := set(codes) & set(ALWAYS):
            raise ConfigurationError(f"Probe {function.__name__} declares {sorted(clash)}, which every probe has.")
        made = Probe(function.__name__, _first_line(function), label, dict(codes), needs, source, params, function)
        _put(_declared.probes, made.name, made)
        return function

    return declare


def action(
    *,
    label: str,
    source: str,
    about: tuple[str, ...],
    needs: tuple[str, ...] = (),
    scope: Scope = Scope.TENANT,
    idempotent: bool = False,
    unit: str = "item",
    danger: bool = False,
    benefits: str = "",
    grants: str = "",
    asks: Mapping[str, str] | None = None,
    takes: tuple[str, ...] = (),
    limit: timedelta = timedelta(seconds=60),
    is_fix: bool = True,
) -> Callable[[A], A]:
    """Declares a class of params with `preview(look)` and `apply(change)` as an action, named in snake case.

    A class method `choices(look)` may say what can be chosen for the params in `asks`: (value, text) by param.
    """

    def declare(kind: A) -> A:
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
        for method in ("preview", "apply"):
            if not inspect.iscoroutinefunction(getattr(kind, method, None)):
                raise ConfigurationError(f"Action {name} needs an async method {method}.")
        made = Action(
            name, _first_line(kind), label, scope, needs, about, idempotent, unit, source, danger, benefits, grants,
            dict(asks or {}), takes, limit, is_fix, kind,
        )  # fmt: skip
        _put(_declared.actions, name, made)
        return kind

    return declare


def command(name: str, *, usage: str = "", alias: str = "") -> Callable[[F], F]:
    """Declares what `/backstop <name> …`, its alias, and a mention with that word do."""

    def declare(function: F) -> F:
        _handler(Handler("command", name, _first_line(function), function, usage=usage, alias=alias))
        return function

    return declare


def button(name: str, *, opens_form: str = "") -> Callable[[F], F]:
    """Declares what pressing a button of this name does; `opens_form` is the title of the form that it leads to."""

    def declare(function: F) -> F:
        _handler(Handler("button", name, _first_line(function), function, opens_form=opens_form))
        return function

    return declare


def form(name: str, *, check: Callable[[Any], Mapping[str, str]] | None = None) -> Callable[[F], F]:
    """Declares what submitting a form of this name does; `check(values)` names wrong fields without any I/O."""

    def declare(function: F) -> F:
        _handler(Handler("form", name, _first_line(function), function, check=check))
        return function

    return declare


def shortcut(name: str, *, opens_form: str) -> Callable[[F], F]:
    """Declares what a message shortcut or global shortcut of this callback id does; `opens_form` as for buttons."""

    def declare(function: F) -> F:
        _handler(Handler("shortcut", name, _first_line(function), function, opens_form=opens_form))
        return function

    return declare


def suggestion(name: str) -> Callable[[F], F]:
    """Declares a source of type-ahead: `(bot, person, about, typed) -> [(value, text)]`."""

    def declare(function: F) -> F:
        _handler(Handler("suggestion", name, _first_line(function), function))
        return function

    return declare


def home() -> Callable[[F], F]:
    """Declares what App Home shows."""

    def declare(function: F) -> F:
        _handler(Handler("home", "home", _first_line(function), function))
        return function

    return declare


def load(*packages: str) -> Registry:
    """Imports every module of these packages and returns what was declared; a broken module stops the start."""
    for name in packages:
        package = importlib.import_module(name)
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{name}.{module.name}")
    return _declared


def _handler(made: Handler) -> None:
    if not NAME.fullmatch(made.name):
        raise ConfigurationError(f"{made.kind} {made.name!r} is not a name.")
    _put(_declared.handlers, (made.kind, made.name), made)


def _put(where: dict[Any, Any], name: Any, made: Any) -> None:
    if name in where:
        raise ConfigurationError(f"{name} is declared twice.")
    where[name] = made


def _first_line(thing: Any) -> str:
    lines = (thing.__doc__ or "").strip().splitlines()
    if not lines:
        raise ConfigurationError(
            f"{thing.__module__}.{thing.__name__} has no docstring, and people read its first line."
        )
    return str(lines[0]).strip()
