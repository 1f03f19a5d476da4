"""The documentation stays true: it builds without a broken link, and what it shows exists and is accepted."""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.model.policy import ApprovalsFile, EscalationFile, PeopleFile
from bot.model.rehearsal import RehearsalFile
from bot.model.runbook import Runbook
from bot.model.watch import WatchesFile
from bot.settings import Settings
from bot.wiring import registry
from tests.supported import ROOT

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
WRITTEN = [page for page in PAGES if page.parent != DOCS / "reference"]
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
# By the keys at the top of an example: the model that has to accept it.
_MODELS: Mapping[str, type[BaseModel]] = {
    "rules": ApprovalsFile, "people": PeopleFile, "deputies": PeopleFile, "routes": EscalationFile, "checks": Runbook,
    "cases": RehearsalFile, "watches": WatchesFile,
}  # fmt: skip


def blocks(page: Path, language: str) -> Iterator[str]:
    """The examples of a language on a page."""
    for indent, found, text in _FENCE.findall(page.read_text(encoding="utf-8")):
        if found == language:
            yield "\n".join(line.removeprefix(indent) for line in text.splitlines()) + "\n"


def lines_of(language: str) -> list[tuple[str, str]]:
    """Each command that a page shows, with the page."""
    shown = [(page, line) for page in WRITTEN for text in blocks(page, language) for line in text.splitlines()]
    begins = ("$ ", "backstop ")
    return [(str(page.relative_to(ROOT)), line.removeprefix("$ ")) for page, line in shown if line.startswith(begins)]


BACKSTOP = [one for language in ("console", "") for one in lines_of(language) if one[1].startswith("backstop ")]


def test_the_site_builds_and_no_link_is_broken(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "sphinx", "--builder", "html", "--fail-on-warning", "--keep-going", "--quiet"]
    words += ["-d", str(tmp_path / "known"), str(DOCS), str(tmp_path / "site")]
    ended = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603 - our own tools
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (tmp_path / "site" / "how-to" / "install.html").is_file()
    fetched = re.compile(r'<(?:script|link|img)[^>]+(?:src|href)="(?:https?:)?//')
    assert [page.name for page in (tmp_path / "site").rglob("*.html") if fetched.search(page.read_text("utf-8"))] == []


def test_a_broken_anchor_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "conf.py").write_text((DOCS / "conf.py").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "index.md").write_text("# One\n\n[two](#no-such-part)\n", encoding="utf-8")
    (tmp_path / "reference" / "schemas").mkdir(parents=True)
    words = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "-q", str(tmp_path), str(tmp_path / "site")]
    ended = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603 - our own tools
    assert ended.returncode != 0
    assert "no-such-part" in ended.stderr


@pytest.mark.parametrize(("page", "command"), BACKSTOP)
def test_a_command_that_is_shown_exists_with_its_options(page: str, command: str) -> None:
    words = command.partition("  #")[0].split()[1:]
    named: list[str] = []
    for word in words:  # the words of the command itself come before what is given to it
        if not re.fullmatch(r"[a-z]+(-[a-z]+)*", word) or (named and not _is_group(named)):
            break
        named.append(word)
    ended = CliRunner().invoke(cli, [*named, "--help"], env={"COLUMNS": "200"})
    assert ended.exit_code == 0, f"{page}: {command}: {ended.output}"
    for option in (word.partition("=")[0] for word in words if word.startswith("-")):
        assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", ended.output), f"{page}: {command}: {option}"


@pytest.mark.parametrize(("page", "command"), [one for one in lines_of("console") if one[1].startswith("make ")])
def test_a_target_that_is_shown_exists(page: str, command: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{command.split()[1]}:", makefile, re.MULTILINE), f"{page}: {command}"


def test_a_command_in_slack_that_is_shown_exists() -> None:
    declared = registry().commands()
    known = {f"/backstop {one.name}" for one in declared} | {one.alias for one in declared if one.alias}
    shown = [
        (page.name, found)
        for page in WRITTEN
        for found in re.findall(r"`(/(?:backstop [a-z]+|diagnose|approvals|audit|escalate)\b)", page.read_text("utf-8"))
    ]
    assert shown
    assert [one for one in shown if one[1] not in known] == []


def test_a_setting_that_is_shown_exists() -> None:
    known = {f"BACKSTOP_{name.upper()}" for name in Settings.model_fields}
    shown = [
        (page.name, name)
        for page in WRITTEN
        for name in re.findall(r"\bBACKSTOP_[A-Z_]+[A-Z]", page.read_text("utf-8"))
    ]
    assert shown
    assert [one for one in shown if one[1].removesuffix("_FILE") not in known] == []


def test_a_file_that_is_named_exists() -> None:
    folders = "systems|runbooks|policies|deploy|tests|probes|actions|handlers|bot|docs|sandbox|migrations"
    named = re.compile(rf"`((?:{folders})/[A-Za-z0-9_./-]+)`")
    made = {"systems/nova.yml", "runbooks/aiops/stale-reports.yml", "runbooks/aiops/tests/stale-reports.yml"}
    made |= {"deploy/systems.env", "deploy/secrets/slack_bot_token", "deploy/secrets/migration_url"}
    made |= {"systems/billing.yml", "deploy/secrets/database_url"}
    made |= {"probes/queue_age.py", "actions/requeue_orders.py"}
    missing = [
        (page.name, found)
        for page in WRITTEN
        for found in named.findall(page.read_text("utf-8"))
        if found not in made and not (ROOT / found).exists()
    ]
    assert missing == []


def _examples() -> list[tuple[str, Any]]:
    found = [(str(page.relative_to(ROOT)), yaml.safe_load(text)) for page in WRITTEN for text in blocks(page, "yaml")]
    return [(page, one) for page, one in found if isinstance(one, dict) and set(one) & set(_MODELS)]


@pytest.mark.parametrize(("page", "example"), _examples())
def test_an_example_in_yaml_is_accepted(page: str, example: dict[str, Any]) -> None:
    key = next(key for key in _MODELS if key in example)
    model = _MODELS[key]
    # What is left out of an example because it is not what it is about.
    whole = {"look": ["viewer"], "rules": [], **example} if model is ApprovalsFile else example
    whole = {"people": [], **whole} if model is PeopleFile else whole
    assert model.model_validate(whole), page


def test_what_is_quoted_of_the_second_system_stands_in_its_files() -> None:
    folder = ROOT / "tests" / "second_system"
    files = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.yml")))
    quoted = list(blocks(DOCS / "how-to" / "add-a-system.md", "yaml"))
    assert len(quoted) >= 7
    assert [text for text in quoted if text not in files] == []


def _is_group(words: list[str]) -> bool:
    return "Commands" in CliRunner().invoke(cli, [*words, "--help"]).output
