"""The shipped file `systems/zenamanage.yml` as it fits the stand-in: its administrator's commands, and its database."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from sandbox.zenamanage import artisan
from sandbox.zenamanage.sessions import Kind

_DIALECT = Path(__file__).with_name("overlay.yml")
_PREFIX = [sys.executable, "-I", artisan.__file__]


def write_systems(source: Path, target: Path, kind: Kind) -> Path:
    """Writes the system files of `source` into `target`, ZenaManage's so that it fits a stand-in on `kind`."""
    target.mkdir(parents=True, exist_ok=True)
    for old in target.glob("*.yml"):
        old.unlink()
    for path in source.glob("*.yml"):
        text = path.read_text(encoding="utf-8")
        if path.stem == "zenamanage":
            text = yaml.safe_dump(overlaid(yaml.safe_load(text), kind), sort_keys=False, allow_unicode=True)
        (target / path.name).write_text(text, encoding="utf-8")
    return target


def overlaid(system: Mapping[str, Any], kind: Kind) -> dict[str, Any]:
    """The file's content with what is otherwise here."""
    transports = {name: {**transport, "prefix": list(_PREFIX)} for name, transport in system["transports"].items()}
    made = {**system, "transports": transports}
    if kind is Kind.POSTGRESQL:
        made = _merged(made, yaml.safe_load(_DIALECT.read_text(encoding="utf-8")))
    return made


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Both; what is null above is taken away."""
    both = {
        name: _merged(under[name], value) for name, value in over.items() if name in under and isinstance(value, dict)
    }
    return {name: value for name, value in {**under, **over, **both}.items() if value is not None}
