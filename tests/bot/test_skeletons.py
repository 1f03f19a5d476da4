"""What `backstop new` writes is taken by `backstop check` as it is, and says how to go on."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.catalog import Catalog
from bot.errors import BackstopError, InputError
from bot.model.inputs import places
from bot.skeletons import Skeletons
from bot.wiring import registry
from tests.supported import ROOT

_PROJECT = ("bot", "handlers", "probes", "actions", "systems", "runbooks", "policies", "docs/reference/schemas")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, to which things can be added."""
    folder = tmp_path_factory.mktemp("project")
    for part in _PROJECT:
        shutil.copytree(ROOT / part, folder / part)
    return folder


def test_each_passes_check_as_it_is(project: Path) -> None:
    declared = registry()

    def skeletons() -> Skeletons:
        return Skeletons(project, Catalog.read(project, declared), declared)

    written = skeletons().system("billing")
    written += skeletons().system("aiops-staging", family="aiops")
    written += skeletons().runbook("invoices-missing", family="billing")
    written += skeletons().runbook("agents-slow", family="aiops")
    written += skeletons().probe("queue_length")
    written += skeletons().action("requeue_orders")
    assert len(written) == 8
    before, after = Catalog.read(ROOT, declared), _checked(project)
    assert f"{len(before.systems) + 2} systems, {len(before.runbooks) + 2} runbooks" in after
    assert all("«" not in path.read_text(encoding="utf-8") for path in written)
    for path in (one for one in written if one.suffix == ".yml"):
        line = path.read_text(encoding="utf-8").partition("\n")[0]
        schema = line.removeprefix("# yaml-language-server: $schema=")
        assert (path.parent / schema).resolve().is_relative_to(ROOT / "docs" / "reference" / "schemas")
        assert (path.parent / schema).exists()
    code = [str(path) for path in written if path.suffix == ".py"]
    for check in (["check"], ["format", "--check"]):
        tidy = [sys.executable, "-m", "ruff", *check, "--config", str(ROOT / "pyproject.toml"), *code]
        ended = subprocess.run(tidy, capture_output=True, check=False, timeout=60)  # noqa: S603 - our own tools
        assert ended.returncode == 0, ended.stdout
    with pytest.raises(BackstopError, match="is there already"):
        skeletons().system("billing")


def test_what_a_family_names_is_left_out_until_it_is_described(tmp_path: Path) -> None:
    for part in ("systems", "runbooks", "policies"):
        shutil.copytree(ROOT / part, tmp_path / part)
    declared = registry()
    Skeletons(tmp_path, Catalog.read(tmp_path, declared), declared).system("other", family="aiops")
    catalog = Catalog.read(tmp_path, declared)
    plan = catalog.plan(catalog.runbook("stale-data"), catalog.system("other"))
    assert {one.id for one, _ in plan.lacking} >= {"dashboard_ttl", "served"}
    assert not any(places(why) for _, why in plan.lacking)


def test_a_remedy_that_a_system_cannot_carry_out_is_not_offered() -> None:
    catalog = Catalog.read(ROOT, registry())
    whole = catalog.system("zenamanage")
    commands = {name: one for name, one in whole.commands.items() if name != "scale_workers"}
    lacks = {"commands.scale_workers": "its workers are started by hand"}
    plan = catalog.plan(
        catalog.runbook("queue-backlog"), whole.model_copy(update={"commands": commands, "lacks": lacks})
    )
    offered = {remedy.action for planned in plan.causes for remedy in planned.cause.remedies}
    assert "scale_workers" not in offered and "restart_workers" in offered
    assert any("Scale workers is not offered here: its workers" in planned.cause.guidance for planned in plan.causes)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda one: one.system("../outside"), "no name for a system"),
        (lambda one: one.system("two", family="nothing"), "No runbook is of the family nothing"),
        (lambda one: one.runbook("x", family="nothing"), "Say --family with one of"),
        (lambda one: one.probe("with-hyphen"), "no name for a probe"),
        (lambda one: one.probe("cache_ttl"), "a probe cache_ttl already"),
        (lambda one: one.action("clear_cache"), "an action clear_cache already"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, make: object, says: str) -> None:
    declared = registry()
    skeletons = Skeletons(tmp_path, Catalog.read(ROOT, declared), declared)
    assert callable(make)
    with pytest.raises(InputError, match=says):
        make(skeletons)
    assert list(tmp_path.iterdir()) == []


def test_a_project_of_ones_own_holds_together_from_the_first_moment(tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    ended = CliRunner().invoke(cli, ["new", "project", str(folder), "--system", "billing"])
    assert ended.exit_code == 0, ended.output
    mine = {"BACKSTOP_FOLDER": str(folder)}
    for words, says in (
        (["check"], "1 systems, 1 runbooks and 1 rules hold together"),
        (["policy", "test"], "1 expectations hold"),
        (["runbook", "test"], "3 cases of 1 runbooks"),
        (["new", "runbook", "invoices-missing"], "runbooks/billing/invoices-missing.yml"),
    ):
        ended = CliRunner(env=mine).invoke(cli, words)
        assert (ended.exit_code, says in ended.output) == (0, True), ended.output
    elsewhere = (folder / "systems").rename(tmp_path / "elsewhere")
    named = CliRunner(env={**mine, "BACKSTOP_SYSTEMS": str(elsewhere)})
    ended = named.invoke(cli, ["new", "system", "shop", "--family", "billing"])
    assert (ended.exit_code, (elsewhere / "shop.yml").exists()) == (0, True), ended.output
    pages = tmp_path / "pages"
    pages.mkdir()
    ended = named.invoke(cli, ["reference", str(pages)])
    assert (ended.exit_code, "`invoices-missing`" in (pages / "runbooks.md").read_text()) == (0, True), ended.output
    again = CliRunner().invoke(cli, ["new", "project", str(folder), "--system", "billing"])
    assert (again.exit_code, "is there already" in again.output) == (1, True)


def test_the_command_says_where_and_how_to_go_on(project: Path) -> None:
    ended = CliRunner().invoke(cli, ["new", "probe", "disk_free", "--folder", str(project)])
    assert ended.exit_code == 0, ended.output
    assert f"{project}/probes/disk_free.py" in ended.output
    assert "backstop check" in ended.output
    again = CliRunner().invoke(cli, ["new", "probe", "disk_free", "--folder", str(project)])
    assert again.exit_code == 1


def _checked(project: Path) -> str:
    """What `backstop check` of the copy says, with the probes and actions that were written; it must end well."""
    ended = subprocess.run(
        [sys.executable, "-m", "bot", "check"], cwd=project, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
