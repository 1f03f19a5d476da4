"""From what somebody typed to a runbook, a system and inputs; what is missing is asked for, never guessed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.app.choosing import meant
from bot.app.lookup import Finder
from bot.catalog import Catalog
from bot.catalog.catalog import nearest
from bot.errors import InputError, UnknownName
from bot.model.inputs import Input, Inputs, InputType
from bot.model.people import Person
from bot.model.runbook import Runbook
from bot.model.system import System

_WORD = re.compile(r"""([A-Za-z_]+)=("[^"]*"|\S*)|"([^"]*)"|(\S+)""")
_LONGEST = 2_000  # characters of a command


@dataclass(frozen=True)
class Resolved:
    """Everything that a diagnosis needs."""

    runbook: Runbook
    system: System
    inputs: Inputs


@dataclass(frozen=True)
class NeedMore:
    """What is known so far, and the names of what is still to be asked for."""

    runbook: Runbook | None
    system: System | None
    given: Mapping[str, str]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Offers:
    """Runbooks that fit free words."""

    words: str
    runbooks: tuple[Runbook, ...]
    given: Mapping[str, str] = field(default_factory=dict)


def parse(text: str) -> tuple[list[str], dict[str, str]]:
    """Splits a command into free words and `name=value` arguments. Raises InputError for what cannot be read."""
    text = text.translate({ord("“"): '"', ord("”"): '"', ord("„"): '"', ord("\u00a0"): " "})
    if len(text) > _LONGEST:
        raise InputError(f"A command has at most {_LONGEST} characters.")
    if text.count('"') % 2:
        raise InputError('A quotation mark is missing: write for example action="edit agents".')
    words: list[str] = []
    named: dict[str, str] = {}
    for match in _WORD.finditer(text):
        if match[1]:
            name, value = match[1].lower(), match[2].strip('"')
            if name in named:
                raise InputError(f"{name}= stands twice; give it once.")
            if not value:
                raise InputError(f"{name}= has no value; write {name}=…, or leave it out and you are asked.")
            named[name] = value
        else:
            words.append(match[3] if match[3] is not None else match[4])
    return words, named


class Intake:
    """Understands what people want to have looked at."""

    def __init__(self, catalog: Catalog, finder: Finder) -> None:
        self._catalog, self._finder = catalog, finder

    async def resolve(self, person: Person, channel: str, text: str) -> Resolved | NeedMore | Offers:
        """What a typed command asks for. Raises InputError with one sentence that says what would be right."""
        words, named = parse(text)
        runbook, rest = self._runbook(words)
        if runbook is None:
            return (
                NeedMore(None, None, named, ("runbook",))
                if not words
                else await self._offers(person, words, named, channel)
            )
        if rest:
            wanted = next((name for name in runbook.inputs if name not in named), None)
            say = f"say {wanted}={rest[0][:60]}" if wanted else "leave it out"
            raise InputError(f"{rest[0][:60]} is more than {runbook.name} knows what to do with; {say}.")
        return await self.complete(person, channel, runbook, named)

    async def complete(
        self, person: Person, channel: str, runbook: Runbook, named: Mapping[str, str]
    ) -> Resolved | NeedMore:
        """A runbook with the inputs that were given, looked up; or what is missing."""
        for name in named:
            if name not in runbook.inputs and name != "system":
                near = nearest(name, [*runbook.inputs, "system"])
                raise UnknownName(f"input of {runbook.name}", f"{name}=", [f"{one}=" for one in near or runbook.inputs])
        system = await self._system(person, runbook, channel, named)
        required = [name for name, spec in runbook.inputs.items() if not spec.optional]
        missing = [name for name in required if name not in named]
        if system is None or missing:
            return NeedMore(runbook, system, named, (*(() if system else ("system",)), *missing))
        given: dict[str, Input] = {}
        order = sorted(runbook.inputs, key=lambda name: runbook.inputs[name].type is not InputType.TENANT)
        for name in order:
            if name in named:
                spec = runbook.inputs[name]
                known = Inputs(given=given)
                given[name] = await self._finder.find(person, system, name, spec, named[name], known)
        return Resolved(runbook, system, Inputs(given={name: given[name] for name in runbook.inputs if name in given}))

    def _runbook(self, words: list[str]) -> tuple[Runbook | None, list[str]]:
        if not words:
            return None, []
        first = words[0].lower()
        if first in self._catalog.runbooks:
            return self._catalog.runbooks[first], words[1:]
        spoken = "-".join(words).lower()
        if spoken in self._catalog.runbooks:
            return self._catalog.runbooks[spoken], []
        if len(words) == 1 and ("-" in first or nearest(first, self._catalog.runbooks, 1)):
            self._catalog.runbook(first)  # raises UnknownName with the nearest names
        return None, words

    async def _offers(self, person: Person, words: list[str], named: dict[str, str], channel: str) -> Offers:
        """Runbooks that fit; a tenant or user that only one system has says which system is meant."""
        about = self._catalog.in_channel(channel) or list(self._catalog.systems.values())
        if "system" in named:
            about = [self._catalog.system(named["system"])]
        elif only := await meant(self._finder, person, channel, about, named):
            about = [only]
        families = {system.family for system in about}
        among = [one for one in self._catalog.runbooks.values() if one.family in families]
        spoken = " ".join(words)
        found = self._catalog.match(spoken, among)
        if not found:
            said = spoken if len(spoken) <= 60 else spoken[:59] + "…"
            raise InputError(f"No runbook fits “{said}”; `/backstop runbooks` lists what there is.")
        return Offers(spoken, tuple(found), named)

    async def _system(self, person: Person, runbook: Runbook, channel: str, named: Mapping[str, str]) -> System | None:
        able = self._catalog.of_family(runbook.family)
        if "system" in named:
            system = self._catalog.system(named["system"])
            if system not in able:
                fitting = ", ".join(one.name for one in able)
                raise InputError(
                    f"{runbook.name} is not a runbook of {system.name}; say system= with one of {fitting}."
                )
            return system
        return await meant(self._finder, person, channel, able, named)
