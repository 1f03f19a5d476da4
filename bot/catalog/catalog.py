"""The systems and runbooks that there are, found by name, by family, by channel, or by what people typed."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import rapidfuzz

from bot.catalog.checking import check
from bot.catalog.files import read
from bot.catalog.matching import Matcher
from bot.catalog.naming import named_things
from bot.catalog.plan import Plan, compose, without_lacking
from bot.catalog.policies import PolicyFiles
from bot.catalog.watches import WatchFile
from bot.errors import CatalogError, UnknownName
from bot.model.runbook import Runbook
from bot.model.system import System
from bot.registry import Action, Registry


@dataclass(frozen=True)
class Catalog:
    """Everything that people wrote about the supported systems. Built by `Catalog.read`, which checks it."""

    systems: Mapping[str, System]
    runbooks: Mapping[str, Runbook]
    policies: PolicyFiles
    registry: Registry
    watches: WatchFile

    @classmethod
    def read(
        cls, folder: Path, registry: Registry, policies: Path | None = None, system_files: Path | None = None
    ) -> "Catalog":
        """Reads `systems/`, `runbooks/` and `policies/` below `folder`. Raises CatalogError with every problem.

        `policies` and `system_files` are folders that are read instead of those.
        """
        problems: list[str] = []
        systems: dict[str, System] = {}
        for path in sorted((system_files or folder / "systems").glob("*.yml")):
            system = read(path, System, problems, f"systems/{path.name}")
            if system is not None:
                _name_is(system.name, path, problems)
                systems[system.name] = system
        runbooks: dict[str, Runbook] = {}
        for path in sorted((folder / "runbooks").glob("*/*.yml")):
            runbook = read(path, Runbook, problems, f"runbooks/{path.parent.name}/{path.name}")
            if runbook is not None:
                _name_is(runbook.name, path, problems)
                if runbook.name in runbooks:
                    problems.append(f"runbooks/{path.parent.name}/{path.name}: {runbook.name} exists twice")
                runbooks[runbook.name] = runbook
        files = PolicyFiles(policies or folder / "policies")
        try:
            policy = files.current()
        except CatalogError as error:
            raise CatalogError([*problems, *error.problems]) from error
        if not systems and not problems:
            problems.append("systems/: no system is described here")
        problems += check(systems, runbooks, policy, registry) if not problems else []
        watches = WatchFile(policies or folder / "policies", systems, runbooks)
        try:
            watches.current()
        except CatalogError as error:
            problems += error.problems
        if problems:
            raise CatalogError(problems)
        return cls(systems, runbooks, files, registry, watches)

    @property
    def digest(self) -> str:
        """Which version of the systems and runbooks this is, for the record."""
        held = {**{f"system {one.name}": one for one in self.systems.values()},
                **{f"runbook {one.name}": one for one in self.runbooks.values()}}  # fmt: skip
        whole = {name: one.model_dump(mode="json") for name, one in held.items()}
        return hashlib.sha256(json.dumps(whole, sort_keys=True, default=str).encode()).hexdigest()

    def system(self, name: str) -> System:
        """The system of this name; raises UnknownName with the nearest names."""
        if name not in self.systems:
            raise UnknownName("system", name, nearest(name, self.systems))
        return self.systems[name]

    def runbook(self, name: str) -> Runbook:
        """The runbook of this name; raises UnknownName with the nearest names."""
        if name not in self.runbooks:
            raise UnknownName("runbook", name, nearest(name, self.runbooks), "`/backstop runbooks` lists them.")
        return self.runbooks[name]

    def plan(self, runbook: Runbook, system: System) -> Plan:
        """The runbook with everything that it includes, as it can be carried out in a system."""
        key = (runbook.name, system.name)
        if key not in self._plans:
            self._plans[key] = without_lacking(compose(runbook, self.runbooks), system, self.registry)
        return self._plans[key]

    @cached_property
    def _plans(self) -> dict[tuple[str, str], Plan]:
        return {}  # by runbook and system: neither changes while the bot runs

    def of_family(self, family: str) -> list[System]:
        """The systems that a runbook of this family can be about."""
        return [system for system in self.systems.values() if system.family == family]

    def in_channel(self, channel: str) -> list[System]:
        """The systems that are supported in the channel of this name."""
        return [system for system in self.systems.values() if channel in system.channels]

    def able(self, action: Action) -> list[System]:
        """The systems that have everything which an action names by itself, and can look up what it needs."""
        return [
            system
            for system in self.systems.values()
            if ("tenant" not in action.needs or system.tenants is not None)
            and ("user" not in action.needs or system.users is not None)
            and all(name in getattr(system, section) for _, section, name in named_things(action.params, {}))
        ]

    def match(self, words: str, among: list[Runbook] | None = None, limit: int = 4) -> list[Runbook]:
        """The runbooks that fit free words such as `old numbers on the dashboard`, best first."""
        return self._matcher.fit(words, list(self.runbooks.values()) if among is None else among, limit)

    @cached_property
    def _matcher(self) -> Matcher:
        return Matcher(self.runbooks)


def nearest(name: str, names: Mapping[str, object] | list[str], limit: int = 3) -> list[str]:
    """The names that a person may have meant."""
    found = rapidfuzz.process.extract(name, list(names), scorer=rapidfuzz.fuzz.ratio, limit=limit, score_cutoff=55)
    return [str(match[0]) for match in found]


def _name_is(name: str, path: Path, problems: list[str]) -> None:
    if name != path.stem:
        problems.append(f"{path.parent.name}/{path.name}: says that its name is {name}; file and name must agree")
