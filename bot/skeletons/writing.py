"""Fills the skeletons with what is there already: the systems of a family, a probe that fits them, a route."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from bot.catalog import Catalog
from bot.catalog.naming import named_things
from bot.errors import ConfigurationError, InputError
from bot.model.finding import Status
from bot.model.system import System
from bot.registry import Probe, Registry

_HERE = Path(__file__).parent
_PROJECT = _HERE.parents[1]
_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_LACKABLE = ("queries", "caches", "endpoints", "logs")
# A probe that needs nothing but one named thing, by the section in which systems describe it, with the params.
_FIRST_LOOKS = (
    ("endpoints", "http_json", "{{endpoint: {thing}, field: status, equals: healthy}}"),
    ("queries", "row_count", "{{query: {thing}}}"),
    ("caches", "cache_ttl", "{{cache: {thing}}}"),
)


_POLICIES = {"approvals": "approvals", "people": "people", "escalation": "escalation", "expectations": "tests",
             "watches": "watches"}  # fmt: skip


def begin(folder: Path, system: str, registry: Registry) -> list[Path]:
    """A whole folder to begin with: policies, one system of a family of its own, and its first runbook.

    Raises InputError for a bad name, ConfigurationError when something is there already.
    """
    _need(_is_name(system), f"{system} is no name for a system: use small letters, digits and hyphens.")
    written = []
    for skeleton, name in _POLICIES.items():
        path = folder / "policies" / f"{name}.yml"
        written.append(_write(path, _filled(f"{skeleton}.yml", path, name=system)))
    path = folder / "systems" / f"{system}.yml"
    written.append(_write(path, _filled("system.yml", path, name=system, family=system, NAME=_upper(system))))
    return written + Skeletons(folder, Catalog.read(folder, registry), registry).runbook("first-look")


class Skeletons:
    """Writes new files into a project; what is there already is never overwritten.

    `systems` is the folder of the system files, where that is another one.
    """

    def __init__(self, folder: Path, catalog: Catalog, registry: Registry, systems: Path | None = None) -> None:
        self._folder, self._catalog, self._registry = folder, catalog, registry
        self._systems = systems or folder / "systems"

    def system(self, name: str, family: str = "") -> list[Path]:
        """A system, of a family of its own or of one that has runbooks already. Raises InputError for a bad name."""
        _need(_is_name(name), f"{name} is no name for a system: use small letters, digits and hyphens.")
        path = self._systems / f"{name}.yml"
        text = _filled("system.yml", path, name=name, family=family or name, NAME=_upper(name))
        wanted = self._wanted(family) if family else {}
        lacks = [f"{section}.{thing}" for section in _LACKABLE for thing in wanted.get(section, ())
                 if (section, thing) not in {("queries", "answers"), ("endpoints", "health")}]  # fmt: skip
        if lacks:
            lines = "\n".join(f"  {one}: not described yet" for one in lacks)
            text += _read("family.yml").replace("«lacks»", lines)
        if statements := wanted.get("statements"):
            lines = "\n".join(f"  {one}: {{sql: to be written}}" for one in statements)
            text += _read("statements.yml").replace("«statements»", lines)
        return [_write(path, text)]

    def runbook(self, name: str, family: str = "") -> list[Path]:
        """A runbook with one check that its systems can answer, and its cases. Raises InputError when none can."""
        _need(_is_name(name), f"{name} is no name for a runbook: use small letters, digits and hyphens.")
        families = sorted({one.family for one in self._catalog.systems.values()})
        family = family or (families[0] if len(families) == 1 else "")
        _need(family in families, f"Say --family with one of {', '.join(families)}.")
        systems = self._catalog.of_family(family)
        probe, thing, params = self._first_look(systems)
        codes = {status: [code for code, is_ in probe.codes.items() if is_ is status] for status in Status}
        bad = codes[Status.FAIL] or codes[Status.WARN]
        path = self._folder / "runbooks" / family / f"{name}.yml"
        cases = self._folder / "runbooks" / family / "tests" / f"{name}.yml"
        check = thing.replace("-", "_")
        routes = self._catalog.policies.current().escalation.routes
        inputs = "inputs:\n  tenant: {type: tenant}\n" if all(one.tenants for one in systems) else "# inputs: {}\n"
        filled = {
            "name": name, "family": family, "inputs": inputs, "check": check, "probe": probe.name,
            "label": probe.label, "params": params, "causes": "\n".join(_cause(check, code) for code in bad),
            "harmless": ", ".join(code for code in probe.codes if code not in bad),
            "well": ", ".join(codes[Status.OK]), "route": next(iter(routes)),
            "cases": "\n".join(_case(check, code) for code in bad),
        }  # fmt: skip
        return [
            _write(path, _filled("runbook.yml", path, **filled)),
            _write(cases, _filled("rehearsals.yml", cases, **filled)),
        ]

    def probe(self, name: str) -> list[Path]:
        """A probe."""
        return [self._code("probe", "probes", name, name in self._registry.probes)]

    def action(self, name: str) -> list[Path]:
        """An action."""
        return [self._code("action", "actions", name, name in self._registry.actions)]

    def _code(self, kind: str, folder: str, name: str, is_taken: bool) -> Path:
        ok = _is_name(name) and "-" not in name
        _need(
            ok, f"{name} is no name for {'an' if kind == 'action' else 'a'} {kind}: use small letters and underscores."
        )
        _need(not is_taken, f"There is {'an' if kind == 'action' else 'a'} {kind} {name} already.")
        path = self._folder / folder / f"{name}.py"
        made = "".join(part.capitalize() for part in name.split("_"))
        return _write(path, _filled(f"{kind}.py", path, name=name, Class=made))

    def _wanted(self, family: str) -> Mapping[str, list[str]]:
        """What the runbooks of a family name, by section."""
        runbooks = [one for one in self._catalog.runbooks.values() if one.family == family]
        _need(bool(runbooks), f"No runbook is of the family {family}; leave it out for a family of its own.")
        named: dict[str, list[str]] = {}
        for runbook in runbooks:
            uses = [(self._registry.probes[one.probe].params, one.params) for one in runbook.checks.values()]
            uses += [(self._registry.actions[one.action].params, one.params)
                     for cause in runbook.causes for one in cause.remedies]  # fmt: skip
            for model, params in uses:
                for _, section, thing in named_things(model, params):
                    if "{" not in thing and thing not in named.setdefault(section, []):
                        named[section].append(thing)
        return named

    def _first_look(self, systems: list[System]) -> tuple[Probe, str, str]:
        for section, probe, params in _FIRST_LOOKS:
            known = {name: one for system in reversed(systems) for name, one in getattr(system, section).items()}
            shared = [name for name in known if all(_has(system, section, name) for system in systems)]
            shared.sort(key=lambda name: str(known[name]).count("{"))  # what needs no input comes first
            if shared and probe in self._registry.probes:
                return self._registry.probes[probe], shared[0], params.format(thing=shared[0])
        raise InputError("The systems of this family share no endpoint, query or cache yet: describe one first.")


def _has(system: System, section: str, name: str) -> bool:
    return name in getattr(system, section) or f"{section}.{name}" in system.lacks


def _filled(skeleton: str, path: Path, **values: str) -> str:
    kind = skeleton.partition(".")[0]
    schemas = _PROJECT / "docs" / "reference" / "schemas"
    schema = os.path.relpath(schemas / f"{kind}.schema.json", path.parent)
    title = values["name"].replace("-", " ").replace("_", " ").capitalize()
    text = _read(skeleton)
    for place, value in {"title": title, "schema": schema, **values}.items():
        text = text.replace(f"«{place}»", value)
    return text


def _cause(check: str, code: str) -> str:
    spoken = code.replace("_", " ")
    return (
        f'  - id: {code.replace("_", "-")}\n    when: {{{check}: {code}}}\n    title: "{check}: {spoken}"\n'
        "    says: What this means for those who use the system.\n"
        "    # remedies: [{action: …, params: {…}}]  # docs/reference/actions.md lists them\n"
        "    guidance: What somebody has to change for good.\n"
    )


def _case(check: str, code: str) -> str:
    return (
        f'  - says: "{check}: {code.replace("_", " ")}"\n    found: {{{check}: {code}}}\n'
        f"    verdict: fault found\n    causes: [{code.replace('_', '-')}]\n"
    )


def _read(skeleton: str) -> str:
    return (_HERE / f"{skeleton}.txt").read_text(encoding="utf-8")


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise ConfigurationError(f"{path} is there already; choose another name.") from error
    return path


def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and len(name) <= 60


def _upper(name: str) -> str:
    return name.replace("-", "_").upper()


def _need(holds: bool, sentence: str) -> None:
    if not holds:
        raise InputError(sentence)
