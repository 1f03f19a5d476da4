"""Runbooks are rehearsed on findings that were written down, and every shipped one is."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.catalog import Catalog
from bot.diagnosis import rehearsals, rehearse
from bot.errors import CatalogError
from bot.wiring import registry
from tests.supported import ROOT


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The shipped YAML."""
    return Catalog.read(ROOT, registry())


def test_every_shipped_runbook_is_rehearsed_with_every_cause(catalog: Catalog) -> None:
    found = {one.runbook: one for one in (rehearse(catalog, path) for path in rehearsals(ROOT))}
    assert set(catalog.runbooks) == set(found)
    assert [line for one in found.values() for line in one.wrong] == []
    assert {name: one.untried for name, one in found.items() if one.untried} == {}


def test_the_file_of_cases_is_called_as_its_runbook(catalog: Catalog) -> None:
    assert [path for path in rehearsals(ROOT) if rehearse(catalog, path).runbook != path.stem] == []


def test_what_comes_out_otherwise_is_said(catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "cases.yml"
    path.write_text(
        "runbook: stale-data\ncases:\n  - says: An entry without end is taken for nothing\n"
        "    found: {dashboard_ttl: no_expiry}\n    verdict: no fault found\n    remedies: []\n"
    )
    found = rehearse(catalog, path)
    assert [line.partition("nothing: ")[2] for line in found.wrong] == [
        "verdict: expected no fault found, but it is fault found",
        "causes: expected none, but it is dashboard-never-expires",
        "remedies: expected none, but it is clear_cache, set_ttl",
    ]
    assert "others-never-expire" in found.untried
    assert "dashboard-never-expires" not in found.untried


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("runbook: stale-date", "stale-date is not a runbook. Did you mean stale-data"),
        ("runbook: stale-data", "cases: Field required"),
        (
            "runbook: stale-data\ncases: [{says: x, verdict: could not tell, found: {dashboard_tll: ok}}]",
            "dashboard_tll is not one of its checks",
        ),
        (
            "runbook: stale-data\ncases: [{says: x, verdict: could not tell, found: {dashboard_ttl: eternal}}]",
            "dashboard_ttl cannot end in eternal, only in ok, no_expiry, too_long, missing, unreachable",
        ),
    ],
)
def test_what_is_not_there_is_named(catalog: Catalog, tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "cases.yml"
    path.write_text(
        text if "cases" in problem or "cases" in text else f"{text}\ncases: [{{says: x, verdict: fault found}}]"
    )
    with pytest.raises(CatalogError) as caught:
        rehearse(catalog, path)
    assert problem in caught.value.problems[0]


def test_the_command_says_all_of_it(tmp_path: Path) -> None:
    path = tmp_path / "cases.yml"
    path.write_text("runbook: api-errors\ncases: [{says: Many errors, found: {log: many}, verdict: could not tell}]")
    ended = CliRunner().invoke(cli, ["runbook", "test", str(path)])
    assert (ended.exit_code, "expected could not tell, but it is fault found" in ended.output) == (1, True)
    shipped = ROOT / "runbooks" / "aiops" / "tests" / "api-errors.yml"
    ended = CliRunner().invoke(cli, ["runbook", "test", str(shipped)])
    assert (ended.exit_code, "3 cases of 1 runbooks come out as they say" in ended.output) == (0, True)
