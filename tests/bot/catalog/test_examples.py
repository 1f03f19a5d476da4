"""What the page about systems shows, and the second system's files do not have, is a system as well."""

from pathlib import Path

import yaml

from bot.catalog.systems import check_system
from bot.model.system import System

ROOT = Path(__file__).parents[3]


def test_a_log_by_command_is_described_as_the_page_says() -> None:
    page = (ROOT / "docs" / "how-to" / "add-a-system.md").read_text("utf-8")
    example = yaml.safe_load(page.split("```yml\n")[1].split("```")[0])
    shipped = yaml.safe_load((ROOT / "systems" / "aiops.yml").read_text("utf-8"))
    del shipped["connections"]["log"]
    system = System.model_validate({**shipped, **example})
    assert list(check_system(system)) == []
    assert system.logs["api"].command == "api_log" and system.commands["api_log"].safe
    assert system.commands["api_log"].run == ("docker", "logs", "--tail", "100", "ai-agents-api")
