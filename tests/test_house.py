"""The rules of the house, run instead of remembered: names, manifest, reference, schemas, links, lock file."""

import importlib.metadata
import json
import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from typer.core import TyperGroup
from typer.main import get_command

from bot import command_line
from bot.__main__ import cli
from bot.catalog import Catalog
from bot.catalog.schemas import schemas
from bot.reference import pages
from bot.registry import Registry
from bot.wiring import registry

ROOT = Path(__file__).parents[1]
OURS = ("bot", "handlers", "probes", "actions", "sandbox", "migrations", "tests")


@pytest.fixture(scope="module")
def declared() -> Registry:
    """Everything that probes, actions and handlers declare."""
    return registry()


@pytest.fixture(scope="module")
def catalog(declared: Registry) -> Catalog:
    """The shipped YAML, which holds together or this fails."""
    return Catalog.read(ROOT, declared)


def test_no_dependency_and_no_standard_module_has_one_of_our_names() -> None:
    assert not set(OURS) & set(sys.stdlib_module_names)
    taken = {
        (part, distribution.metadata["Name"])
        for distribution in importlib.metadata.distributions()
        for path in distribution.files or ()
        if (part := path.parts[0].removesuffix(".py")) in OURS
    }
    assert not taken


def test_the_manifest_offers_what_handlers_do(declared: Registry) -> None:
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    commands = {one["command"] for one in manifest["features"]["slash_commands"]}
    aliases = {one.alias for one in declared.commands() if one.alias}
    assert commands == {"/backstop", *aliases}
    shortcuts = {one["callback_id"] for one in manifest["features"]["shortcuts"]}
    assert shortcuts == {one.name for one in declared.handlers.values() if one.kind == "shortcut"}


def test_the_reference_is_what_the_code_says(declared: Registry, catalog: Catalog) -> None:
    root = get_command(cli)
    assert isinstance(root, TyperGroup)
    for name, text in pages(declared, catalog, {"command-line.md": command_line.page(root)}).items():
        written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
        assert written == text, f"docs/reference/{name} is behind; run `make reference`"


def test_the_schemas_are_what_the_models_say(declared: Registry) -> None:
    for name, schema in schemas(declared).items():
        written = (ROOT / "docs" / "reference" / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
        assert json.loads(written) == schema, f"the schema of {name} is behind; run `make reference`"


def test_links_in_the_docs_lead_somewhere() -> None:
    broken = []
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


def test_every_test_folder_mirrors_or_tells_stories() -> None:
    allowed = {
        "bot",
        "handlers",
        "probes",
        "actions",
        "sandbox",
        "stories",
        "browser",
        "second_system",
        "accuracy",
        "deploy",
        "docs",
    }
    found = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and not path.name.startswith("__")}
    assert found <= allowed


def test_the_lock_file_has_no_addresses_and_all_that_is_asked_for() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    locked = {line.partition("==")[0].lower() for line in lock.splitlines() if "==" in line and line[0].isalnum()}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.split(r"[\[<>=;~ ]", one)[0].lower() for one in wanted}
    assert names <= locked


def test_files_stay_small() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {count}"
        for folder in OURS
        for path in (ROOT / folder).rglob("*.py")
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    ]
    assert long == [], "beyond 400 lines a file is two concepts"
