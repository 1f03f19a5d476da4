"""One system's file holds together: every name in it exists and is of the right kind, else it says which is not."""

from collections.abc import Mapping
from typing import Any

import pytest

from bot.catalog.systems import check_system
from bot.model.system import System
from tests.laravel import SYSTEM

DONE = {"says": "done"}
COMMANDS: dict[str, Any] = {
    "retry": {"run": ["php", "artisan", "queue:retry", "{job}"], "inputs": {"job": {"type": "uuid"}}, "success": DONE},
    "look": {"run": ["php", "artisan", "about"], "success": DONE, "safe": True},
    "restart": {"run": ["systemctl", "restart", "redis"], "success": {"exit_is_enough": True}},
}
WHOLE: dict[str, Any] = {
    **SYSTEM,
    "commands": COMMANDS,
    "logs": {"log": {"command": "look", "header": "(?P<time>.)(?P<level>.)(?P<message>.)"}},
    "services": {"cache": {"title": "Redis", "restart": "restart", "check": "cache"}},
    "failed_jobs": {"retry": "retry"},
    "lacks": {"commands.slo_check": "there is none", "services.php": "it is in the web server"},
}


def problems(changes: Mapping[str, Any]) -> list[str]:
    return list(check_system(System.model_validate({**WHOLE, **changes})))


def changed(section: str, name: str, **fields: Any) -> dict[str, Any]:
    return {section: {**WHOLE[section], name: {**WHOLE[section].get(name, {}), **fields}}}


def test_a_whole_file_holds_together() -> None:
    assert problems({}) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (changed("queries", "failed_jobs", sql="DELETE FROM failed_jobs"), "queries.failed_jobs: must begin with"),
        (changed("queries", "failed_jobs", sql="SELECT 1 INTO OUTFILE 'x'"), "and write no files"),
        (changed("statements", "push_job", sql="DROP TABLE jobs"), "statements.push_job: MySQL takes back only"),
        (changed("statements", "push_job", connection="cache"), "statements.push_job: cache is not a connection"),
        (changed("commands", "look", transport="web1"), "commands.look: web1 is not one of its transports"),
        (changed("services", "cache", restart="reboot"), "services.cache: reboot is not one of its commands"),
        (changed("services", "cache", check="reboot"), "services.cache: reboot is not one of its commands"),
        (changed("services", "cache", check="restart"), "services.cache: restart must be a safe command"),
        (changed("logs", "log", command="restart"), "logs.log: restart must be a safe command without inputs"),
        (changed("queues", "default", connection="database"), "queues.default: database is not a connection"),
        (changed("queues", "reports", counts="nothing"), "queues.reports: nothing is not one of its queries"),
        (changed("queues", "reports", push="nothing"), "queues.reports: nothing is not one of its statements"),
        ({"failed_jobs": {"lock": "nothing"}}, "failed_jobs: nothing is not one of its statements"),
        ({"failed_jobs": {"retry": "look"}}, "failed_jobs: look is not one of its commands with the one input job"),
        ({"lacks": {"commands.look": "x"}}, "lacks: commands.look is described in this file"),
        ({"lacks": {"colours.red": "x"}}, "lacks: colours.red is not written as"),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, Any], says: str) -> None:
    found = problems(changes)
    assert len(found) == 1
    assert says in found[0]
