"""From a typed line such as `clear_cache tenant=tenant-abc` to an action with its system, inputs and params."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import get_origin

from bot.app import Bot, meant, parse
from bot.errors import InputError, UnknownName
from bot.model.inputs import Input, Inputs, InputSpec, InputType
from bot.model.system import System
from bot.model.talk import Call
from bot.model.values import Json
from bot.registry import Action

_FOLDED = str.maketrans("-", "_")


@dataclass(frozen=True)
class Named:
    """An action with everything that was typed for it, looked up."""

    action: Action
    system: System
    inputs: Inputs
    params: Mapping[str, Json]


@dataclass(frozen=True)
class Unfinished:
    """An action for which something is still to be asked: names of inputs, or `system`."""

    action: Action
    system: System | None
    given: Mapping[str, str]
    missing: tuple[str, ...]


def offered(bot: Bot) -> list[Action]:
    """The actions that a rule of the policy is about; nobody may ask for any other."""
    ruled = {rule.action for rule in bot.standing.policy().approvals.rules}
    return [action for name, action in sorted(bot.registry.actions.items()) if name in ruled]


def usage(action: Action) -> str:
    """How an action is typed."""
    needed = " ".join(f"{name}=…" for name in action.needs)
    more = " ".join(f"[{name}=…]" for name in (*action.asks, *action.takes))
    return " ".join(part for part in (action.name, needed, more) if part)


async def named_action(bot: Bot, call: Call, text: str) -> Named | Unfinished:
    """What a line asks for. Raises InputError with one sentence that says what would be right."""
    words, named = parse(text)
    action = _action(bot, words)
    known = {"system", *action.needs, *action.asks, *action.takes}
    for name in named:
        if name not in known:
            raise UnknownName(f"input of {action.name}", f"{name}=", [f"{one}=" for one in sorted(known)][:3])
    system = await _system(bot, call, action, named)
    # A tenant or user that is still to be given may say which system is meant.
    missing = tuple(name for name in action.needs if name not in named)
    if system is None or missing:
        return Unfinished(action, system, named, missing or ("system",))
    given: dict[str, Input] = {}
    for name in sorted(action.needs, key=lambda one: one != "tenant"):  # a user is looked up in a tenant
        spec = InputSpec(type=input_type(name))
        given[name] = await bot.finder.find(call.person, system, name, spec, named[name], Inputs(given=given))
    params = {name: _param(action, name, named[name]) for name in (*action.asks, *action.takes) if name in named}
    return Named(action, system, Inputs(given=given), params)


def said_missing(bot: Bot, found: Unfinished) -> str:
    """One sentence about what is still to be typed; for a system, which there are."""
    if found.missing == ("system",):
        systems = " or ".join(f"system={one.name}" for one in bot.catalog.able(found.action))
        return f"{found.action.label} is there in more than one system; say {systems} as well."
    return f"{found.action.label} needs more; say {' '.join(f'{name}=…' for name in found.missing)} as well."


def canonical(found: Named, text: str) -> str:
    """The same line with its system, for a form to carry, so that it means the same wherever it is read again."""
    _, named = parse(text)
    pairs = {**named, "system": found.system.name}
    return " ".join([found.action.name, *(f'{name}="{value}"' for name, value in pairs.items())])


def _action(bot: Bot, words: list[str]) -> Action:
    names = [action.name for action in offered(bot)]
    if not words:
        raise InputError(f"Name an action: {', '.join(names)}. `/backstop run` says what each does.")
    spoken = "_".join(words).lower().translate(_FOLDED)
    if spoken in names:
        return bot.registry.actions[spoken]
    first = words[0].lower().translate(_FOLDED)
    if first in names:
        wanted = next(iter(bot.registry.actions[first].needs), "")
        say = f"say {wanted}={words[1][:60]}" if wanted else "leave it out"
        raise InputError(f"{words[1][:60]} is more than {first} knows what to do with; {say}.")
    raise UnknownName("action", words[0], get_close_matches(spoken, names), "`/backstop run` lists them.")


async def _system(bot: Bot, call: Call, action: Action, named: Mapping[str, str]) -> System | None:
    if "system" in named:
        return bot.catalog.system(named["system"])
    able = bot.catalog.able(action)
    return await meant(bot.finder, call.person, await bot.channel_name(call.place), able, named)


def input_type(name: str) -> InputType:
    """The type of an action's input, which its name says."""
    return InputType(name) if name in set(InputType) else InputType.TEXT


def _param(action: Action, name: str, typed: str) -> Json:
    kind = action.params.model_fields[name].annotation
    return [one.strip() for one in typed.split(",") if one.strip()] if get_origin(kind) is tuple else typed
