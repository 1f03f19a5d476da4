"""JSON Schemas of the YAML files, for editors: completion and squiggles while somebody writes a runbook."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.model.expectation import ExpectationsFile
from bot.model.policy import ApprovalsFile, EscalationFile, PeopleFile
from bot.model.rehearsal import RehearsalFile
from bot.model.runbook import Runbook
from bot.model.system import System
from bot.model.values import Value
from bot.model.watch import WatchesFile
from bot.registry import Registry

_FILES: Mapping[str, type[Value]] = {
    "system": System,
    "runbook": Runbook,
    "approvals": ApprovalsFile,
    "people": PeopleFile,
    "escalation": EscalationFile,
    "expectations": ExpectationsFile,
    "rehearsals": RehearsalFile,
    "watches": WatchesFile,
}


def schemas(registry: Registry) -> dict[str, dict[str, Any]]:
    """One schema per kind of file; probes and actions that exist are offered by name."""
    made = {name: model.model_json_schema() for name, model in _FILES.items()}
    definitions = made["runbook"]["$defs"]
    definitions["Check"]["properties"]["probe"]["enum"] = sorted(registry.probes)
    definitions["Remedy"]["properties"]["action"]["enum"] = sorted(registry.actions)
    for file, kind in (("approvals", "Rule"), ("expectations", "Expectation")):
        made[file]["$defs"][kind]["properties"]["action"]["enum"] = sorted(registry.actions)
    # A runbook is written with `verify: {check: code, within: 60s}`, which the model turns into `checks`.
    definitions["Verify"] = {
        "type": "object",
        "properties": {"within": {"type": "string"}},
        "additionalProperties": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
    }
    for schema in made.values():
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return made


def write(registry: Registry, folder: Path) -> list[Path]:
    """Writes the schemas into a folder, and says where."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in schemas(registry).items():
        path = folder / f"{name}.schema.json"
        path.write_text(json.dumps(schema, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        written.append(path)
    return written
