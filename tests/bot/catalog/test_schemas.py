"""The schemas that editors use: every YAML file names its own in its first line, and keeps to it."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from bot.catalog.files import as_written
from tests.supported import ROOT

_LINE = "# yaml-language-server: $schema="
_FILES = sorted(
    path
    for pattern in ("systems/*.yml", "runbooks/*/*.yml", "runbooks/*/tests/*.yml", "policies/*.yml")
    for path in ROOT.glob(pattern)
)


def schema_of(path: Path) -> Path:
    """The schema that a file names."""
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    assert first.startswith(_LINE), f"{path}: begin with {_LINE}… as the others in the folder do"
    return (path.parent / first.removeprefix(_LINE)).resolve()


@pytest.mark.parametrize("path", _FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_keeps_to_the_schema_that_it_names(path: Path) -> None:
    schema = schema_of(path)
    assert schema.parent == ROOT / "docs" / "reference" / "schemas"
    problems = jsonschema.Draft202012Validator(json.loads(schema.read_text())).iter_errors(as_written(path))
    assert [f"{problem.json_path}: {problem.message[:200]}" for problem in problems] == []


def test_the_schema_of_runbooks_offers_probes_and_refuses_what_is_none() -> None:
    schema = json.loads((ROOT / "docs" / "reference" / "schemas" / "runbook.schema.json").read_text())
    written = yaml.safe_load((ROOT / "runbooks" / "aiops" / "stale-data.yml").read_text(encoding="utf-8"))
    written["checks"]["dashboard_ttl"]["probe"] = "cache_tll"
    problems = [one.message for one in jsonschema.Draft202012Validator(schema).iter_errors(written)]
    assert len(problems) == 1
    assert "'cache_tll' is not one of" in problems[0]
