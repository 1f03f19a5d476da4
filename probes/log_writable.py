"""Whether a system may write its log."""

import re

from bot.access.readers import Look
from bot.errors import SystemRefused
from bot.model.finding import Seen, Status
from bot.registry import CommandName, Params, probe

_LINE = re.compile(r"^([0-7]{3,4})\s+(\S+)\s+(.+)$", re.MULTILINE)
_OWNER_WRITES = 0o200
_MISSING = re.compile("no such file", re.IGNORECASE)


class LogWritable(Params):
    """Params of log_writable: a command that prints mode, owner and name of the log's folder and file."""

    command: CommandName


@probe(
    label="Log permissions",
    codes={"writable": Status.OK, "not_writable": Status.FAIL, "missing": Status.FAIL},
    source="zenamanage, Errors not being logged, diagnosis step 2",
)
async def log_writable(look: Look, params: LogWritable) -> Seen:
    """Reads who may write the folder and the file of the log."""
    result = await look.run(params.command)
    found = [(int(mode, 8), owner, name) for mode, owner, name in _LINE.findall(result.output)]
    evidence = {"modes": {name: f"{mode:o} {owner}" for mode, owner, name in found}, "exit": result.exit}
    expected = "its owner may write"
    closed = [name for mode, _, name in found if not mode & _OWNER_WRITES]
    if closed:
        says = f"Nobody may write {closed[0]}, so nothing is logged."
        return Seen(code="not_writable", seen=f"{closed[0]} is closed", expected=expected, says=says, evidence=evidence)
    if not result.ok and _MISSING.search(result.output):
        says = "The folder or the file of the log is not there."
        return Seen(code="missing", seen="not there", expected=expected, says=says, evidence=evidence)
    if not found:
        raise SystemRefused(f"{params.command} said nothing that the bot can read: {result.why or 'no modes'}.")
    seen = ", ".join(f"{name} {mode:o}" for mode, _, name in found)
    return Seen(code="writable", seen=seen[:60], expected=expected, evidence=evidence)
